"""What every part stands on: settings, the database, languages, the audit, errors, work in the background.

It knows no noun of the domain: no unit, no response. Begin reading in `settings` and `db`.
"""
