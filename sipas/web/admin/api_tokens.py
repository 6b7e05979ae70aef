"""For administrators of the whole: tokens of programs that read the API."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, make_response, redirect, render_template, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired

from sipas.catalogue import lookups
from sipas.staff import api_tokens
from sipas.staff.api_tokens import LONGEST, ExpiryWrong, Issued, NothingToRead
from sipas.web.admin.accounts import units
from sipas.web.kit import here
from sipas.web.kit.access import current_user
from sipas.web.kit.filters import in_own_language
from sipas.web.kit.forms import StaffForm, Ticks, choice, day, line
from sipas.web.kit.language import lazy

pages = Blueprint("api_tokens", __name__, url_prefix="/admin/tokens")

OPENS = {
    "reports": lazy("Reports: satisfaction by unit and field"),
    "rankings": lazy("Ranking of units"),
    "aggregates": lazy("Aggregates: counts by unit, field, channel and question"),
    "catalogue": lazy("Catalogue: units, fields, questions"),
}
"""What each scope lets read, those asked for most first."""

_NONE_TICKED = lazy("Please tick at least one.")
USUALLY = timedelta(days=365)
_TOO_FAR = lazy("Please give a day from today on, at most %(days)s days ahead.")


class TokenForm(StaffForm):
    """Which program gets a token, what for and until when."""

    name = line(lazy("Program, and who answers for it"), 120)
    scopes = Ticks(
        lazy("What it may read"),
        choices=[SelectChoice(*one) for one in OPENS.items()],
        validators=[InputRequired(_NONE_TICKED)],
    )
    unit = choice(lazy("Unit"))
    expires_on = day(lazy("Last day"))


@pages.get("")
def listed() -> str:
    """All tokens, those that open something first."""
    found, today = api_tokens.listed(), here.today()
    return render_template(
        "admin/api_tokens/listed.html",
        tokens=sorted(found, key=lambda one: not one.is_live(today)),
        opens=OPENS,
        today=today,
        has_units=bool(units()),
    )


@pages.route("/new", methods=["GET", "POST"])
def new() -> str | tuple[str, int] | Response:
    """Make a token; the page that answers shows it, and no page ever again."""
    today = here.today()
    form = TokenForm(data={"expires_on": today + USUALLY})
    form.unit.choices = [SelectChoice(one.code, in_own_language(one)) for one in units()]
    if form.validate_on_submit():
        try:
            unit = lookups.within(current_user.root.id, form.unit.data)
            last_day = form.expires_on.data or today  # the form takes no empty one
            issued = api_tokens.issue(str(form.name.data), form.scopes.data or [], unit, last_day, today)
        except NothingToRead:
            form.fault("scopes", str(_NONE_TICKED))
        except ExpiryWrong:
            form.fault(
                "expires_on",
                _TOO_FAR % {"days": LONGEST.days},
            )
        else:
            return _shown_once(issued)
    return render_template("admin/api_tokens/form.html", form=form), form.status


def _shown_once(issued: Issued) -> Response:
    """The secret is in this answer alone: no address, no cookie and no cache holds it."""
    page = make_response(
        render_template("admin/api_tokens/shown.html", token=issued.token, secret=issued.secret, opens=OPENS)
    )
    page.headers["Cache-Control"] = "no-store"
    return page


@pages.post("/<prefix>/revoke")
def revoke(prefix: str) -> Response:
    """Let a token open nothing any more."""
    found = api_tokens.revoke(prefix)
    flash(gettext("“%(name)s” opens nothing any more.", name=found.name))
    return redirect(url_for("api_tokens.listed"), 303)
