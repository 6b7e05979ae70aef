"""For citizens: the survey of a touchpoint and the thanks. No cookie, no script, no sign-in, nothing logged."""

from __future__ import annotations

import secrets
import zlib
from dataclasses import dataclass, field
from datetime import date
from time import monotonic
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from sipas import db, periods, places, reports, responses, surveys
from sipas.places import NotFound
from sipas.questionnaires import COMMENT_LENGTH
from sipas.settings import Settings
from sipas.surveys import Survey
from sipas.web import forms
from sipas.web.language import language

if TYPE_CHECKING:
    from zlib import _Compress

pages = Blueprint("citizen", __name__)

_KEY_GOES_HERE = f"key-{secrets.token_hex(8)}-goes-here"
"""Random, so that no name in the catalogue can hold it."""


@dataclass(frozen=True)
class _Page:
    """A made survey page, cut where the key goes; the first part is compressed once for all."""

    before: bytes
    after: bytes
    packed: bytes
    packer: _Compress

    @classmethod
    def made(cls, html: str) -> _Page:
        before, after = html.split(_KEY_GOES_HERE)
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = packer.compress(before.encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
        return cls(before.encode(), after.encode(), packed, packer)

    def with_key(self, key: str, gzip: bool) -> bytes:
        """The whole page with this key, as gzip or plain."""
        rest = key.encode() + self.after
        if not gzip:
            return self.before + rest
        packer = self.packer.copy()
        return self.packed + packer.compress(rest) + packer.flush()


@dataclass
class _Kept:
    """What a touchpoint asks, kept for seconds, and to answer with while the database is away."""

    survey: Survey
    day: date
    good_until: float
    open_until: float
    pages: dict[str, _Page] = field(default_factory=dict)


OPEN_SECONDS = 1.0
"""How long a touchpoint that was open is taken for open by who looks at its page; who sends is always checked."""


def _settings() -> Settings:
    chosen: Settings = current_app.config["SIPAS"]
    return chosen


def _survey(code: str, is_sending: bool = False) -> _Kept:
    """What a touchpoint asks now; what it asked before while the database is away."""
    all_kept: dict[str, _Kept] = current_app.extensions.setdefault("sipas_kept_surveys", {})
    tidy, today, now = places.tidy_code(code), reports.today(_settings().zone), monotonic()
    kept = all_kept.get(tidy)
    try:
        if kept and kept.good_until > now and kept.day == today:
            if is_sending or kept.open_until < now:
                surveys.check_open(kept.survey)
                kept.open_until = now + OPEN_SECONDS
            return kept
        found = surveys.survey(tidy, today)
    except SQLAlchemyError as error:
        db.db.session.rollback()
        if kept and db.is_down(error):
            return kept
        raise
    all_kept[tidy] = _Kept(found, today, now + _settings().page_cache_seconds, now + OPEN_SECONDS)
    return all_kept[tidy]


@pages.get("/r/<code>")
def survey(code: str) -> Response:
    """The survey of a touchpoint, with a new key."""
    kept, spoken = _survey(code), language()
    if spoken not in kept.pages:
        kept.pages[spoken] = _Page.made(_html(kept.survey, None))
    gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(kept.pages[spoken].with_key(responses.new_key(), gzip), mimetype="text/html")
    if gzip:
        response.headers["Content-Encoding"] = "gzip"
    return _as_survey(response)


@pages.post("/r/<code>")
def rate(code: str) -> AnyResponse:
    """Record what the citizen sent, and thank; or show the form again with a message beside each fault."""
    sent = forms.posted()
    filled = forms.Filled(_survey_sent(code, sent.get("version")), sent)
    if not filled.is_valid():
        return _again(filled, 422)
    try:
        recorded = responses.record(filled.draft(language(), periods.now()), _settings().zone)
    except db.Unwritable:
        current_app.logger.exception("an answer could not be kept")
        return _again(filled, 503)
    spoken = request.args.get("lang")
    there = url_for("citizen.thanks", code=filled.survey.code, receipt=recorded.receipt, lang=spoken)
    return redirect(there, 303)


def _survey_sent(code: str, version: str | None) -> Survey:
    """The survey as it stood when the form was opened: an older version of the questions if it says so."""
    found = _survey(code, is_sending=True).survey
    if not version or not version.isdecimal() or int(version) == found.sheet.version or len(version) > 6:
        return found
    return surveys.survey(code, reports.today(_settings().zone), int(version))


@pages.get("/r/<code>/thanks/<receipt>")
def thanks(code: str, receipt: str) -> Response:
    """Thanks, with the receipt."""
    touchpoint = places.touchpoint(code)
    if not responses.is_received(receipt, touchpoint.id):
        raise NotFound(receipt)
    html = render_template("citizen/thanks.html", touchpoint=touchpoint, receipt=places.tidy_code(receipt))
    return _as_survey(Response(html, mimetype="text/html"))


def _again(filled: forms.Filled, status: int) -> Response:
    """The form as it was sent, with what is to be mended; nothing typed is lost."""
    html = _html(filled.survey, filled, is_down=status == 503)
    response = Response(html, status, mimetype="text/html")
    if status == 503:
        response.headers["Retry-After"] = "5"
    return _as_survey(response)


def _html(survey: Survey, filled: forms.Filled | None, is_down: bool = False) -> str:
    return render_template(
        "citizen/survey.html",
        survey=survey,
        key=filled.key if filled else _KEY_GOES_HERE,
        sent=filled.sent if filled else {},
        errors=filled.errors if filled else {},
        is_down=is_down,
        most_characters=COMMENT_LENGTH,
    )


def _as_survey(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    return response
