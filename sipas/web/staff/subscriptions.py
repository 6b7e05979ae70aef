"""For every member of staff: which letters come, and when; and for whoever holds a letter: no more of these."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms import BooleanField

from sipas.core import smtp
from sipas.core.db import db
from sipas.core.edit_conflicts import ChangedMeanwhile, values_of
from sipas.core.languages import LANGUAGES
from sipas.letters import subscriptions
from sipas.letters.subscriptions import CHOSEN, MOST_A_DAY, Kind
from sipas.staff.accounts import User
from sipas.web.kit.access import current_user
from sipas.web.kit.forms import StaffForm, choice, number_choice
from sipas.web.kit.language import lazy

pages = Blueprint("subscriptions", __name__)

_KINDS: dict[Kind, str] = {
    "alerts": lazy("letters of alerts"),
    "weekly": lazy("letters of the week"),
    "monthly": lazy("letters of the month"),
}

_NUMBERS = [(number, str(number)) for number in range(1, MOST_A_DAY + 1)]
_HOURS = [(hour, f"{hour}:00") for hour in range(24)]


class WishesForm(StaffForm):
    """Which letters somebody wants, in which language, and when not."""

    alerts = BooleanField(lazy("Alerts, when something should be looked at"))
    weekly = BooleanField(lazy("The week, on Monday at 7:00"))
    monthly = BooleanField(lazy("The month, on the first at 7:00"))
    language = choice(lazy("Language of the letters"), list(LANGUAGES.items()))
    quiet_from = number_choice(lazy("No letters from"), _HOURS)
    quiet_until = number_choice(lazy("until"), _HOURS)
    weekends = BooleanField(lazy("Letters on Saturdays and Sundays too"))
    most_a_day = number_choice(lazy("Most letters a day"), _NUMBERS)


@pages.route("/account/letters", methods=["GET", "POST"])
def chosen() -> str | tuple[str, int] | Response:
    """Choose which letters come to oneself."""
    me = db.session.get_one(User, current_user.id)
    values = values_of(subscriptions.wishes(me), CHOSEN)
    form = WishesForm(data=values)
    form.opened_on(values)
    if form.validate_on_submit():
        try:
            subscriptions.choose(me, {name: form[name].data for name in CHOSEN}, str(form.seen.data))
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        else:
            flash(gettext("Saved."))
            return redirect(url_for("account.own"), 303)
    page: dict[str, Any] = {"form": form, "by_mail": smtp.is_set_up(), "address": current_user.email}
    return render_template("account/letters.html", **page), form.status


@pages.get("/letters/stop/<token>")
def stopping(token: str) -> str:
    """Ask whoever followed the link in a letter whether no more of its kind shall come: a link changes nothing."""
    user, kind = subscriptions.of_token(token)
    wanted = getattr(subscriptions.wishes(user), kind)
    return render_template("account/letters_stop.html", kind=_KINDS[kind], is_wanted=wanted)


@pages.post("/letters/stop/<token>")
def stop(token: str) -> Response:
    """Send no more letters of a kind. What the link holds is permission enough: mail programs press it for people."""
    user, kind = subscriptions.of_token(token)
    subscriptions.stop(user, kind)
    return redirect(url_for("subscriptions.stopping", token=token), 303)


pages.record_once(lambda state: state.app.extensions["csrf"].exempt(f"{__name__}.{stop.__name__}"))
