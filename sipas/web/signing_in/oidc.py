# ruff: noqa: ANN401 - what stands here takes and gives what Flask-Security's forms and views do
"""Single sign-on by OpenID Connect, where an operator has set up a provider.

Who somebody is, the provider says; what they may do, their account here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from authlib.common.errors import AuthlibBaseError  # type: ignore[import-untyped]
from authlib.integrations.base_client.errors import OAuthError  # type: ignore[import-untyped]
from flask import Flask, current_app, flash, g, redirect, url_for
from flask_babel import gettext
from flask_security import Security
from flask_security.oauth_glue import OAuthGlue
from flask_security.oauth_provider import FsOAuthProvider
from requests import RequestException
from werkzeug.wrappers import Response

from sipas.core.settings import Settings
from sipas.staff import accounts
from sipas.web.kit import account_letters, here
from sipas.web.signing_in import events

NAME = "oidc"
"""What the provider is called in addresses."""

_STRONG = {"mfa", "otp"}
"""Values of a token's `amr` by which a provider says that it asked for more than a password (RFC 8176)."""


class _Glue(OAuthGlue):
    """Sends people to the provider with a way back to the public address, whatever the request's Host claims."""

    def get_redirect(self, name: str, endpoint: str, **values: Any) -> Any:
        """Lead to the provider, or back to the sign-in page where there is none or it does not answer."""
        provider = self.authlib_provider(name)  # type: ignore[no-untyped-call]
        if provider is None:
            return redirect(url_for("security.login"))
        back = current_app.url_map.bind("").build(f"security.{endpoint}", {"name": name, **values})
        return provider.authorize_redirect(account_letters.public_address() + back)


class _Provider(FsOAuthProvider):
    """The one provider: its addresses come from its own description, the exchange is bound by PKCE."""

    def fetch_identity_cb(self, oauth: Any, token: Any) -> tuple[str, str]:
        """The address that the provider has verified. Raises OAuthError where it has verified none."""
        claims = dict(token.get("userinfo") or {})
        if "email" not in claims:
            claims |= oauth.oidc.userinfo(token=token)
        if not claims.get("email") or claims.get("email_verified") is not True:
            raise OAuthError(error="email_not_verified")
        g.single_sign_on = str(claims["email"])
        g.second_step_elsewhere = bool(_STRONG & set(claims.get("amr") or ()))
        return "email", g.single_sign_on

    def oauth_response_failure(self, error_view: str, e: OAuthError) -> Response:
        """Say it on the sign-in page."""
        return _refused(e)


def offer(app: Flask, security: Security) -> None:
    """Register the provider, if one is set up."""
    chosen: Settings = app.config["SIPAS"]
    glue = _Glue(app, security.oauthglue.oauth if security.oauthglue else None)
    security.oauthglue = glue
    if chosen.oidc_issuer:
        known = {
            "client_id": chosen.oidc_client_id,
            "client_secret": chosen.oidc_client_secret or None,
            "server_metadata_url": f"{chosen.oidc_issuer}/.well-known/openid-configuration",
            "client_kwargs": {"scope": "openid email profile", "code_challenge_method": "S256", "timeout": 10},
        }
        glue.register_provider_ext(_Provider(NAME, known))
    app.jinja_env.globals["single_sign_on"] = single_sign_on
    for endpoint in ("oauthstart", "oauthresponse", "oauth_verify_start", "oauth_verify_response"):
        name = f"security.{endpoint}"
        app.view_functions[name] = _answering(app.view_functions[name])


def single_sign_on() -> dict[str, str] | None:
    """What the sign-in page needs for its button; None where no provider is set up."""
    chosen = here.settings()
    if not chosen.oidc_issuer:
        return None
    return {"name": chosen.oidc_name or urlsplit(chosen.oidc_issuer).netloc, "provider": NAME}


def _answering(view: Callable[..., Any]) -> Callable[..., Any]:
    """Whatever goes wrong between the provider and us, people get back to the sign-in page and are told."""

    def answered(name: str) -> Any:
        glue = cast("Security", current_app.extensions["security"]).oauthglue
        if glue is None or name not in glue.provider_names:
            return redirect(url_for("security.login"))
        try:
            answer = view(name=name)
        except (RequestException, AuthlibBaseError, OAuthError, KeyError, ValueError) as error:
            return _refused(error)
        if _is_without_account(answer):
            _note_refusal()
        return answer

    return answered


def _is_without_account(answer: Any) -> bool:
    return "single_sign_on" in g and answer.headers.get("Location") == url_for("security.login")


def _note_refusal() -> None:
    events.refuse(accounts.with_email(g.single_sign_on), "single sign-on")
    flash(gettext("%(email)s has no account here. Please ask your administrator.", email=g.single_sign_on))


def _refused(error: Exception) -> Response:
    current_app.logger.warning("single sign-on failed: %s", type(error).__name__)
    if getattr(error, "error", "") == "email_not_verified":
        flash(gettext("The sign-in service has not verified your e-mail address. Please ask those who run it."))
    else:
        flash(gettext("The sign-in service did not answer as it should. Please try again, or sign in with a password."))
    return redirect(url_for("security.login"))
