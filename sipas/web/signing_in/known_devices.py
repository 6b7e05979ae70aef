"""Devices that somebody signed in from before: a signed cookie for each account, which proves nothing else."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

REMEMBERED = timedelta(days=180)


def known(email: str) -> str | None:
    """What this device is called for an account; None where nobody signed in to it from here."""
    try:
        account, device = _signer().loads(
            request.cookies.get(_cookie(email), ""), max_age=int(REMEMBERED.total_seconds())
        )
    except (BadSignature, ValueError, TypeError):
        return None
    return str(device) if account == _tidy(email) else None


def remember(email: str, response: Response) -> Response:
    """Let this device be known for an account from now on."""
    device = known(email) or secrets.token_urlsafe(12)
    response.set_cookie(
        _cookie(email),
        _signer().dumps([_tidy(email), device]),
        max_age=REMEMBERED,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return response


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="device")


def _cookie(email: str) -> str:
    return f"device_{sha256(_tidy(email).encode()).hexdigest()[:12]}"


def _tidy(email: str) -> str:
    return email.strip().lower()
