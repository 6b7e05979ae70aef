"""Letters by e-mail, where an operator has set up a mail server."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Thread

from flask import Flask, current_app
from flask_mailman import EmailMessage, Mail  # type: ignore[import-untyped]
from flask_mailman.backends.smtp import EmailBackend as SmtpBackend  # type: ignore[import-untyped]

from sipas.settings import Settings

TIMEOUT_SECONDS = 10
"""How long a mail server may take to answer."""

_log = logging.getLogger(__name__)


class MailDown(Exception):
    """The mail server cannot be reached or takes no letter; the argument says why."""


class _CheckedSMTP(smtplib.SMTP):
    """Asks a server that turns to TLS who it is; the library would take any, and hand it the password."""

    def starttls(  # type: ignore[override]  # the keys of before Python 3.12 nobody gives
        self, *, context: ssl.SSLContext | None = None
    ) -> tuple[int, bytes]:
        """Go on in TLS with this very server only."""
        return super().starttls(context=context or ssl.create_default_context())


class EmailBackend(SmtpBackend):  # type: ignore[misc]
    """Flask-Mailman's way to a server, checked."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """How the server is spoken to."""
        return smtplib.SMTP_SSL if self.use_ssl else _CheckedSMTP


@dataclass(frozen=True)
class Letter:
    """What is sent to whom."""

    to: str
    subject: str
    body: str


def connect(app: Flask, settings: Settings) -> None:
    """Tell Flask-Mailman which server to use, if there is one."""
    if not settings.mail_server:
        return
    app.config.update(
        MAIL_BACKEND="sipas.mail.EmailBackend",
        MAIL_SERVER=settings.mail_server,
        MAIL_PORT=settings.mail_port,
        MAIL_USERNAME=settings.mail_username or None,
        MAIL_PASSWORD=settings.mail_password or None,
        MAIL_USE_TLS=settings.mail_tls == "starttls",
        MAIL_USE_SSL=settings.mail_tls == "tls",
        MAIL_DEFAULT_SENDER=settings.mail_sender or f"sipas@{settings.mail_server}",
        MAIL_TIMEOUT=TIMEOUT_SECONDS,
    )
    Mail(app)


def is_set_up() -> bool:
    """Whether letters can be sent at all."""
    return "mailman" in current_app.extensions


def send(letter: Letter) -> None:
    """Send a letter and wait until the server has taken it. Raises MailDown."""
    with _down_told():
        _message(letter).send()


def reach() -> None:
    """Find out whether the server would take a letter. Raises MailDown."""
    with _down_told():
        connection = current_app.extensions["mailman"].get_connection()
        connection.open()
        connection.close()


def send_soon(letter: Letter) -> None:
    """Send a letter beside the request, which then takes as long as one that sends none; a fault is logged."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    Thread(target=_send_within, args=(app, letter), daemon=True).start()


def _send_within(app: Flask, letter: Letter) -> None:
    with app.app_context():
        try:
            send(letter)
        except MailDown as error:
            _log.warning("a letter could not be sent: %s", error)


def _message(letter: Letter) -> EmailMessage:
    return EmailMessage(letter.subject, letter.body, to=[letter.to])


@contextmanager
def _down_told() -> Iterator[None]:
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:
        raise MailDown(str(error)) from error
