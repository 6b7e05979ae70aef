"""Sign-in and sign-out of staff, by Flask-Security."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_security import Security
from flask_wtf import CSRFProtect

from sipas import accounts
from sipas.web.language import COOKIE_FREE, lazy


class _StaffSessions(SecureCookieSessionInterface):
    """Sessions for staff's pages alone: citizens' pages set no cookie, read none, and say so to caches."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith("/r/"):  # the route is not known yet
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.endpoint not in COOKIE_FREE:
            super().save_session(app, session, response)


def guard(app: Flask) -> None:
    """Set up sign-in: argon2id, own pages in both languages, no user guessing from messages or timing."""
    app.config.update(
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/reports",
        SECURITY_POST_LOGOUT_VIEW="/sign-in",
        SECURITY_LOGIN_USER_TEMPLATE="session/sign_in.html",
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a method
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_LENGTH_MIN=accounts.PASSWORD_LENGTH,
        SECURITY_FRESHNESS=timedelta(seconds=-1),  # no page asks for the password again
        SECURITY_CLI_USERS_NAME=False,  # bin/sipas has its own
        SECURITY_CLI_ROLES_NAME=False,
        SECURITY_JOIN_USER_ROLES=False,  # ours is a column, not a relation
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_MSG_GENERIC_AUTHN_FAILED=(_WRONG, "error"),
        SECURITY_MSG_USER_DOES_NOT_EXIST=(_WRONG, "error"),
        SECURITY_MSG_INVALID_PASSWORD=(_WRONG, "error"),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=app.config["SIPAS"].base_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = _StaffSessions()
    CSRFProtect(app)  # for every form of staff; citizens' requests never come to it
    Security(app, accounts.datastore(), register_blueprint=True)


_WRONG = lazy("E-mail address or password is wrong.")
