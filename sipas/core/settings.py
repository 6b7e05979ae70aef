"""The table of settings: each is an environment variable SIPAS_NAME with a default and a help text."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent.parent


class SettingsWrong(Exception):
    """A setting cannot be used; the message names the variable, its value and the fault."""


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a time zone such as Asia/Ho_Chi_Minh") from error
    return name


def _web_address(address: str) -> str:
    if address and not address.startswith(("http://", "https://")):
        raise ValueError("it must begin with http:// or https://")
    return address.rstrip("/")


def _database_address(address: str) -> str:
    try:
        name = make_url(address).get_backend_name() if address else "sqlite"
    except ArgumentError as error:
        raise ValueError("it is no address such as postgresql+psycopg://user:password@host/name") from error
    if name not in ("sqlite", "postgresql"):
        raise ValueError("it must begin with sqlite or postgresql+psycopg")
    return address


class Settings(BaseSettings):
    """Everything an operator can choose; `docs/operating.md` prints this table."""

    model_config = SettingsConfigDict(env_prefix="SIPAS_", extra="ignore", frozen=True)

    instance_path: Path = Field(
        default=ROOT / "instance",
        description="Folder of the installation's own data: the SQLite file and the secret key.",
    )
    database_url: Annotated[str, AfterValidator(_database_address)] = Field(
        default="",
        description="SQLAlchemy address of the database; empty: the file sipas.sqlite in the instance folder. "
        "PostgreSQL: postgresql+psycopg://user:password@host/name.",
    )
    host: str = Field(default="0.0.0.0", description="Address the server listens on.")  # noqa: S104 - phones must reach it
    port: int = Field(default=8000, ge=0, le=65535, description="Port the server listens on.")
    threads: int = Field(default=8, ge=1, le=64, description="Threads that serve requests.")
    base_url: Annotated[str, AfterValidator(_web_address)] = Field(
        default="",
        description="Public address that QR codes carry, for example https://sipas.quangninh.gov.vn; "
        "empty: this machine's own address and port.",
    )
    secret_key: str = Field(
        default="",
        description="Key that signs staff sessions; empty: made at the first start and kept in the instance folder.",
    )
    timezone: Annotated[str, AfterValidator(_known_timezone)] = Field(
        default="Asia/Ho_Chi_Minh", description="Time zone whose days the figures count."
    )
    report_delay_days: int = Field(
        default=1,
        ge=0,
        le=31,
        description="Days that must have closed before staff see their figures; 0 shows today's (the demo does).",
    )
    page_cache_seconds: int = Field(
        default=10,
        ge=0,
        le=3600,
        description="How long a made survey page may be served before it is made anew.",
    )
    second_step_roles: str = Field(
        default="administrator,province",
        description="Roles that must sign in with a second step, a code of the phone, separated by commas; "
        "everybody else may. Empty: nobody must (the demo).",
    )
    api_requests_per_minute: int = Field(
        default=120, ge=1, le=100_000, description="Requests that one token of the API may make in a minute."
    )
    mail_server: str = Field(
        default="",
        description="Mail server (SMTP) for invitations, forgotten passwords, alerts and digests; empty: no mail, "
        "administrators hand over printed links, and alerts stand on the pages alone.",
    )
    mail_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    mail_tls: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How the mail server is spoken to: starttls, tls or none."
    )
    mail_username: str = Field(default="", description="Name to sign in to the mail server with; empty: without.")
    mail_password: str = Field(default="", description="Password for that name.")
    mail_sender: str = Field(
        default="", description="Address that letters come from; empty: sipas@ and the mail server's name."
    )
    oidc_issuer: Annotated[str, AfterValidator(_web_address)] = Field(
        default="",
        description="Issuer address of an OpenID Connect provider for single sign-on; empty: none. "
        "Register with it the return address /single-sign-on/return/oidc under SIPAS_BASE_URL.",
    )
    oidc_client_id: str = Field(default="", description="Client id that the provider gave this installation.")
    oidc_client_secret: str = Field(default="", description="Client secret that the provider gave this installation.")
    oidc_name: str = Field(default="", description="What staff call that provider, for the button on the sign-in page.")

    @property
    def zone(self) -> ZoneInfo:
        """The time zone object of `timezone`."""
        return ZoneInfo(self.timezone)

    @property
    def database_address(self) -> str:
        """The SQLAlchemy address in force."""
        return self.database_url or f"sqlite:///{self.instance_path.resolve() / 'sipas.sqlite'}"

    @property
    def public_address(self) -> str:
        """The address that QR codes carry, without a slash at its end."""
        return self.base_url or f"http://{_own_address(self.host)}:{self.port}"


def from_environment() -> Settings:
    """Read the settings from the environment.

    Raises SettingsWrong with one line a fault, each naming the variable.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsWrong("\n".join(_fault(one["loc"][0], one["msg"]) for one in error.errors())) from None


def _fault(name: object, message: str) -> str:
    variable = f"SIPAS_{str(name).upper()}"
    return f"{variable}={os.environ.get(variable, '')}: {message.removeprefix('Value error, ')}"


def secret_key(settings: Settings) -> str:
    """The key that signs staff sessions: the one set, or one kept in the instance folder (mode 600)."""
    if settings.secret_key:
        return settings.secret_key
    settings.instance_path.mkdir(parents=True, exist_ok=True)
    path = settings.instance_path / "secret_key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(key := secrets.token_urlsafe(48))
    return key


def _own_address(host: str) -> str:
    """This machine's address on its network: connecting a UDP socket picks the route and sends nothing."""
    if host not in ("0.0.0.0", "::", ""):  # noqa: S104 - compared, not bound
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
