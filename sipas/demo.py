"""The demo year."""

RESPONSES = 250_000
