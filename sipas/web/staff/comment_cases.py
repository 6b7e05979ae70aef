"""For managers: what is done about comments, one or many at once; and erasing a text that should not be read."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response
from wtforms import Field, ValidationError

from sipas.catalogue.models import Unit
from sipas.comments import cases, listing
from sipas.comments.cases import (
    EDITED,
    MOST_OF_A_NOTE,
    MOST_OF_A_TAG,
    MOST_TAGS,
    Act,
    NotAble,
    PersonalData,
    TooManyTags,
)
from sipas.core import edit_conflicts
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.responses.models import Comment
from sipas.web.kit import comment_words, here
from sipas.web.kit.forms import MEANWHILE, StaffForm, choice, line, text
from sipas.web.kit.language import lazy
from sipas.web.staff.comments import asked, card, own_unit

pages = Blueprint("comment_cases", __name__)

Answer = Response | str | tuple[str, int]

TOO_MANY = lazy("Please keep to %(most)s tags.", most=MOST_TAGS)
LONG_TAG = lazy("Please shorten each tag to %(most)s characters.", most=MOST_OF_A_TAG)
MOST_WHY = 200


class _CaseForm(StaffForm):
    """What is done about one comment."""

    state = choice(lazy("State"))
    assignee_id = choice(lazy("Who looks into it"))
    tags = line(lazy("Tags"), (MOST_OF_A_TAG + 2) * MOST_TAGS, needed=False)
    note = text(lazy("Note for colleagues"), MOST_OF_A_NOTE, needed=False)

    def offer(self, kept: Comment) -> None:
        """Offer all states, and the accounts that may look into the comment."""
        self.state.choices = list(comment_words.STATES.items())
        people = {str(one.id): one.name or one.email for one in cases.able(kept.unit_id)}
        now = cases.opened(kept).assignee
        people |= {str(now.id): now.name or now.email} if now else {}
        self.assignee_id.choices = [("", gettext("nobody")), *people.items()]

    def validate_tags(self, field: Field) -> None:
        """Few and short."""
        tags = cases.tidy_tags(field.data or "")
        if len(tags) > MOST_TAGS:
            raise ValidationError(TOO_MANY)
        if any(len(tag) > MOST_OF_A_TAG for tag in tags):
            raise ValidationError(LONG_TAG)

    @property
    def values(self) -> dict[str, Any]:
        """The values of `cases.EDITED`."""
        return {
            "state": self.state.data,
            "assignee_id": int(self.assignee_id.data) if self.assignee_id.data else None,
            "note": self.note.data,
            "tags": cases.tidy_tags(self.tags.data or ""),
        }

    def tell(self, conflict: ChangedMeanwhile) -> None:
        """As in every form; what another person chose is said as the form says it."""
        sent = self.values
        super().tell(conflict)
        for name in ("state", "assignee_id", "tags"):
            now = conflict.now[name]
            is_same = now == sent[name]
            self[name].errors = [] if is_same else [MEANWHILE % {"value": self._said(name, now) or "–"}]

    def _said(self, name: str, value: object) -> str:
        if isinstance(value, list):
            return ", ".join(value)
        offered = self.state if name == "state" else self.assignee_id
        return {key: str(words) for key, words, *_ in offered.iter_choices()}.get(str(value or ""), "")


def _shown_as(values: dict[str, Any]) -> dict[str, Any]:
    return values | {"assignee_id": str(values["assignee_id"] or ""), "tags": ", ".join(values["tags"])}


@pages.route("/comments/<code>/<comment>/edit", methods=["GET", "POST"])
def edit(code: str, comment: str) -> Answer:
    """Say what becomes of a comment: its state, who looks into it, tags, a note."""
    unit = own_unit(code)
    kept = listing.comment(unit, comment, here.last_closed_day())
    values = edit_conflicts.values_of(cases.opened(kept), EDITED)
    form = _CaseForm(data=_shown_as(values))
    form.offer(kept)
    form.opened_on(values)
    if form.validate_on_submit():
        try:
            cases.edit(kept, form.values, form.seen.data or "")
        except ChangedMeanwhile as conflict:
            form.tell(conflict)
        except NotAble:
            form.fault("assignee_id", gettext("This account may not see the comment any more."))
        else:
            flash(gettext("Saved."))
            return redirect(url_for("comments.shown", code=code, comment=comment), 303)
    tags = cases.tags_in_use([kept.unit_id])
    return render_template("comments/case.html", form=form, unit=unit, card=card(kept), tags=tags), form.status


class _ErasureForm(StaffForm):
    why = line(lazy("Why it is erased"), MOST_WHY)


@pages.route("/comments/<code>/<comment>/erase", methods=["GET", "POST"])
def erase(code: str, comment: str) -> Answer:
    """Erase a comment's text for good."""
    unit = own_unit(code)
    kept = listing.comment(unit, comment, here.last_closed_day())
    form = _ErasureForm()
    if form.validate_on_submit():
        try:
            cases.erase(kept, form.why.data or "")
        except PersonalData:
            form.fault("why", NO_PERSONAL_DATA)
        else:
            flash(gettext("The text was erased. Its rating still counts."))
            return redirect(url_for("comments.shown", code=code, comment=comment), 303)
    return render_template("comments/erase.html", form=form, unit=unit, card=card(kept)), form.status


NO_PERSONAL_DATA = lazy("Please leave out telephone, identity and other numbers, addresses and links.")


@pages.post("/comments/<code>/together")
def together(code: str) -> Response:
    """Do one thing to all comments that were ticked; then back to the list."""
    unit = own_unit(code)
    chosen = listing.comments(unit, request.form.getlist("comment"), here.last_closed_day())
    if not chosen:
        flash(gettext("Nothing was changed: please tick at least one comment."))
    elif request.form.get("act") == "answer":
        return _to_answer(unit, chosen)
    elif act := _act():
        flash(_done(chosen, act))
    else:
        flash(gettext("Nothing was changed: please choose what to do with the ticked comments."))
    told: dict[str, Any] = {**asked(), "page": request.args.get("page")}
    return redirect(url_for("comments.listed", code=code, **told), 303)


def _to_answer(unit: Unit, chosen: list[Comment]) -> Response:
    """To the form for an answer: in the name of the comments' own unit, if all are of one."""
    units = {one.unit_id for one in chosen}
    code = unit.code
    if len(units) == 1:
        code = listing.unit_of(chosen[0]).code
    return redirect(url_for("replies.new", code=code, comment=[one.code for one in chosen]), 303)


def _act() -> Act | None:
    """What the pressed button says, if what it needs was chosen."""
    name = request.form.get("act", "")
    value = request.form.get(name, "").strip()
    if name == "state":
        return Act("state", value) if value in cases.STATES else None
    if name == "assignee":
        if value == "nobody":
            return Act("assignee_id", None)
        return Act("assignee_id", int(value)) if value.isascii() and value.isdecimal() and len(value) <= 9 else None
    tags = cases.tidy_tags(value)
    return Act("tag", tags[0]) if name == "tag" and len(tags) == 1 and len(tags[0]) <= MOST_OF_A_TAG else None


def _done(chosen: list[Comment], act: Act) -> str:
    try:
        number = cases.edit_all(chosen, act)
    except NotAble:
        return gettext("Nothing was changed: this account may not see all of these comments.")
    except TooManyTags:
        return gettext("Nothing was changed: one of them has %(most)s tags already.", most=MOST_TAGS)
    return ngettext("%(num)s comment was changed.", "%(num)s comments were changed.", number)
