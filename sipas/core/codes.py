"""Codes that people read and type, without look-alikes, the last character a check: of touchpoints, and receipts."""

from __future__ import annotations

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRTVWXYZ"
"""29 characters without look-alikes (no 0 O, 1 I L, 5 S, U); a prime number, so the check finds every swap."""

CODE_LENGTH = 8


def check_character(body: str) -> str:
    """The last character of a code, made from the seven before it.

    A weighted sum modulo the prime 29: every single wrong character and every swap of two is found.
    """
    total = sum(weight * ALPHABET.index(character) for weight, character in enumerate(body, 2))
    return ALPHABET[-total % len(ALPHABET)]


def new_code() -> str:
    """A random touchpoint code."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH - 1))
    return body + check_character(body)


def tidy_code(typed: str) -> str:
    """A code as people type it (lower case, spaces, dashes) in the form it is stored."""
    return "".join(character for character in typed.upper() if character not in " -–.\u00a0\t")


def is_code(code: str) -> bool:
    """Whether a tidied code has the right length, letters and check character."""
    return len(code) == CODE_LENGTH and set(code) <= set(ALPHABET) and check_character(code[:-1]) == code[-1]


RECEIPT_LENGTH = 10
RESPONSE_IDS = len(ALPHABET) ** (RECEIPT_LENGTH - 1)
"""Ids of responses run from 0 up to, and not including, this."""


def free_response_id() -> int:
    """A random id for a response, which nobody can guess and which says nothing of when it came."""
    return secrets.randbelow(RESPONSE_IDS)


def receipt_of(response_id: int) -> str:
    """The receipt number of a response: its id in the letters of touchpoint codes, with a check character."""
    body = ""
    for _ in range(RECEIPT_LENGTH - 1):
        response_id, digit = divmod(response_id, len(ALPHABET))
        body = ALPHABET[digit] + body
    return body + check_character(body)


def response_of(receipt: str) -> int | None:
    """The id that a receipt stands for; None where it is no receipt."""
    tidy = tidy_code(receipt)
    if len(tidy) != RECEIPT_LENGTH or not set(tidy) <= set(ALPHABET):
        return None
    body = tidy[:-1]
    if check_character(body) != tidy[-1]:
        return None
    value = 0
    for character in body:
        value = value * len(ALPHABET) + ALPHABET.index(character)
    return value
