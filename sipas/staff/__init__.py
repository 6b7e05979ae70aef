"""Who may: accounts, sessions, passwords, API tokens, and what administrators do with them.

The pages to sign in are in `web.signing_in`. Begin reading in `accounts`.
"""
