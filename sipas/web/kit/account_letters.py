"""Letters to staff, in Vietnamese and English; their links lead to the public address, whoever asked for them."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app
from flask_babel import force_locale, gettext
from flask_security.recoverable import generate_reset_password_token

from sipas.core.languages import LANGUAGES
from sipas.core.smtp import Letter
from sipas.staff.accounts import User
from sipas.web.kit import here


def password_link(user: User) -> str:
    """A link that lets an account's owner choose a password, once and within three days."""
    path: str = current_app.url_map.bind("").build(
        "security.reset_password", {"token": generate_reset_password_token(user)}
    )
    return public_address() + path


def public_address() -> str:
    """Where staff reach this installation: what an operator set, never what a request claims."""
    return here.settings().public_address


def invitation(user: User) -> Letter:
    """Asks somebody to choose a password for a new account."""
    link = password_link(user)
    return _in_all_languages(
        user,
        lambda: gettext("Your SIPAS account"),
        lambda: gettext(
            "An account was made for you. Please choose your password here, within three days:\n\n%(link)s\n\n"
            "If you did not expect this letter, ignore it.",
            link=link,
        ),
    )


def forgotten(user: User) -> Letter:
    """Lets somebody choose another password."""
    link = password_link(user)
    return _in_all_languages(
        user,
        lambda: gettext("A new password for SIPAS"),
        lambda: gettext(
            "You can choose a new password here, within three days:\n\n%(link)s\n\n"
            "If you did not ask for this, ignore the letter: nothing changes.",
            link=link,
        ),
    )


def changed(user: User) -> Letter:
    """Tells an account's owner that the password is another one."""
    return _in_all_languages(
        user,
        lambda: gettext("Your SIPAS password was changed"),
        lambda: gettext(
            "The password of your account was changed just now. If that was not you, tell your administrator at once."
        ),
    )


def _in_all_languages(user: User, subject: Callable[[], str], text: Callable[[], str]) -> Letter:
    """Who reads it chose no language yet: Vietnamese comes first, English below."""
    parts = {}
    for language in LANGUAGES:
        with force_locale(language):
            parts[language] = (subject(), text())
    first = next(iter(parts))
    return Letter(user.email, parts[first][0], "\n\n– – –\n\n".join(text for _, text in parts.values()) + "\n\nSIPAS\n")
