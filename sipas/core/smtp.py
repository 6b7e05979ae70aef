"""Letters by e-mail, where an operator has set up a mail server."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Thread

from flask import Flask, current_app
from flask_mailman import EmailMessage, Mail  # type: ignore[import-untyped]
from flask_mailman.backends.smtp import EmailBackend as SmtpBackend  # type: ignore[import-untyped]

from sipas.core.settings import Settings

TIMEOUT_SECONDS = 10
"""How long a mail server may take to answer."""

_log = logging.getLogger(__name__)


class MailDown(Exception):
    """The mail server cannot be reached or takes no letter; the argument says why."""


class LetterRefused(Exception):
    """The mail server will never take this letter (an unknown recipient); the argument says why."""


class LetterPutOff(Exception):
    """The mail server wants to be asked again later for this letter; the argument says why."""


class LetterUnclear(Exception):
    """The letter was handed over whole and no answer came: nobody knows whether the server took it."""


class _AttentiveSMTP(smtplib.SMTP):
    """Knows whether a letter was handed over to its last byte: from then on the server may have taken it."""

    is_handed_over = False

    def send(self, s: str | bytes) -> None:  # type: ignore[override]  # the library's own takes any buffer
        """Send a command, which is a text, or a letter, which comes as bytes."""
        super().send(s)
        self.is_handed_over = isinstance(s, bytes)


class _AttentiveTLS(_AttentiveSMTP, smtplib.SMTP_SSL):
    """The same for a server that speaks TLS from the first byte on."""


class _CheckedSMTP(_AttentiveSMTP):
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
        return _AttentiveTLS if self.use_ssl else _CheckedSMTP


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter; `kind` is its MIME type."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Letter:
    """What is sent to whom; `headers` are further ones, such as a Message-ID that is known before."""

    to: str
    subject: str
    body: str
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


def connect(app: Flask, settings: Settings) -> None:
    """Tell Flask-Mailman which server to use, if there is one."""
    if not settings.mail_server:
        return
    app.config.update(
        MAIL_BACKEND="sipas.core.smtp.EmailBackend",
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


def domain() -> str:
    """What stands behind the @ of the address that letters come from."""
    return str(current_app.config.get("MAIL_DEFAULT_SENDER", "")).rpartition("@")[2].strip("> ") or "sipas.internal"


def send(letter: Letter) -> None:
    """Send a letter and wait until the server has taken it. Raises MailDown."""
    with _down_told():
        _message(letter).send()


def deliver(letter: Letter) -> None:
    """Hand a letter over, and say exactly what became of it where the server did not take it.

    Raises MailDown where nothing can be sent now, LetterRefused, LetterPutOff or LetterUnclear.
    """
    try:
        message = _message(letter)
        message.message()
    except ValueError as error:  # an address or a header that no letter can carry
        raise LetterRefused(str(error)) from error
    connection = current_app.extensions["mailman"].get_connection()
    try:
        with _down_told():
            connection.open()
            _hand_over(connection, message)
    finally:  # what goes wrong while saying goodbye changes nothing of what was taken before
        with suppress(OSError, smtplib.SMTPException):
            connection.close()


def _hand_over(connection: EmailBackend, message: EmailMessage) -> None:
    try:
        connection.send_messages([message])
    except smtplib.SMTPRecipientsRefused as error:
        _tell_of(*next(iter(error.recipients.values())))
    except (smtplib.SMTPDataError, smtplib.SMTPSenderRefused) as error:  # the latter too: a letter above its size
        _tell_of(error.smtp_code, error.smtp_error)
    except (ValueError, smtplib.SMTPNotSupportedError) as error:  # an address that cannot be written, or not there
        raise LetterRefused(str(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        if connection.connection.is_handed_over:
            raise LetterUnclear(str(error)) from error
        raise


def _tell_of(code: int, answer: bytes | str) -> None:
    """Raise what a server's answer to one letter means; 421 says that it goes away."""
    said = f"{code} {answer.decode(errors='replace') if isinstance(answer, bytes) else answer}"
    if code == _GOING_AWAY:
        raise MailDown(said)
    if code < _PUT_OFF:
        raise LetterUnclear(said)
    raise LetterRefused(said) if code >= _FOR_GOOD else LetterPutOff(said)


_PUT_OFF, _GOING_AWAY, _FOR_GOOD = 400, 421, 500
"""From which answer on a letter is not taken now, not taken by a server that goes away, and never taken."""


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
    files = [(one.name, one.content, one.kind) for one in letter.attachments]
    return EmailMessage(letter.subject, letter.body, to=[letter.to], attachments=files, headers=dict(letter.headers))


@contextmanager
def _down_told() -> Iterator[None]:
    try:
        yield
    except (OSError, smtplib.SMTPException) as error:
        raise MailDown(str(error)) from error
