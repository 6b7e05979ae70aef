"""For every member of staff: the own account, its sessions and second step."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response

from sipas.core.db import db
from sipas.staff import sessions
from sipas.staff.accounts import User
from sipas.web.kit import role_names
from sipas.web.kit.access import current_user
from sipas.web.signing_in import events

pages = Blueprint("account", __name__, url_prefix="/account")


@pages.get("")
def own() -> str:
    """Who one is here, how one signs in, and where one is signed in."""
    return render_template(
        "account/own.html",
        user=current_user,
        role=role_names.NAMES[current_user.role],
        sessions=sessions.of(current_user),
        current=sessions.id_of(events.current_token()),
    )


@pages.post("/sessions/end")
def end_session() -> Response:
    """Sign out one of the own devices."""
    sent = request.form.get("session", "")
    if sent.isascii() and sent.isalnum() and sessions.end(_me(), sent):
        flash(gettext("That device is signed out."))
    return redirect(url_for("account.own"), 303)


@pages.post("/sessions/end-others")
def end_other_sessions() -> Response:
    """Sign out all the own devices but this one."""
    ended = sessions.end_others(_me(), events.current_token())
    flash(ngettext("%(num)s other device is signed out.", "%(num)s other devices are signed out.", ended))
    return redirect(url_for("account.own"), 303)


def _me() -> User:
    return db.session.get_one(User, current_user.id)
