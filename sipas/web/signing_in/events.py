"""What follows when somebody signs in or out, or changes what they sign in with.

Sessions begin and end, and the audit says so. Flask-Security tells of it by signals; each is one whole write.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import cast

import flask_login
from flask import Flask, Response, after_this_request, current_app, flash, g, redirect, request, session, url_for
from flask_babel import gettext
from flask_security import signals
from flask_security.utils import set_request_attr

from sipas.core import audit
from sipas.core.db import db
from sipas.staff import browser_names, sessions
from sipas.staff.accounts import User
from sipas.staff.flask_security_store import AccountStore
from sipas.web.signing_in import known_devices

_KEPT = ("language", "_user_id", "_fresh", "_id", "_flashes", "identity.name", "identity.auth_type", "fs_cc", "fs_paa")
"""What a session brings along when somebody signs in; everything else, its token above all, is made anew."""


def user(user_id: str) -> User | None:
    """Who asks: the account of the session whose token the cookie holds, while that session lives."""
    found = sessions.live(str(session.get("token", "")))
    owner = found and db.session.get(User, found.user_id)
    if not owner or not owner.active or owner.fs_uniquifier != user_id:
        return None
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return owner


def follow(app: Flask) -> None:
    """Listen to Flask-Security."""
    for signal, act in (
        (signals.user_authenticated, _begin),
        (flask_login.user_logged_out, _end),
        (signals.password_changed, _password_changed),
        (signals.password_reset, _password_reset),
        (signals.tf_profile_changed, _second_step_set),
        (signals.tf_disabled, _second_step_removed),
        (signals.tf_code_confirmed, _codes_if_none),
    ):
        signal.connect(act, app)


def store() -> AccountStore:
    """Where accounts are kept."""
    return cast("AccountStore", current_app.extensions["security"].datastore)


def refuse(owner: User | None, why: str) -> None:
    """Note that somebody was not let in; an address that nobody has is kept nowhere, it may be a password."""
    email, unit_id = (owner.email, owner.unit_id) if owner else ("–", None)
    with audit.acting(owner.email if owner else "visitor"):
        store().keep(lambda: audit.note("session.refused", email, unit_id, after={"why": why}))


def _begin(_: Flask, user: User, authn_via: list[str] | None = None, **__: object) -> None:
    """A new session with a token of its own: what the browser held before opens nothing."""
    is_easy = session.get("password_is_easy", False)
    kept = {name: session[name] for name in _KEPT if name in session}
    token = sessions.new_token()
    session.clear()
    g.pop(current_app.config.get("WTF_CSRF_FIELD_NAME", "csrf_token"), None)
    session.update(kept, token=token)
    audit.act_as(user.email)
    browser = browser_names.named(request.user_agent.string)
    ended = partial(sessions.end_all, user) if authn_via == ["change"] else _nothing
    store().keep(ended, partial(sessions.start, user, token, browser))
    after_this_request(partial(known_devices.remember, user.email))
    if is_easy:
        flash(gettext("Your password is easy to guess. Please choose another one."))
        after_this_request(_led_to("security.change_password"))


def _nothing() -> None:
    return


def _end(_: Flask, user: User, **__: object) -> None:
    token = session.pop("token", None)
    if token and user.is_authenticated:
        sessions.end(user, sessions.id_of(token))


def _password_changed(_: Flask, user: User, **__: object) -> None:
    flash(gettext("The password is changed; other devices are signed out."))


def _password_reset(_: Flask, user: User, **__: object) -> None:
    """With another password every session ends, whoever set it."""
    audit.act_as(user.email)
    note = partial(audit.note, "account.password_reset", user.email, user.unit_id)
    store().keep(partial(sessions.end_all, user), note)
    flash(gettext("The password is kept. Please sign in with it."))


def _second_step_set(_: Flask, user: User, **__: object) -> None:
    _second_step(user, "account.second_step_set")
    flash(gettext("The second step is set up; other devices are signed out."))
    _codes_if_none(_, user)


def _second_step_removed(_: Flask, user: User, **__: object) -> None:
    user.mf_recovery_codes = None
    _second_step(user, "account.second_step_removed")
    flash(gettext("The second step is switched off; other devices are signed out."))


def _second_step(user: User, act: str) -> None:
    owner: User = getattr(user, "_get_current_object", lambda: user)()
    others = partial(sessions.end_all, owner, but=str(session.get("token", "")))
    store().keep(others, partial(audit.note, act, owner.email, owner.unit_id))


def _codes_if_none(_: Flask, user: User, **__: object) -> None:
    """Who has a second step needs a way in without the phone: without recovery codes, that page comes next."""
    if not user.mf_recovery_codes:
        after_this_request(_led_to("security.mf_recovery_codes"))


def _led_to(endpoint: str) -> Callable[[Response], Response]:
    def lead(response: Response) -> Response:
        is_way = response.status_code == 302
        return cast("Response", redirect(url_for(endpoint))) if is_way else response

    return lead


def current_token() -> str:
    """What the cookie of the session in use holds."""
    return str(session.get("token", ""))
