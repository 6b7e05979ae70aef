"""For administrators: drafts of questionnaires, begun from a version or a file, edited, published, withdrawn."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from sipas.catalogue import questionnaire_diff, questionnaires
from sipas.catalogue.questionnaires import Item, Questionnaire, Version
from sipas.core import edit_conflicts, formats
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.core.languages import LANGUAGES
from sipas.files.table_reader import FileFaulty
from sipas.imports import questionnaire_files
from sipas.setup import questionnaire_drafts
from sipas.setup.questionnaire_drafts import DraftExists, Faulty, Frozen, VersionInForce
from sipas.web.admin.questionnaire_forms import (
    NewQuestionForm,
    PublishForm,
    QuestionForm,
    QuestionnaireCodeForm,
    UploadForm,
    question_form,
)
from sipas.web.admin.questionnaires import missing
from sipas.web.kit import questionnaire_words as words
from sipas.web.kit import uploads
from sipas.web.kit.here import today
from sipas.web.kit.language import language

pages = Blueprint("questionnaire_drafts", __name__, url_prefix="/admin/questionnaires")

Answer = Response | str | tuple[str, int]


@pages.errorhandler(Frozen)
def _frozen(_: Frozen) -> Response:
    flash(gettext("This version is published and stays as it is. To change something, begin a draft from it."))
    return _to(str((request.view_args or {})["code"]), int((request.view_args or {})["number"]))


def _to(code: str, number: int, anchor: str | None = None) -> Response:
    return redirect(url_for("questionnaires.version", code=code, number=number, _anchor=anchor), 303)


def _draft(code: str, number: int) -> tuple[Questionnaire, Version]:
    """A draft and its sheet. Raises Frozen."""
    row = questionnaires.version(code, number)
    if row.published_at is not None:
        raise Frozen(row.audit_subject)
    return row, questionnaires.sheet(row.id)


@pages.post("/<code>/<int:number>/draft")
def begin(code: str, number: int) -> Response:
    """Begin a draft from a version; where there is one already, lead to it."""
    sheet = questionnaires.sheet(questionnaires.version(code, number).id)
    try:
        row = questionnaire_drafts.begin([sheet])[0]
        flash(gettext("A draft has begun. Nobody is asked it until it is published."))
    except DraftExists:
        row = next(one for one in questionnaires.versions(code) if one.published_at is None)
        flash(gettext("There is a draft of this questionnaire already. This is it."))
    except Faulty as error:
        for fault in error.faults:
            flash(f"{fault.question}: {words.fault(fault)}")
        return _to(code, number)
    return _to(row.code, row.version)


@pages.route("/<code>/<int:number>/copy", methods=["GET", "POST"])
def copied(code: str, number: int) -> Answer:
    """A new questionnaire begins as a draft that asks what this version asks."""
    row = questionnaires.version(code, number)
    form = QuestionnaireCodeForm()
    if form.validate_on_submit():
        sheet = questionnaires.sheet(row.id)
        try:
            new = questionnaire_drafts.begin([Version(form.code.data or "", sheet.items)], is_new=True)[0]
            flash(gettext("A new questionnaire has begun as a draft."))
            return _to(new.code, new.version)
        except questionnaire_drafts.QuestionnaireExists:
            form.fault("code", gettext("There is a questionnaire with this code already."))
        except Faulty as error:
            for fault in error.faults:
                form.fault("code", f"{fault.question}: {words.fault(fault)}")
    return render_template("admin/questionnaires/copy.html", form=form, version=row), form.status


@pages.route("/upload", methods=["GET", "POST"])
def upload() -> Answer:
    """Begin drafts from a file: all of its questionnaires, or none and a list of what is wrong."""
    form, found = UploadForm(), []
    if form.validate_on_submit():
        try:
            rows = questionnaire_drafts.begin(_read(form))
            flash(gettext("The file was taken as a draft. Nobody is asked it until it is published."))
            return _to(rows[0].code, rows[0].version)
        except FileFaulty as error:
            found = list(error.faults)
            form.fault("file", gettext("Nothing was taken. What is wrong in the file is listed below."))
        except DraftExists as error:
            form.fault(
                "file", gettext("There is a draft of %(code)s already. Please publish or discard it first.", code=error)
            )
        except Faulty as error:
            for fault in error.faults:
                form.fault("file", f"{fault.question}: {words.fault(fault)}")
    return render_template("admin/questionnaires/upload.html", form=form, faults=found), form.status


def _read(form: UploadForm) -> list[Version]:
    """The questionnaires of the file that was sent. Raises FileFaulty."""
    with uploads.saved(form.file.data) as path:
        return questionnaire_files.read(path)


@pages.route("/<code>/<int:number>/questions", methods=["GET", "POST"])
def added(code: str, number: int) -> Answer:
    """Add a question; its texts come on its own page."""
    row, _ = _draft(code, number)
    form = NewQuestionForm()
    if form.validate_on_submit():
        item = Item(form.code.data or "", form.kind.data, _factor_of(row, form.code.data), False, {}, {})
        try:
            questionnaire_drafts.add(row.id, item)
            return redirect(url_for(".question", code=code, number=number, asked=item.code), 303)
        except questionnaire_drafts.QuestionExists:
            form.fault("code", gettext("This questionnaire asks a question with this code already."))
        except Faulty as error:
            for fault in error.faults:
                form.fault("kind" if fault.part in ("kind", "factor") else "code", words.fault(fault))
    return render_template("admin/questionnaires/question_new.html", form=form, version=row), form.status


def _factor_of(row: Questionnaire, code: str | None) -> str | None:
    """The factor that the code had in earlier versions: who asks it again need not remember."""
    return questionnaires.meanings(row.code).get(code or "", ("", None))[1]


@pages.route("/<code>/<int:number>/questions/<asked>", methods=["GET", "POST"])
def question(code: str, number: int, asked: str) -> Answer:
    """Change one question: its texts in each language, its kind, its options and their order."""
    row, sheet = _draft(code, number)
    item = sheet.item(asked)
    if item is None and not request.form.get("seen"):
        flash(gettext("This question is not in the draft any more."))
        return _to(code, number)
    meant = questionnaires.meanings(code).get(asked)
    kind, factor = meant or (request.form.get("kind", "rating"), None)
    item = item or Item(asked, kind, factor, False, {}, {})
    form = question_form(item, meant is not None, request.form)
    if request.method == "GET":
        form.process(data=questionnaire_drafts.form_values(item, LANGUAGES))
        form.opened_on(questionnaire_drafts.form_values(item, LANGUAGES))
    if form.validate_on_submit() and (there := _saved(row, form, item)):
        return there
    shown = render_template(
        "admin/questionnaires/question.html", form=form, version=row, item=item, meant=meant, sheet=sheet
    )
    return shown, form.status


def _saved(row: Questionnaire, form: QuestionForm, before: Item) -> Response | None:
    """Where to go after the question was saved; None where the form comes back."""
    item, act = form.arranged(form.item(before), request.form.get("act", "save"))
    try:
        questionnaire_drafts.put(row.id, item, form.seen.data or "", LANGUAGES)
    except ChangedMeanwhile as conflict:
        form.tell(conflict)
        if not conflict.now:
            form.form_errors.append(
                gettext("Another person removed this question meanwhile. Send again to put it back at the end.")
            )
        return None
    except Faulty as error:
        form.place(error.faults)
        return None
    if act != "save":
        return redirect(
            url_for(".question", code=row.code, number=row.version, asked=item.code, _anchor="options"), 303
        )
    flash(gettext("The question “%(code)s” was saved.", code=item.code))
    return _to(row.code, row.version, f"question-{item.code}")


@pages.post("/<code>/<int:number>/questions/<asked>/<any(up, down):way>")
def move(code: str, number: int, asked: str, way: str) -> Response:
    """Move a question up or down."""
    row, _ = _draft(code, number)
    questionnaire_drafts.move(row.id, asked, -1 if way == "up" else 1)
    return _to(code, number, f"question-{asked}")


@pages.post("/<code>/<int:number>/questions/<asked>/remove")
def remove(code: str, number: int, asked: str) -> Response:
    """Take a question out of a draft."""
    row, _ = _draft(code, number)
    try:
        questionnaire_drafts.remove(row.id, asked)
        flash(gettext("The question “%(code)s” was removed from the draft.", code=asked))
    except Faulty as error:
        flash(words.fault(error.faults[0]))
    return _to(code, number)


@pages.route("/<code>/<int:number>/publish", methods=["GET", "POST"])
def publish(code: str, number: int) -> Answer:
    """Freeze a draft and ask it from a day on; or say all that is missing."""
    row, sheet = _draft(code, number)
    form = PublishForm()
    form.opened_on(questionnaire_diff.whole(sheet))
    status = form.status
    if request.method == "GET":
        form.first_day.data = today()
    elif form.validate_on_submit() and form.first_day.data:
        try:
            new = questionnaire_drafts.publish(row.id, form.first_day.data, today(), form.seen.data or "", LANGUAGES)
            flash(
                gettext(
                    "Version %(number)s is published. It is asked from %(day)s.",
                    number=new.version,
                    day=_day(form.first_day.data),
                )
            )
            return _to(new.code, new.version)
        except questionnaire_drafts.TooEarly as error:
            form.fault("first_day", gettext("The first possible day is %(day)s.", day=_day(error.first)))
        except ChangedMeanwhile as conflict:
            form.seen.data, status = edit_conflicts.fingerprint(conflict.now), 409
            form.form_errors.append(
                gettext("Another person changed the draft meanwhile. Please look at it once more, then send again.")
            )
        except Faulty:
            sheet = questionnaires.sheet(row.id)  # the page lists what is missing
    return render_template("admin/questionnaires/publish.html", form=form, version=row, faults=missing(sheet)), status


def _day(value: date) -> str:
    return formats.day(value, language())


@pages.post("/<code>/<int:number>/withdraw")
def withdraw(code: str, number: int) -> Response:
    """Make a version that is not asked yet a draft again."""
    try:
        questionnaire_drafts.withdraw(questionnaires.version(code, number).id, today())
        flash(gettext("This version is a draft again."))
    except VersionInForce:
        flash(gettext("This version is asked already and stays. To change something, begin a draft from it."))
    except DraftExists:
        flash(gettext("There is another draft of this questionnaire. Please publish or discard it first."))
    return _to(code, number)


@pages.post("/<code>/<int:number>/discard")
def discard(code: str, number: int) -> Response:
    """Throw a draft away."""
    row, _ = _draft(code, number)
    questionnaire_drafts.discard(row.id)
    flash(gettext("The draft was discarded."))
    return redirect(url_for("questionnaires.listed"), 303)
