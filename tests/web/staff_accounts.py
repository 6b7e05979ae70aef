"""What tests of accounts share: an account, its phone, and how it signs in."""

from __future__ import annotations

import time

from flask import Flask
from passlib.totp import TOTP  # type: ignore[import-untyped]
from sqlalchemy import select

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.core.db import db
from sipas.staff import accounts
from sipas.staff.accounts import User
from tests.conftest import PASSWORD
from tests.pages import Page, Visitor


class Phone:
    """An authenticator app: knows the key that a page showed, and its clock goes as fast as a test needs."""

    def __init__(self, key: str) -> None:
        self._totp = TOTP(key=key.replace(" ", "").replace("-", ""), format="base32")
        self._ahead = -30

    def code(self) -> str:
        """The next code; none is shown twice."""
        self._ahead += 30
        return str(self._totp.generate(time=int(time.time()) + self._ahead).token)


def make(app: Flask, email: str, role: str = "manager", unit: str | None = "hong-gai") -> str:
    """An account with the tests' password."""
    with app.app_context():
        accounts.add(email, PASSWORD, role, lookups.unit(unit) if unit else None)
    return email


def type_password(browser: Visitor, email: str, password: str = PASSWORD, status: int | None = 302) -> Page:
    """Send the sign-in form, whatever comes of it."""
    token = browser.get("/sign-in").value("csrf_token")
    data = {"email": email, "password": password, "csrf_token": token}
    return browser.post("/sign-in", data, status)


def set_up_second_step(browser: Visitor) -> Phone:
    """Let a phone scan what the page shows, and type its first code; who signs in with it is signed in then."""
    page = browser.send("/second-step/set-up", {"setup": "authenticator"}, 200)
    phone = Phone(page.words("code.key"))
    form = page.all("main form")[0]
    token = page.value("csrf_token")
    browser.post(str(form.attrs["action"]), {"code": phone.code(), "csrf_token": token}, 302)
    return phone


def recovery_codes(browser: Visitor) -> list[str]:
    """The codes that the page shows once."""
    page = browser.send("/account/recovery-codes", {}, 200)
    return [one.to_text().strip() for one in page.all(".codes code")]


def acts(app: Flask, email: str = "") -> list[str]:
    """What the audit says was done, the oldest first."""
    with app.app_context():
        found = select(audit.AuditEntry.act).order_by(audit.AuditEntry.id)
        if email:
            found = found.where(audit.AuditEntry.actor == email)
        return list(db.session.scalars(found))


def user(email: str) -> User:
    """The account as it is now."""
    found = accounts.with_email(email)
    assert found is not None
    db.session.refresh(found)
    return found
