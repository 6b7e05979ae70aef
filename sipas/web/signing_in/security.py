"""Sign-in and sign-out of staff, by Flask-Security: how it is set up."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_security import MfRecoveryCodesUtil, Security
from flask_wtf import CSRFProtect

from sipas.core import smtp
from sipas.core.settings import Settings, SettingsWrong
from sipas.staff import accounts
from sipas.staff.attempts import Attempts
from sipas.staff.flask_security_store import AccountStore
from sipas.web.kit.is_api import is_of_program
from sipas.web.kit.language import COOKIE_FREE, lazy
from sipas.web.signing_in import events, forms, oidc


class _StaffSessions(SecureCookieSessionInterface):
    """Sessions for staff's pages alone: citizens' pages and the API set no cookie, read none, and say so to caches."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith(("/r/", "/api/")):  # the route is not known yet
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.endpoint not in COOKIE_FREE and not is_of_program():
            super().save_session(app, session, response)


class _CodesShownOnce(MfRecoveryCodesUtil):
    """Recovery codes are seen when they are made and never again: who finds an open desk reads none."""

    def get_recovery_codes(self, user: accounts.User) -> list[str]:  # type: ignore[override]
        return []


def guard(app: Flask) -> None:
    """Set up sign-in: argon2id, a second step, own pages in both languages, no user guessing from messages or timing.

    Raises SettingsWrong.
    """
    chosen: Settings = app.config["SIPAS"]
    try:
        accounts.second_step_roles(chosen.second_step_roles)
    except accounts.SecondStepWrong as error:
        raise SettingsWrong(f"SIPAS_SECOND_STEP_ROLES={chosen.second_step_roles}: {error} is no role") from error
    is_secure = chosen.base_url.startswith("https://")
    app.config.update(_ADDRESSES | _PAGES | _WAYS | _WORDS | _keys(app.config["SECRET_KEY"]))
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_secure,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = _StaffSessions()
    app.extensions["sipas.attempts"] = Attempts()
    smtp.connect(app, chosen)
    CSRFProtect(app)  # for every form of staff; citizens' requests never come to it
    security = Security(
        app,
        AccountStore(),
        register_blueprint=True,
        mf_recovery_codes_util_cls=_CodesShownOnce,
        **forms.PARTS,
    )
    security.want_json(lambda _: False)  # our own pages are the only clients
    app.login_manager.request_loader(lambda _: None)  # type: ignore[attr-defined]  # no tokens in place of a session
    app.login_manager.user_loader(events.user)  # type: ignore[attr-defined]
    events.follow(app)
    forms.put_around_views(app)
    oidc.offer(app, security)


def _keys(secret: str) -> dict[str, object]:
    """Keys for what the second step keeps, each made from the installation's one."""
    code_key = hmac.new(secret.encode(), b"recovery codes", hashlib.sha256).digest()
    return {
        "SECURITY_TOTP_SECRETS": {1: hmac.new(secret.encode(), b"second step", hashlib.sha256).hexdigest()},
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_KEYS": [base64.urlsafe_b64encode(code_key)],
    }


_ADDRESSES: dict[str, object] = {
    "SECURITY_LOGIN_URL": "/sign-in",
    "SECURITY_LOGOUT_URL": "/sign-out",
    "SECURITY_LOGOUT_METHODS": ["POST"],
    "SECURITY_POST_LOGIN_VIEW": "/reports",
    "SECURITY_POST_LOGOUT_VIEW": "/sign-in",
    "SECURITY_RESET_URL": "/reset",
    "SECURITY_CHANGE_URL": "/account/password",
    "SECURITY_POST_CHANGE_VIEW": "/account",
    "SECURITY_VERIFY_URL": "/account/confirm",
    "SECURITY_TWO_FACTOR_SETUP_URL": "/second-step/set-up",
    "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/second-step",
    "SECURITY_TWO_FACTOR_RESCUE_URL": "/second-step/help",
    "SECURITY_TWO_FACTOR_SELECT_URL": "/second-step/choose",
    "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/account",
    "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/second-step/recovery",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/account/recovery-codes",
    "SECURITY_OAUTH_START_URL": "/single-sign-on",
    "SECURITY_OAUTH_RESPONSE_URL": "/single-sign-on/return",
    "SECURITY_OAUTH_VERIFY_START_URL": "/single-sign-on/confirm",
    "SECURITY_OAUTH_VERIFY_RESPONSE_URL": "/single-sign-on/confirmed",
}

