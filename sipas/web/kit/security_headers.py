"""What every answer says to browsers, so that nothing from elsewhere gets a hold on it."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, request

from sipas.core.settings import Settings
from sipas.web.kit import here, style_sheets

_LEAD_TO_PROVIDER = frozenset({"security.login", "security.verify"})
"""Pages with a button whose form ends at the provider of single sign-on, which browsers ask the policy about."""

_POLICY = (
    f"default-src 'none'; style-src 'self' {style_sheets.POLICY_SOURCE}; img-src 'self' data:; font-src 'self'; "
    "script-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

SAFETY = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
)
"""What every answer says: nothing from elsewhere, no framing, no guessing of types, no address passed on."""


def single_sign_on_origin(chosen: Settings) -> str:
    """Where the provider of single sign-on is."""
    parts = urlsplit(chosen.oidc_issuer)
    return f"{parts.scheme}://{parts.netloc}"


def is_said(response: Response) -> bool:
    """Whether an answer came with all of it, as citizens' pages do."""
    return SAFETY[0][0] in response.headers


def harden(response: Response) -> Response:
    """Say it."""
    response.headers.extend(SAFETY)
    chosen = here.settings()
    if chosen.base_url.startswith("https://"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    if chosen.oidc_issuer and request.endpoint in _LEAD_TO_PROVIDER:
        policy = _POLICY.replace("form-action 'self'", f"form-action 'self' {single_sign_on_origin(chosen)}")
        response.headers["Content-Security-Policy"] = policy
    return response
