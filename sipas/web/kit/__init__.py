"""What pages of several audiences share: access, languages, forms, filters, errors, report addresses.

No page is here. Begin reading in `access`.
"""
