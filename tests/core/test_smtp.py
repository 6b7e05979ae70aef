"""Letters go to the very server that an operator named, or not at all."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MessageHandler
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sipas.core import smtp
from sipas.core.smtp import Letter, MailDown
from tests.conftest import make_app

LETTER = Letter("an@test.example", "Chào", "Tiếng Việt có dấu")


class Box(MessageHandler):
    """What a server took."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Message] = []

    def handle_message(self, message: Message) -> None:
        self.taken.append(message)


def own_certificate(folder: Path) -> Path:
    """A certificate for localhost that nobody but its owner vouches for, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(plain + certificate.public_bytes(serialization.Encoding.PEM))
    return path


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Box, int, Path]]:
    """A real mail server that offers TLS: its box, its port, its certificate."""
    path = own_certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    box = Box()
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), tls_context=context)
    controller.start()
    yield box, controller.port, path
    controller.stop()


def test_a_server_that_cannot_show_who_it_is_gets_no_letter(server: tuple[Box, int, Path], tmp_path: Path) -> None:
    app = make_app(tmp_path, mail_server="localhost", mail_port=server[1])
    with app.app_context(), pytest.raises(MailDown, match="certificate"):
        smtp.send(LETTER)
    with app.app_context(), pytest.raises(MailDown):
        smtp.reach()
    assert not server[0].taken


def test_the_server_that_was_named_gets_it_in_tls(
    server: tuple[Box, int, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(server[2]))
    app = make_app(tmp_path, mail_server="localhost", mail_port=server[1], mail_sender="sipas@test.example")
    with app.app_context():
        smtp.reach()
        smtp.send(LETTER)
    (taken,) = server[0].taken
    assert taken["From"] == "sipas@test.example"
    assert taken.get_payload(decode=True).decode().strip() == LETTER.body  # type: ignore[union-attr]


def test_without_a_server_nothing_is_set_up(tmp_path: Path) -> None:
    with make_app(tmp_path).app_context():
        assert not smtp.is_set_up()
