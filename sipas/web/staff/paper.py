"""For managers: paper forms, typed in or imported."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_wtf.file import FileField, FileRequired
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response
from wtforms import Field, HiddenField, StringField, ValidationError
from wtforms.validators import Regexp

from sipas.catalogue import lookups, models
from sipas.catalogue.questionnaires import COMMENT_LENGTH, OVERALL, Item, Version
from sipas.catalogue.touchpoints import UnitClosed
from sipas.core.languages import named
from sipas.files import csv_json
from sipas.files.table_reader import FileFaulty
from sipas.files.tables import Table
from sipas.responses import recording
from sipas.responses.recording import Answers, KeyReused
from sipas.survey import paper_forms, surveys
from sipas.survey.paper_forms import DAYS_BACK, NUMBER_LENGTH, DayWrong, Form, ScoreWrong
from sipas.web.kit import here, uploads
from sipas.web.kit.access import current_user
from sipas.web.kit.forms import NEEDED, StaffForm, choice, day, line
from sipas.web.kit.language import language, lazy
from sipas.web.kit.scope import own_units

pages = Blueprint("paper", __name__, url_prefix="/paper")

Answer = Response | str | tuple[str, int]

SCORE = lazy("1, 2, 3, 4 or 5, please.")
SCORE_OR_NOT = lazy("1, 2, 3, 4 or 5, please, or 0 where it does not apply.")
NOT_THAT_DAY = lazy("Please give a day from today back to %(days)s days ago.", days=DAYS_BACK)
BAD_KEY = lazy("This page was damaged on its way. Please open it anew.")


@pages.get("")
def start() -> Answer:
    """Choose the unit whose forms are typed; who has but one need not."""
    units = [one for one in own_units() if not one.closed_on]
    asked = request.args.get("unit") or (units[0].code if len(units) == 1 else None)
    if asked:
        return redirect(url_for("paper.typing", code=lookups.within(current_user.root.id, asked).code))
    return render_template("paper/start.html", units=units)


class _TypedForm(StaffForm):
    """What every paper form has besides the questions."""

    key = HiddenField(validators=[Regexp(rf"(?!{paper_forms.KEYS})[A-Za-z0-9_-]{{8,64}}\Z", message=BAD_KEY)])
    day = day(lazy("Day of the form"))
    field = choice(lazy("Service field"))
    number = line(lazy("Form number"), NUMBER_LENGTH, needed=False)
    comment = line(lazy("Comment"), COMMENT_LENGTH, needed=False)

    def validate_day(self, field: Field) -> None:
        """Not to come, not too old."""
        try:
            paper_forms.check_day(field.data or here.today(), here.today())
        except DayWrong as error:
            raise ValidationError(NOT_THAT_DAY) from error

    def validate_field(self, field: Field) -> None:
        """Every form belongs to a field."""
        if not field.data:
            raise ValidationError(NEEDED)


class _Score(StringField):
    """One digit for one question."""

    def __init__(self, *args: Any, item: Item, **options: Any) -> None:  # noqa: ANN401 - WTForms's own
        super().__init__(*args, **options)
        self.item = item

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - WTForms's own
        """Only what the question offers."""
        try:
            self.score = paper_forms.score(self.item, self.data or "")
        except ScoreWrong as error:
            raise ValidationError(SCORE_OR_NOT if self.item.kind == "rating_na" else SCORE) from error


@lru_cache(maxsize=16)
def _form_of(sheet: Version) -> type[_TypedForm]:
    """The form of a questionnaire; names of questions get a prefix, for the form has names of its own."""
    digits = {f"q-{item.code}": _Score(item=item) for item in sheet.ratings}
    return type("TypedForm", (_TypedForm,), digits)


def _kept_day() -> date:
    """The day that the form before had; today where there was none."""
    try:
        return date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return here.today()


@pages.route("/<code>", methods=["GET", "POST"])
def typing(code: str) -> Answer:
    """Type one form after the other; the day and the field stay."""
    unit = lookups.within(current_user.root.id, code)
    sheet = paper_forms.sheet_of(unit, here.today())
    kept = {"day": _kept_day(), "field": request.args.get("field", ""), "key": recording.new_key()}
    form = _form_of(sheet)(data=kept)
    fields = {one.code: one for one in lookups.fields() if not one.closed_on}
    form.field.choices = [("", gettext("Please choose"))]
    form.field.choices += [(one.code, named(one, language())) for one in fields.values()]
    status = None
    if form.validate_on_submit():
        try:
            receipt = _typed(unit, form, fields[form.field.data].id)
        except KeyReused as error:
            form.key.data = recording.new_key()
            words = gettext("Typed already with other answers: %(receipt)s. The first ones count.", receipt=str(error))
            form.fault("number", words)
            status = 409
        except (surveys.TouchpointClosed, UnitClosed):
            form.form_errors.append(gettext("This unit takes no paper forms: its survey point for them is closed."))
        else:
            flash(receipt)
            return redirect(url_for("paper.typing", code=code, day=form.day.data, field=form.field.data), 303)
    return _typing_page(unit, sheet, form), status or form.status


def _typed(unit: models.Unit, form: _TypedForm, field_id: int) -> str:
    """Count the form, and say so with its receipt."""
    number, on = form.number.data, form.day.data or here.today()
    key = paper_forms.key_of(unit, on, number) if number else str(form.key.data)
    scores = {code: score for one in form if isinstance(one, _Score) for code, score in one.score.items()}
    answers = Answers(scores, (), form.comment.data or "")
    recorded = paper_forms.type_in(unit, Form(key, on, field_id, answers), here.today(), here.settings().zone)
    if recorded.is_repeat:
        return gettext("Typed already, counted once: %(receipt)s", receipt=recorded.receipt)
    return gettext("Typed: %(receipt)s", receipt=recorded.receipt)


def _typing_page(unit: models.Unit, sheet: Version, form: _TypedForm) -> str:
    today, zone = here.today(), here.settings().zone
    return render_template(
        "paper/typing.html",
        unit=unit,
        form=form,
        digits=_digits(form, sheet),
        desk=paper_forms.desk(unit, today, zone),
        zone=zone,
        first_day=today - timedelta(days=DAYS_BACK),
        today=today,
        most_comment=COMMENT_LENGTH,
        most_number=NUMBER_LENGTH,
    )


def _digits(form: _TypedForm, sheet: Version) -> list[tuple[Field, bool, Item]]:
    """The inputs of the questions, each with its word, and which of them has the focus: the first to be typed."""
    asked = [(form[f"q-{item.code}"], item) for item in sheet.ratings]
    focused = next((one for one, _ in asked if one.errors), None if form.errors else asked[0][0])
    for one, item in asked:
        one.label.text = _short(item)
    return [(one, one is focused, item) for one, item in asked]


def _short(item: Item) -> str:
    """A word for a question: whoever types has its text on the paper before them."""
    return {
        OVERALL: gettext("Overall"),
        "access": gettext("Access"),
        "procedure": gettext("Procedures"),
        "staff": gettext("Civil servants"),
        "result": gettext("Results"),
        "feedback": gettext("Handling of feedback"),
    }.get(item.factor or item.code, item.text(language()))


class _FileForm(StaffForm):
    file = FileField(lazy("File (Excel or CSV)"), validators=[FileRequired(NEEDED)])


@pages.route("/<code>/import", methods=["GET", "POST"])
def import_file(code: str) -> Answer:
    """Count the forms of a file, all of them or none."""
    unit = lookups.within(current_user.root.id, code)
    form, faults = _FileForm(), []
    if form.validate_on_submit():
        try:
            done = _imported(unit, form.file.data)
        except FileFaulty as error:
            faults = uploads.told(error)
        except (surveys.TouchpointClosed, UnitClosed):
            form.form_errors.append(gettext("This unit takes no paper forms: its survey point for them is closed."))
        else:
            words = gettext("%(added)s forms were counted; %(same)s had been counted before.")
            flash(words % {"added": done.added, "same": done.same})
            return redirect(url_for("paper.typing", code=code), 303)
    columns = [item.code for item in paper_forms.sheet_of(unit, here.today()).ratings]
    about: dict[str, Any] = {"columns": columns, "fields": lookups.fields(), "days": DAYS_BACK}
    page = render_template("paper/import.html", unit=unit, form=form, faults=faults, **about)
    return page, form.status


def _imported(unit: models.Unit, sent: FileStorage) -> paper_forms.FormsImported:
    with uploads.saved(sent) as path:
        return paper_forms.import_file(unit, path, here.today(), here.settings().zone)


@pages.get("/<code>/template.csv")
def template(code: str) -> Response:
    """An empty file with the columns of a unit's forms, and a line to show how."""
    unit = lookups.within(current_user.root.id, code)
    columns = paper_forms.columns(unit, here.today())
    fields = [one.code for one in lookups.fields() if not one.closed_on]
    sample = {"form_number": "001", "day": str(here.today()), "field_code": fields[0] if fields else ""}
    row = tuple(sample.get(name, "" if name == "comment" else "5") for name in columns)
    headers = {"Content-Disposition": f'attachment; filename="paper-forms-{unit.code}.csv"'}
    content = csv_json.to_csv(Table(columns, (row,)))
    return Response(content, content_type="text/csv; charset=utf-8", headers=headers)
