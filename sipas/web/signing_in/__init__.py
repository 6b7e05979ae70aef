"""Signing in and one's own account: passwords, second steps, single sign-on, sessions.

Begin reading in `security`.
"""
