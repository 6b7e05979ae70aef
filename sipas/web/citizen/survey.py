"""For citizens: the survey of a touchpoint and the thanks. No cookie, no script, no sign-in, nothing logged."""

from __future__ import annotations

import secrets
import zlib
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from struct import pack
from time import monotonic

from flask import Blueprint, Response, current_app, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from sipas.catalogue import lookups
from sipas.catalogue.questionnaires import COMMENT_LENGTH
from sipas.comments import replies
from sipas.core import codes, db
from sipas.core.errors import NotFound
from sipas.core.languages import DEFAULT_LANGUAGE
from sipas.numbers import periods
from sipas.reporting import reports
from sipas.responses import recording
from sipas.survey import scans, surveys
from sipas.survey.surveys import Survey
from sipas.web.citizen import survey_form
from sipas.web.kit import here, security_headers
from sipas.web.kit.language import language

pages = Blueprint("citizen", __name__)

_KEY_GOES_HERE = f"key-{secrets.token_hex(8)}-goes-here"
"""Random, so that no name in the catalogue can hold it."""


@dataclass(frozen=True)
class _Page:
    """A made survey page, cut where the key goes; the first part is compressed once for all."""

    before: bytes
    after: bytes
    packed: bytes

    @classmethod
    def made(cls, html: str) -> _Page:
        before, after = html.encode().split(_KEY_GOES_HERE.encode())
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        return cls(before, after, packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH))

    @cached_property
    def check(self) -> int:
        """The checksum of the first part."""
        return zlib.crc32(self.before)

    def with_key(self, key: str, gzip: bool) -> bytes:
        """The whole page with this key, as gzip or plain.

        The rest of a gzip file is one last block, stored as it is (RFC 1951, 3.2.4; RFC 1952, 2.3.1): to
        compress those few bytes would let go of the interpreter, which a busy server gets back late.
        """
        rest = key.encode() + self.after
        if not gzip:
            return self.before + rest
        block = pack("<BHH", 1, len(rest), len(rest) ^ 0xFFFF) + rest
        return self.packed + block + pack("<II", zlib.crc32(rest, self.check), len(self.before) + len(rest))


@dataclass
class _Kept:
    """What a touchpoint asks, kept for seconds, and to answer with while the database is away."""

    survey: Survey
    good_until: float
    open_until: float
    day: date
    pages: dict[str, _Page] = field(default_factory=dict)


OPEN_SECONDS = 1.0
"""How long a touchpoint that was open is taken for open: its closing is in force a second later at the latest."""

_HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "private, no-cache"),  # going back shows the page as it was, with its key
    ("Vary", "Accept-Encoding"),
    *security_headers.SAFETY,
]
_HEADERS_PACKED = [*_HEADERS, ("Content-Encoding", "gzip")]


def _survey(code: str) -> _Kept:
    """What a touchpoint asks now; what it asked before while the database is away."""
    all_kept: dict[str, _Kept] = current_app.extensions.setdefault("sipas_kept_surveys", {})
    kept, now = all_kept.get(code) or all_kept.get(codes.tidy_code(code)), monotonic()
    if kept and kept.open_until > now:
        return kept
    try:
        kept = _checked(kept, now) if kept and kept.good_until > now else _read(code, now)
    except SQLAlchemyError as error:
        db.db.session.rollback()
        if not (kept and db.is_down(error)):
            raise
    kept.day = here.today()
    all_kept[kept.survey.code] = kept
    return kept


def _checked(kept: _Kept, now: float) -> _Kept:
    surveys.check_open(kept.survey)
    kept.open_until = min(now + OPEN_SECONDS, kept.good_until)
    return kept


def _read(code: str, now: float) -> _Kept:
    settings = here.settings()
    today = reports.today(settings.zone)
    found = surveys.survey(code, today)
    good_until = now + settings.page_cache_seconds
    return _Kept(found, good_until, min(now + OPEN_SECONDS, good_until), today)


@pages.get("/r/<code>", strict_slashes=False)
def survey(code: str) -> Response:
    """The survey of a touchpoint, with a new key."""
    kept, spoken = _survey(code), language() if request.query_string else DEFAULT_LANGUAGE
    _count(kept)
    if spoken not in kept.pages:
        kept.pages[spoken] = _Page.made(_html(kept.survey, None))
    accepted = request.environ.get("HTTP_ACCEPT_ENCODING", "")
    gzip = "gzip" in accepted and "gzip;q=0" not in accepted.replace(" ", "")
    body = kept.pages[spoken].with_key(recording.new_key(), gzip)
    return Response(body, headers=_HEADERS_PACKED if gzip else _HEADERS)


def _count(kept: _Kept) -> None:
    """Count a scan in memory. Who asks for headers alone, or looks at a preview, stands at no counter."""
    if request.method == "GET" and not (request.query_string and "preview" in request.args):
        scans.waiting(current_app).count(kept.survey.place.touchpoint_id, kept.day)


@pages.post("/r/<code>", strict_slashes=False)
def rate(code: str) -> AnyResponse:
    """Record what the citizen sent, and thank; or show the form again with a message beside each fault."""
    sent = survey_form.posted()
    filled = survey_form.Filled(_survey_sent(code, sent.get("version")), sent)
    if not filled.is_valid():
        return _again(filled, 422)
    try:
        recorded = recording.record(filled.draft(language(), periods.now()), here.settings().zone)
    except db.Unwritable as error:
        current_app.logger.error("an answer could not be kept: %s", error)
        return _again(filled, 503)
    spoken = f"?lang={language()}" if "lang" in request.args else ""
    there = f"{request.script_root}/r/{filled.survey.code}/thanks/{recorded.receipt}{spoken}"
    return Response(status=303, headers=[("Location", there), *_HEADERS])


def _survey_sent(code: str, opened: str | None) -> Survey:
    """The survey as it stood when the form was opened: another version, or questionnaire, if it says so (short.2)."""
    found = _survey(code).survey
    questionnaire, _, version = (opened or "").rpartition(".")
    if not version.isdecimal() or len(version) > 6:
        return found
    if (questionnaire or found.sheet.code, int(version)) == (found.sheet.code, found.sheet.version):
        return found
    return surveys.survey(code, here.today(), int(version), questionnaire)


@pages.get("/r/<code>/thanks/<receipt>")
def thanks(code: str, receipt: str) -> Response:
    """Thanks, with the receipt."""
    touchpoint = lookups.touchpoint(code)
    if not recording.is_received(receipt, touchpoint.id):
        raise NotFound(receipt)
    html = render_template(
        "citizen/thanks.html",
        touchpoint=touchpoint,
        receipt=codes.tidy_code(receipt),
        answers=replies.shown(touchpoint.unit_id, here.today(), touchpoint.field_id),
    )
    return Response(html, headers=_HEADERS)


def _again(filled: survey_form.Filled, status: int) -> Response:
    """The form as it was sent, with what is to be mended; nothing typed is lost."""
    html = _html(filled.survey, filled, is_down=status == 503)
    response = Response(html, status, _HEADERS)
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def _html(survey: Survey, filled: survey_form.Filled | None, is_down: bool = False) -> str:
    return render_template(
        "citizen/survey.html",
        survey=survey,
        key=filled.key if filled else _KEY_GOES_HERE,
        sent=filled.sent if filled else {},
        errors=filled.errors if filled else {},
        is_down=is_down,
        most_characters=COMMENT_LENGTH,
    )