_PAGES: dict[str, object] = {
    "SECURITY_LOGIN_USER_TEMPLATE": "signing_in/sign_in.html",
    "SECURITY_FORGOT_PASSWORD_TEMPLATE": "signing_in/forgotten.html",
    "SECURITY_RESET_PASSWORD_TEMPLATE": "signing_in/reset.html",
    "SECURITY_TWO_FACTOR_SETUP_TEMPLATE": "signing_in/second_step_set_up.html",
    "SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE": "signing_in/second_step.html",
    "SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE": "signing_in/recovery.html",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "account/recovery_codes.html",
    "SECURITY_CHANGE_PASSWORD_TEMPLATE": "account/password.html",
    "SECURITY_VERIFY_TEMPLATE": "account/confirm.html",
}

_WAYS: dict[str, object] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
    "SECURITY_PASSWORD_LENGTH_MIN": accounts.PASSWORD_LENGTH,
    "SECURITY_CLI_USERS_NAME": False,  # bin/sipas has its own
    "SECURITY_CLI_ROLES_NAME": False,
    "SECURITY_JOIN_USER_ROLES": False,  # ours is a column, not a relation
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_FLASH_MESSAGES": False,  # ours are flashed where they arise, in both languages
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_FRESHNESS": timedelta(minutes=30),  # then the second step asks for the password again
    "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(minutes=10),
    "SECURITY_RECOVERABLE": True,
    "SECURITY_RESET_PASSWORD_WITHIN": timedelta(days=3),
    "SECURITY_SEND_PASSWORD_RESET_NOTICE_EMAIL": True,
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": True,
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},  # asks no name server who has an account
    "SECURITY_EMAIL_HTML": False,
    "SECURITY_EMAIL_PLAINTEXT": False,  # letters.py writes them
    "SECURITY_CHANGEABLE": True,
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_IMPLEMENTATIONS": {"code": "flask_security.twofactor.CodeTfPlugin"},
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 60,  # seconds that a phone's clock may be wrong
    "SECURITY_TOTP_ISSUER": "SIPAS",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_N": 8,
    "SECURITY_OAUTH_ENABLE": True,  # the way is always there; single_sign_on.py says whether it leads anywhere
    "SECURITY_OAUTH_BUILTIN_PROVIDERS": [],
}

_WRONG = lazy("E-mail address or password is wrong.")
_WORDS: dict[str, object] = {
    f"SECURITY_MSG_{name}": (words, "error")
    for name, words in {
        "GENERIC_AUTHN_FAILED": _WRONG,
        "USER_DOES_NOT_EXIST": _WRONG,
        "INVALID_PASSWORD": lazy("This password is wrong."),
        "PASSWORD_NOT_PROVIDED": lazy("Please type a password."),
        "PASSWORD_IS_THE_SAME": lazy("The new password must be another one."),
        "RETYPE_PASSWORD_MISMATCH": lazy("The two passwords differ."),
        "TWO_FACTOR_INVALID_TOKEN": lazy(
            "This code is wrong or was used already. Please wait for the next one and check the phone's clock."
        ),
        "INVALID_RECOVERY_CODE": lazy("This recovery code is wrong or was used already."),
        "INVALID_REDIRECT": lazy("This page leads only within SIPAS."),
        "TWO_FACTOR_METHOD_NOT_AVAILABLE": lazy("Your role needs the second step."),
    }.items()
}
