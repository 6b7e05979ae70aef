"""Set-asides: everybody who sees a unit reads which responses were set aside; the province and auditors decide."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response
from wtforms import DateTimeLocalField, ValidationError
from wtforms.validators import Optional

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.core import audit, codes, edit_conflicts
from sipas.numbers.periods import EARLIEST, LATEST
from sipas.responses import set_asides
from sipas.responses.set_asides import (
    MOST_SET_ASIDE,
    REASON_LENGTH,
    AlreadyLifted,
    NothingFound,
    Preview,
    Selection,
    SetAside,
    TooManySetAside,
    preview,
)
from sipas.web.kit import audit_words, here
from sipas.web.kit.access import current_user
from sipas.web.kit.filters import in_own_language
from sipas.web.kit.forms import NEEDED, StaffForm, choice, line, text
from sipas.web.kit.language import lazy

pages = Blueprint("set_asides", __name__)

Answer = Response | str | tuple[str, int]

SHORTEST_REASON = 10
NO_MOMENT = lazy("Please give a day and a time.")
NO_REASON = lazy("Please give the reason in at least %(number)s characters.", number=SHORTEST_REASON)
NO_RECEIPT = lazy("This is no receipt number. Please compare it with the citizen's page.")
ONE_OF_TWO = lazy("Either a span of time or one receipt number, please.")
BACKWARDS = lazy("The end lies before the beginning.")


class _Moment(DateTimeLocalField):
    """A day and a time on the clocks of the installation."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(NO_MOMENT) from error
        if self.data and not EARLIEST <= self.data.date() < LATEST:
            raise ValueError(NO_MOMENT)


class _ReasonForm(StaffForm):
    """Why: a reason that somebody else can follow."""

    reason = text(lazy("Reason"), REASON_LENGTH)

    def validate_reason(self, field: Any) -> None:  # noqa: ANN401 - WTForms's own
        """Not a word, a reason."""
        if field.data and len(field.data) < SHORTEST_REASON:
            raise ValidationError(NO_REASON)


class _SelectionForm(_ReasonForm):
    place = choice(lazy("Where"))
    start = _Moment(lazy("From"), validators=[Optional()])
    end = _Moment(lazy("Until (not included)"), validators=[Optional()])
    receipt = line(lazy("Or one receipt number"), 20, needed=False)

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - WTForms's own
        """A span of time or a receipt."""
        is_well = bool(super().validate(extra_validators))
        if is_well and (fault := self._wrong()):
            self.fault(*fault)
        return not self.errors

    def _wrong(self) -> tuple[str, str] | None:
        if self.receipt.data:
            if self.start.data or self.end.data:
                return "receipt", ONE_OF_TWO
            return None if codes.response_of(self.receipt.data) is not None else ("receipt", NO_RECEIPT)
        if self.start.data is None or self.end.data is None:
            return "start" if self.start.data is None else "end", NEEDED
        return ("end", BACKWARDS) if self.end.data <= self.start.data else None

    def selection(self, unit: Unit) -> Selection:
        """What was chosen."""
        if self.receipt.data:
            return Selection(unit.id, receipt=codes.tidy_code(self.receipt.data))
        touchpoint_id = lookups.touchpoint(self.place.data).id if self.place.data else None
        return Selection(unit.id, _instant(self.start.data), _instant(self.end.data), touchpoint_id)


def _instant(moment: datetime | None) -> datetime | None:
    return moment and moment.replace(tzinfo=here.settings().zone)


@pages.get("/set-asides")
def own() -> Answer:
    """The set-asides of the unit that was chosen, else of one's own."""
    unit = lookups.within(current_user.root.id, request.args.get("unit") or current_user.root.code)
    return redirect(url_for("set_asides.listed", code=unit.code))


@pages.get("/set-asides/<code>")
def listed(code: str) -> Answer:
    """All that was ever set aside of a unit's responses: by whom, why, how many, and whether it was lifted."""
    unit = lookups.within(current_user.root.id, code)
    rows = set_asides.listed(lookups.subtree(unit.id))
    own = lookups.subtree(current_user.root.id)
    return render_template("set_asides/listed.html", unit=unit, rows=rows, own=own, who=audit_words.who)


@pages.route("/set-asides/<code>/new", methods=["GET", "POST"])
def begin(code: str) -> Answer:
    """Set responses aside: first what it would catch is shown, then it is done."""
    unit, form = lookups.within(current_user.root.id, code), _SelectionForm()
    form.place.choices = [("", gettext("The whole unit and all below it")), *_points(unit)]
    shown: Preview | None = None
    if form.validate_on_submit():
        selection = form.selection(unit)
        try:
            shown = preview(selection)
            if shown and "begin" in request.form and form.seen.data == _seen(selection, shown):
                return _begun(unit, selection, str(form.reason.data))
        except NothingFound:
            shown = None
        except TooManySetAside as error:
            form.fault("end", gettext("This catches %(number)s responses; at most %(most)s at once, please.",
                                      number=error.args[0], most=MOST_SET_ASIDE))  # fmt: skip
        else:
            _look(unit, form, selection, shown)
    status = 200 if shown else form.status
    return render_template("set_asides/new.html", unit=unit, form=form, shown=shown), status


def _points(unit: Unit) -> list[tuple[str, str]]:
    points = lookups.touchpoints_of(lookups.subtree(unit.id))
    return [(one.code, f"{in_own_language(one.unit)}: {in_own_language(one, 'label')} ({one.code})") for one in points]


def _seen(selection: Selection, shown: Preview) -> str:
    """What somebody has seen who was shown a preview: agreeing to another one is asked again."""
    return edit_conflicts.fingerprint(vars(selection) | {"responses": shown.responses})


def _look(unit: Unit, form: _SelectionForm, selection: Selection, shown: Preview | None) -> None:
    """Note that somebody looked: who tries selections until a figure suits leaves a trace."""
    if shown is None:
        form.fault("receipt" if selection.receipt else "start", gettext("Nothing is found here that still counts."))
        return
    form.seen.data = _seen(selection, shown)
    span = {name: str(value) for name, value in vars(selection).items() if value is not None and name != "unit_id"}
    audit.keep("set-aside.looked", unit.code, unit.id, {**span, "responses": shown.responses})


def _begun(unit: Unit, selection: Selection, reason: str) -> Response:
    held = set_asides.begin(selection, reason)
    flash(ngettext("%(num)s response is set aside.", "%(num)s responses are set aside.", held.responses))
    return redirect(url_for("set_asides.listed", code=unit.code), 303)


@pages.route("/set-asides/<code>/<int:number>/lift", methods=["GET", "POST"])
def lift(code: str, number: int) -> Answer:
    """Let the responses of a set-aside count again."""
    unit = lookups.within(current_user.root.id, code)
    held: SetAside = set_asides.one(number, lookups.subtree(unit.id))
    form = _ReasonForm()
    if form.validate_on_submit():
        try:
            set_asides.lift(number, str(form.reason.data))
        except AlreadyLifted:
            form.is_in_conflict = True
            form.form_errors.append(gettext("Another person lifted this meanwhile."))
        else:
            flash(gettext("The responses count again."))
            return redirect(url_for("set_asides.listed", code=code), 303)
    return render_template("set_asides/lift.html", unit=unit, row=held, form=form, who=audit_words.who), form.status
