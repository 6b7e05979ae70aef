"""The survey: what a citizen opens, sends and gets back.

No cookie, no session, no script. Begin reading in `survey`.
"""
