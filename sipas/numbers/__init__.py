"""Pure functions on counts and days: shares and their intervals, changes, standings, periods, publishable groups.

Nothing here knows a table, a page or a language; only the standard library and numpy are imported.
Begin reading in `shares`.
"""
