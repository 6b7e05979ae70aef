"""For managers and the province: alerts of a unit's subtree, what was done about them, and the threshold."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.core import formats
from sipas.core.db import db
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.letters import alert_words, alerts, thresholds
from sipas.letters.alert_rules import ENOUGH
from sipas.letters.alerts import LONGEST_NOTE, Alert
from sipas.web.kit import audit_words
from sipas.web.kit.access import current_user
from sipas.web.kit.forms import StaffForm, choice, text
from sipas.web.kit.language import language, lazy

pages = Blueprint("alerts", __name__, url_prefix="/alerts")

OFFERED = range(thresholds.LOWEST, thresholds.HIGHEST, 5)
"""Thresholds to choose from, in per cent."""


class NoteForm(StaffForm):
    """What is done about an alert."""

    note = text(lazy("What is done about it"), LONGEST_NOTE, needed=False)


class ThresholdForm(StaffForm):
    """Below what share a unit wants to be told; empty: as the unit above."""

    percent = choice(lazy("Threshold"))


@pages.app_context_processor
def _words() -> dict[str, object]:
    """What every page may say of alerts."""
    said = {"alert_sentence": sentence, "alert_advice": advice, "alert_kinds": audit_words.KINDS_OF_ALERT}
    return said | {"alerts_open_for": alerts.open_for}


def sentence(alert: Alert) -> str:
    """What was seen, in the page's language."""
    return alert_words.sentence(alert, language())


def advice(alert: Alert) -> str:
    """What to do about it, likewise."""
    return alert_words.advice(alert, language())


@pages.get("")
def own() -> Response:
    """The alerts of one's own unit."""
    return redirect(url_for("alerts.listed", code=current_user.root.code))


@pages.get("/<code>")
def listed(code: str) -> str:
    """The alerts that last, those that are over, and how they come about."""
    unit = lookups.within(current_user.root.id, code)
    return render_template(
        "alerts/listed.html",
        unit=unit,
        kinds=alerts.ORDER,
        lasting=alerts.open_for(unit),
        ended=alerts.ended_for(unit),
        threshold=_in_force(unit),
        enough=ENOUGH,
    )


@pages.route("/<code>/<int:alert_id>", methods=["GET", "POST"])
def acknowledge(code: str, alert_id: int) -> str | tuple[str, int] | Response:
    """Note that one has looked at an alert, and what is done about it."""
    unit = lookups.within(current_user.root.id, code)
    alert = alerts.one(unit, alert_id)
    form = NoteForm(data={"note": alert.note})
    if form.validate_on_submit():
        alerts.acknowledge(alert, current_user, form.note.data or None)
        flash(gettext("Noted. Nobody gets a letter of this alert any more."))
        return redirect(url_for("alerts.listed", code=code), 303)
    return render_template("alerts/alert.html", unit=unit, alert=alert, form=form), form.status


@pages.route("/<code>/threshold", methods=["GET", "POST"])
def threshold(code: str) -> str | tuple[str, int] | Response:
    """Choose below what share a unit is alerted of a field."""
    unit = lookups.within(current_user.root.id, code)
    own = thresholds.own(unit)
    form = ThresholdForm(data={"percent": str(own or "")})
    above = thresholds.in_force([unit.parent_id])[unit.parent_id] if unit.parent_id else thresholds.ThresholdInForce()
    inherited = gettext("%(percent)s, as in the unit above", percent=_percent(above.percent))
    default = gettext("%(percent)s, the default", percent=_percent(above.percent))
    offered = [(str(one), _percent(one)) for one in sorted({*OFFERED, *filter(None, [own])})]
    form.percent.choices = [("", inherited if above.set_by else default), *offered]
    form.opened_on({"percent": own})
    if form.validate_on_submit():
        try:
            thresholds.choose(unit, int(form.percent.data) if form.percent.data else None, str(form.seen.data))
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        else:
            flash(gettext("Saved. It is looked at with the next round, tomorrow morning at the latest."))
            return redirect(url_for("alerts.listed", code=code), 303)
    return render_template("alerts/threshold.html", unit=unit, form=form, enough=ENOUGH), form.status


def _in_force(unit: Unit) -> dict[str, object]:
    """The threshold in force and the unit that set it, None where nobody did."""
    found = thresholds.in_force([unit.id])[unit.id]
    return {"percent": _percent(found.percent), "set_by": db.session.get(Unit, found.set_by) if found.set_by else None}


def _percent(number: int) -> str:
    return formats.whole_percent(number, language())
