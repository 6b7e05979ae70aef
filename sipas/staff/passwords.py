"""Passwords: how long they must be, and which are too easy to guess; made up where nobody chooses one."""

from __future__ import annotations

import re
import secrets
import unicodedata

from zxcvbn import zxcvbn  # type: ignore[import-untyped]

LENGTH = 10
"""Fewest characters of a password."""

MOST = 128
"""Most characters of a password."""

_SCORE = 3
"""What zxcvbn must give at least: more than a hundred million guesses."""

_LOOKED_AT = 64
"""Characters that are looked at: zxcvbn's cost grows with the square of the length, and 64 tell enough."""

_OF_THE_HOUSE = [
    "sipas",
    "quang",
    "ninh",
    "quangninh",
    "ha",
    "long",
    "halong",
    "cam",
    "pha",
    "mong",
    "cai",
    "mongcai",
    "uong",
    "bi",
    "uongbi",
    "dong",
    "trieu",
    "dongtrieu",
    "viet",
    "nam",
    "vietnam",
    "ha",
    "noi",
    "hanoi",
    "mat",
    "khau",
    "matkhau",
    "xin",
    "chao",
    "xinchao",
    "anh",
    "yeu",
    "em",
    "anhyeuem",
    "motcua",
    "hanhchinh",
    "cong",
    "trung",
    "tam",
    "trungtam",
    "phucvu",
    "tthc",
    "hcc",
    "ubnd",
    "hai",
    "long",
    "hailong",
    "khaosat",
    "dichvucong",
    "quantri",
    "nhanvien",
    "nguyen",
    "tran",
    "cuatoi",
    "toiyeu",
    "giamdoc",
    "canbo",
    "congchuc",
    "manager",
    "administrator",
    "admin",
    "province",
    "auditor",
    "viewer",
]
"""Words that everybody in this office would try; English ones zxcvbn knows."""


class PasswordTooShort(Exception):
    """A password has fewer than LENGTH characters."""


class PasswordTooLong(Exception):
    """A password has more than MOST characters."""


class PasswordEasy(Exception):
    """A password is among those that are tried first: leaked, a pattern, or made of known words."""


def normal(password: str) -> str:
    """A password as it is hashed: phones and desks write the same Vietnamese letter in two ways."""
    return unicodedata.normalize("NFKD", password)


def check(password: str, *known: str | None) -> None:
    """Refuse what is easy to guess for somebody who knows the texts `known` (address, name) as well.

    Raises PasswordTooShort, PasswordTooLong or PasswordEasy.
    """
    if len(unicodedata.normalize("NFC", password)) < LENGTH:
        raise PasswordTooShort
    if len(password) > MOST:
        raise PasswordTooLong
    if is_easy(password, *known):
        raise PasswordEasy


def is_easy(password: str, *known: str | None) -> bool:
    """Whether a password would be tried early; words are looked at without their marks and gaps too."""
    words = [*_OF_THE_HOUSE, *(part for text in known if text for part in _parts(text))]
    plain = _unmarked(password)
    seen = {one[:_LOOKED_AT] for one in (password, plain, re.sub(r"[\s._@-]+", "", plain))}
    return any(zxcvbn(one, user_inputs=words)["score"] < _SCORE for one in seen if one)


def made_up() -> str:
    """A random password that can be read out and typed."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4)) for _ in range(4))


def _parts(text: str) -> list[str]:
    """The text, what stands before an address's @, each without its gaps, and their single words."""
    plain = _unmarked(text).lower()
    wholes = (plain, plain.partition("@")[0])
    words = re.split(r"[^a-z0-9]+", plain)
    return [part for part in (*wholes, *(re.sub(r"[^a-z0-9]+", "", one) for one in wholes), *words) if len(part) > 1]


def _unmarked(text: str) -> str:
    """Letters without their marks; đ, which is a letter of its own, as d."""
    apart = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(one for one in apart if not unicodedata.combining(one))
