"""Failed attempts to sign in, counted in memory: who guesses is slowed down, nobody else is locked out.

Only failures count. A device that signed in before has a count of its own for that account, so that guessing
from elsewhere cannot keep its owner out (OWASP's device cookies); from unknown devices an account and an
address have one each. The address's is generous: a centre's Wi-Fi is one address.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from dataclasses import dataclass, field

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

OF_ACCOUNT: tuple[RateLimitItem, ...] = (RateLimitItemPerMinute(5), RateLimitItemPerHour(30))
OF_ADDRESS: tuple[RateLimitItem, ...] = (RateLimitItemPerMinute(60), RateLimitItemPerHour(600))
OF_LETTERS: tuple[RateLimitItem, ...] = (RateLimitItemPerHour(5),)
"""How many failures, or letters asked for, there may be before somebody has to wait."""


class TooManyAttempts(Exception):
    """Somebody must wait before the next attempt; `seconds` says how long."""

    def __init__(self, seconds: int) -> None:
        super().__init__(str(seconds))
        self.seconds = seconds


@dataclass(frozen=True)
class Count:
    """What failures are counted for, and how many there may be; the name is kept as a hash alone."""

    name: str
    limits: tuple[RateLimitItem, ...]


def of_account(account: str, device: str | None) -> Count:
    """Guesses at an account's password from a known device of its own, or from all unknown ones together."""
    return Count(_hashed("account", account.strip().lower(), device or ""), OF_ACCOUNT)


def of_code(account: str, device: str | None) -> Count:
    """Guesses at an account's second step, likewise."""
    return Count(_hashed("code", account, device or ""), OF_ACCOUNT)


def of_address(address: str) -> Count:
    """Guesses from one address, at whatever account; a household's IPv6 network is one."""
    parsed = ipaddress.ip_address(address)
    if parsed.version == 6:
        parsed = ipaddress.ip_network((parsed, 64), strict=False).network_address
    return Count(_hashed("address", str(parsed)), OF_ADDRESS)


def of_letters(account: str) -> Count:
    """Letters asked for in an account's name."""
    return Count(_hashed("letters", account.strip().lower()), OF_LETTERS)


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass
class Attempts:
    """The counts of one process."""

    storage: MemoryStorage = field(default_factory=MemoryStorage)

    def admit(self, *counts: Count) -> None:
        """Let an attempt pass. Raises TooMany where one of the counts is full."""
        full = [
            self._limiter.get_window_stats(limit, count.name).reset_time
            for count in counts
            for limit in count.limits
            if not self._limiter.test(limit, count.name)
        ]
        if full:
            raise TooManyAttempts(max(1, math.ceil(max(full) - time.time())))

    def failed(self, *counts: Count) -> None:
        """Count a failure."""
        for count in counts:
            for limit in count.limits:
                self._limiter.hit(limit, count.name)

    @property
    def _limiter(self) -> FixedWindowRateLimiter:
        return FixedWindowRateLimiter(self.storage)
