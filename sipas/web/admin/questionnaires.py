"""For administrators, and for auditors to read: questionnaires with their versions, previewed and compared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, Response, abort, g, render_template, request
from flask_babel import gettext, refresh

from sipas.catalogue import lookups, questionnaire_diff, questionnaires
from sipas.catalogue.questionnaire_rules import SheetFault, faults
from sipas.catalogue.questionnaires import COMMENT_LENGTH, NothingPublished, Questionnaire, Version
from sipas.core.languages import LANGUAGES, visible
from sipas.files import csv_json
from sipas.files.tables import Table
from sipas.imports import questionnaire_files
from sipas.numbers import periods
from sipas.responses import tally_reads
from sipas.setup import questionnaire_drafts
from sipas.survey import surveys
from sipas.web.kit import questionnaire_words as words
from sipas.web.kit import uploads
from sipas.web.kit.access import may
from sipas.web.kit.here import settings, today

pages = Blueprint("questionnaires", __name__, url_prefix="/admin/questionnaires")


@dataclass(frozen=True)
class VersionShown:
    """A version as the list shows it: whether it is a draft, waits, is asked or was, and what it brought."""

    row: Questionnaire
    state: str
    responses: int


@pages.app_context_processor
def _words() -> dict[str, object]:
    return {"questionnaire_words": words, "file_fault": uploads.why}


@pages.app_template_filter("local_day")
def _local_day(instant: datetime) -> date:
    return periods.local_day(instant, settings().zone)


pages.add_app_template_filter(visible, "visible")


@pages.get("")
def listed() -> str:
    """All questionnaires with their versions, the newest first."""
    return render_template(
        "admin/questionnaires/listed.html", versions=_described(questionnaires.versions()), uses=questionnaires.uses()
    )


def _described(rows: list[Questionnaire]) -> list[VersionShown]:
    overalls = questionnaires.overalls()
    rated = tally_reads.times_rated([overalls[row.id] for row in rows])
    asked = {code: _asked(code) for code in {row.code for row in rows}}
    return [VersionShown(row, _state(row, asked[row.code]), rated.get(overalls[row.id], 0)) for row in rows]


def _asked(code: str) -> int | None:
    try:
        return questionnaires.current(code, today())
    except NothingPublished:
        return None


def _state(row: Questionnaire, asked: int | None) -> str:
    if row.published_at is None:
        return "draft"
    if row.id == asked:
        return "asked"
    return "waiting" if questionnaire_drafts.can_withdraw(row, today()) else "former"


@pages.get("/<code>/<int:number>")
def version(code: str, number: int) -> str:
    """All that one version asks; of a draft, what is still missing and the ways to change it."""
    row = questionnaires.version(code, number)
    shown, sheet = _described([row])[0], questionnaires.sheet(row.id)
    return render_template(
        "admin/questionnaires/shown.html",
        version=shown,
        sheet=sheet,
        faults=missing(sheet) if shown.state == "draft" else {},
        may_change=shown.state == "draft" and may("questionnaire_drafts.question"),
        earlier=[one for one in questionnaires.versions(code) if one.version < number],
        uses=questionnaires.uses().get(code, 0),
        draft=next((one for one in questionnaires.versions(code) if one.published_at is None), None),
    )


def missing(sheet: Version) -> dict[str, list[SheetFault]]:
    """What keeps a draft from being published, by question; under the empty code what concerns the whole."""
    found: dict[str, list[SheetFault]] = {}
    for fault in faults(sheet, LANGUAGES, questionnaires.meanings(sheet.code)):
        found.setdefault(fault.question, []).append(fault)
    return found


@pages.get("/<code>/<int:number>.csv")
def download(code: str, number: int) -> Response:
    """A version as the file that can be uploaded again."""
    header, rows = questionnaire_files.lines(questionnaires.sheet(questionnaires.version(code, number).id))
    body = csv_json.to_csv(Table(tuple(header), tuple(map(tuple, rows))))
    named = f'attachment; filename="questionnaire-{code}-{number}.csv"'
    return Response(body, mimetype="text/csv", headers={"Content-Disposition": named})


@pages.get("/<code>/<int:number>/preview")
def preview(code: str, number: int) -> str:
    """A version as citizens see it, in the language that `in` names; nothing can be sent from here."""
    chosen = request.args.get("in")
    if chosen in LANGUAGES:  # what staff themselves read stays in their language
        g.language = chosen
        refresh()
    row = questionnaires.version(code, number)
    label = dict.fromkeys(LANGUAGES, gettext("Preview"))
    shown = surveys.preview(questionnaires.sheet(row.id), lookups.province(), label, today())
    return render_template(
        "admin/questionnaires/preview.html",
        survey=shown,
        version=row,
        sent={},
        errors={},
        is_down=False,
        most_characters=COMMENT_LENGTH,
    )


@pages.get("/<code>/compare")
def compare(code: str) -> str:
    """What two versions ask differently: `before` and `after`, else the newest and the one before it."""
    rows = questionnaires.versions(code)
    if not rows:
        abort(404)
    after = questionnaires.version(code, _number("after", rows[0].version))
    older = next((one for one in rows if one.version < after.version), after)
    before = questionnaires.version(code, _number("before", older.version))
    found = questionnaire_diff.differences(questionnaires.sheet(before.id), questionnaires.sheet(after.id))
    return render_template(
        "admin/questionnaires/compare.html", code=code, versions=rows, before=before, after=after, differences=found
    )


def _number(name: str, default: int) -> int:
    given = request.args.get(name, "")
    return int(given) if given.isdecimal() and given.isascii() and len(given) < 7 else default
