"""Which program asks, what it may read, and how often: by its token alone, never by an address or a cookie."""

from __future__ import annotations

import math
import time

from flask import current_app, g, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from sipas.catalogue.models import Unit
from sipas.core import audit
from sipas.staff import api_tokens
from sipas.staff.api_tokens import Token
from sipas.web.kit import here
from sipas.web.kit.problem_json import Refused

OPEN: None = None
"""The scope of what anybody may read without a token."""

REALM = 'Bearer realm="SIPAS API"'


def admit(scope: str) -> None:
    """Let a program pass whose token opens this scope. Raises Refused with 401, 403 or 429."""
    g.token = found = _shown()
    _count(found)
    if not found.opens(scope):
        told = f'{REALM}, error="insufficient_scope", scope="{scope}"'
        raise Refused(403, f"This token does not let read {scope}.", {"WWW-Authenticate": told})


def root() -> Unit:
    """The unit whose subtree the asking program may see."""
    token: Token = g.token
    return token.unit


def _shown() -> Token:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        raise Refused(401, "Send a token: Authorization: Bearer sipas_…", {"WWW-Authenticate": REALM})
    prefix = secret.strip().removeprefix("sipas_").partition("_")[0]
    audit.act_as(f"api:{prefix[:12]}")
    try:
        return api_tokens.admit(secret.strip(), here.today())
    except api_tokens.TokenUnknown:
        raise _invalid("This token is not known here.") from None
    except api_tokens.TokenExpired as error:
        raise _invalid(f"This token was good until {error}. Ask the administrator for a new one.") from error
    except api_tokens.TokenRevoked as error:
        raise _invalid(f"This token was revoked on {error}.") from error


def _invalid(detail: str) -> Refused:
    return Refused(401, detail, {"WWW-Authenticate": f'{REALM}, error="invalid_token"'})


class Rates:
    """How many requests each token made in this minute, in one process."""

    def __init__(self, most: int) -> None:
        self.limit = RateLimitItemPerMinute(most)
        self.limiter = FixedWindowRateLimiter(MemoryStorage())

    def hit(self, token: Token) -> tuple[bool, dict[str, str]]:
        """Count a request; say whether it is within the limit, and what to tell of it."""
        is_within = self.limiter.hit(self.limit, token.prefix)
        ends, left = self.limiter.get_window_stats(self.limit, token.prefix)
        seconds = max(1, math.ceil(ends - time.time()))
        return is_within, {
            "RateLimit-Policy": f'"minute";q={self.limit.amount};w=60',
            "RateLimit": f'"minute";r={left};t={seconds}',
        }


def _count(token: Token) -> None:
    rates: Rates = current_app.extensions["sipas.api-rates"]
    is_within, g.rate = rates.hit(token)
    if not is_within:
        seconds = g.rate["RateLimit"].rpartition("=")[2]
        detail = f"This token may ask {rates.limit.amount} times a minute."
        raise Refused(429, detail, {"Retry-After": seconds})


def told() -> dict[str, str]:
    """What an answer says of how many requests are left; nothing where no token was shown."""
    found: dict[str, str] = g.get("rate", {})
    return found
