"""Receipts: the number a citizen is given for a response, and the response it stands for."""

from __future__ import annotations

import secrets

from sipas.core.codes import ALPHABET, check_character, tidy_code

LENGTH = 10
RANGE = len(ALPHABET) ** (LENGTH - 1)
"""Ids of responses run from 0 up to, and not including, this."""


def free_id() -> int:
    """A random id for a response, which nobody can guess and which says nothing of when it came."""
    return secrets.randbelow(RANGE)


def receipt_of(response_id: int) -> str:
    """The receipt number of a response: its id in the letters of touchpoint codes, with a check character."""
    body = ""
    for _ in range(LENGTH - 1):
        response_id, digit = divmod(response_id, len(ALPHABET))
        body = ALPHABET[digit] + body
    return body + check_character(body)


def response_of(receipt: str) -> int | None:
    """The id that a receipt stands for; None where it is no receipt."""
    tidy = tidy_code(receipt)
    if len(tidy) != LENGTH or not set(tidy) <= set(ALPHABET):
        return None
    body = tidy[:-1]
    if check_character(body) != tidy[-1]:
        return None
    value = 0
    for character in body:
        value = value * len(ALPHABET) + ALPHABET.index(character)
    return value
