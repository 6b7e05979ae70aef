"""For managers: "You said, we did" – what a unit answers to comments, written, looked at, published and withdrawn."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue.models import ServiceField
from sipas.comments import listing, replies
from sipas.comments.cases import PersonalData
from sipas.comments.replies import EDITED, MOST_DONE, MOST_SAID, Answer, PublishedReply
from sipas.core import edit_conflicts
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.web.kit import here
from sipas.web.kit.forms import MEANWHILE, StaffForm, choice, text
from sipas.web.kit.language import lazy
from sipas.web.staff.comment_cases import NO_PERSONAL_DATA
from sipas.web.staff.comments import own_unit
from sipas.web.staff.touchpoint_forms import choices_of, open_fields

pages = Blueprint("replies", __name__, url_prefix="/comments/<code>/answers")

Page = Response | str | tuple[str, int]

BOTH_OR_NONE = lazy("Please give both parts in English, or none.")


class _AnswerForm(StaffForm):
    """What was said and what was done."""

    said_vi = text(lazy("What was said, in Vietnamese"), MOST_SAID)
    done_vi = text(lazy("What was done, in Vietnamese"), MOST_DONE)
    said_en = text(lazy("What was said, in English"), MOST_SAID, needed=False)
    done_en = text(lazy("What was done, in English"), MOST_DONE, needed=False)
    field_id = choice(lazy("Service field"))

    def offer(self, kept: ServiceField | None = None) -> None:
        """Offer the open fields, and what the answer has now."""
        fields = [one for one in open_fields() if kept is None or one.id != kept.id]
        fields += [kept] if kept else []
        self.field_id.choices = [("", gettext("the whole unit")), *choices_of(fields)]

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - WTForms's own
        """English is whole or absent, which an empty field's own checks cannot tell."""
        is_valid = bool(super().validate(extra_validators))
        if bool(self.said_en.data) == bool(self.done_en.data):
            return is_valid
        self.fault("done_en" if self.said_en.data else "said_en", BOTH_OR_NONE)
        return False

    @property
    def values(self) -> dict[str, Any]:
        """The values of `answers.EDITED`."""
        texts = {name: self[name].data for name in replies.WRITTEN}
        return texts | {"field_id": int(self.field_id.data) if self.field_id.data else None}

    def tell(self, conflict: ChangedMeanwhile) -> None:
        """As in every form; of a field its name is said, not its number."""
        super().tell(conflict)
        now = str(conflict.now["field_id"] or "")
        names = {value: words for value, words, *_ in self.field_id.iter_choices()}
        self.field_id.errors = [] if now == self.field_id.data else [MEANWHILE % {"value": names.get(now, now)}]


def _there(code: str, kept: Answer) -> Response:
    return redirect(url_for("replies.shown", code=code, number=kept.id), 303)


@pages.get("")
def listed(code: str) -> str:
    """The answers of a unit's subtree: drafts, then what was published."""
    unit = own_unit(code)
    return render_template("comments/replies.html", unit=unit, answers=replies.listed(unit), today=here.today())


@pages.route("/new", methods=["GET", "POST"])
def new(code: str) -> Page:
    """Write an answer, perhaps to some comments that the address names."""
    unit = own_unit(code)
    chosen = listing.comments(unit, request.args.getlist("comment")[:200], here.last_closed_day())
    form = _AnswerForm()
    form.offer()
    if form.validate_on_submit():
        try:
            made = replies.draft(unit, form.values, chosen)
        except PersonalData as wrong:
            form.fault(str(wrong), NO_PERSONAL_DATA)
        else:
            flash(gettext("The answer is a draft: nobody sees it yet. Look at it and publish it."))
            return _there(code, made)
    return render_template("comments/reply_new.html", form=form, unit=unit, texts=_texts(chosen)), form.status


def _texts(chosen: list[Any]) -> list[str]:
    return [one.text for one in chosen if one.text is not None]


@pages.get("/<int:number>")
def shown(code: str, number: int) -> str:
    """One answer as citizens read it, and what may be done with it."""
    unit = own_unit(code)
    kept = replies.answer(unit, number)
    found = replies.answered(kept)
    return render_template(
        "comments/reply.html",
        unit=unit,
        answer=kept,
        texts=_texts(found),
        linked=len(found),
        shown=replies.as_shown(kept, here.today()),
        is_shown=replies.is_shown(kept, here.today()),
    )


@pages.route("/<int:number>/edit", methods=["GET", "POST"])
def edit(code: str, number: int) -> Page:
    """Change a draft."""
    unit = own_unit(code)
    kept = replies.answer(unit, number)
    values = edit_conflicts.values_of(kept, EDITED)
    form = _AnswerForm(data=values | {"field_id": str(kept.field_id or "")})
    form.offer(kept.field)
    form.opened_on(values)
    if form.validate_on_submit():
        try:
            replies.change(kept, form.values, form.seen.data or "")
        except PersonalData as wrong:
            form.fault(str(wrong), NO_PERSONAL_DATA)
        except ChangedMeanwhile as conflict:
            kept = replies.answer(unit, number)
            form.tell(conflict)
        except PublishedReply:
            flash(gettext("It is published. Withdraw it first; then it can be changed."))
            return _there(code, kept)
        else:
            flash(gettext("Saved."))
            return _there(code, kept)
    return render_template("comments/reply_edit.html", form=form, unit=unit, answer=kept), form.status


@pages.post("/<int:number>/publish")
def publish(code: str, number: int) -> Response:
    """Show an answer to citizens."""
    kept = replies.answer(own_unit(code), number)
    replies.publish(kept, here.today(), closing=bool(request.form.get("closing")))
    flash(gettext("Published. Citizens see it within seconds."))
    return _there(code, kept)


@pages.post("/<int:number>/withdraw")
def withdraw(code: str, number: int) -> Response:
    """Show it no more."""
    kept = replies.answer(own_unit(code), number)
    replies.withdraw(kept)
    flash(gettext("Withdrawn. It is a draft again."))
    return _there(code, kept)


@pages.post("/<int:number>/discard")
def discard(code: str, number: int) -> Response:
    """Throw a draft away."""
    kept = replies.answer(own_unit(code), number)
    try:
        replies.discard(kept)
    except PublishedReply:
        flash(gettext("It is published. Withdraw it first; then it can be thrown away."))
        return _there(code, kept)
    flash(gettext("The draft was thrown away."))
    return redirect(url_for("replies.listed", code=code), 303)
