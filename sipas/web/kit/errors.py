"""What each fault says to the one who met it: the one place that maps domain errors to pages."""

from __future__ import annotations

from flask import Flask, current_app, make_response, render_template, request
from flask_babel import gettext, ngettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from sipas.catalogue.questionnaires import NothingPublished
from sipas.core.db import Unwritable, db, is_down
from sipas.core.errors import NotFound
from sipas.core.languages import visible
from sipas.core.smtp import MailDown
from sipas.numbers.periods import PeriodWrong
from sipas.responses.recording import KeyReused
from sipas.staff.attempts import TooManyAttempts
from sipas.survey.surveys import TouchpointClosed
from sipas.web.kit import problem_json
from sipas.web.kit.is_api import is_of_program

_PASSED_ON = ("Allow", "Retry-After")


def explain(app: Flask) -> None:
    """Register a page for every fault."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotFound, lambda error: _page(404, str(error)))
    app.register_error_handler(TouchpointClosed, lambda error: _page(410, str(error)))
    app.register_error_handler(PeriodWrong, lambda error: _page(400, f"period={error}"))
    app.register_error_handler(KeyReused, lambda error: _page(409, str(error)))
    app.register_error_handler(NothingPublished, lambda _: _page(503))
    app.register_error_handler(Unwritable, _down)
    app.register_error_handler(TooManyAttempts, _wait)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(MailDown, _no_mail)
    app.register_error_handler(OperationalError, _down)


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()
    if is_of_program():  # of its addresses that lead nowhere; those that do answer for themselves
        return problem_json.of_http(error)
    cause = getattr(error, "original_exception", None)
    if cause is not None and is_down(cause):  # met after the view, where Flask asks for no handler of its own
        return make_response(_down(cause))
    response = make_response(_page(error.code, error.description if error.code == 400 else None))
    response.headers.update((name, value) for name, value in error.get_headers() if name in _PASSED_ON)
    return response


def _down(error: Exception) -> tuple[str, int]:
    db.session.rollback()
    current_app.logger.error("the database could not be used: %s", error)
    return _page(503)


def _wait(error: TooManyAttempts) -> Response:
    minutes = -(-error.seconds // 60)
    advice = ngettext(
        "To keep guessers out, the next attempt is possible in %(num)s minute. "
        "Other people and devices are not held up.",
        "To keep guessers out, the next attempt is possible in %(num)s minutes. "
        "Other people and devices are not held up.",
        minutes,
    )
    response = make_response(_said(429, gettext("Too many attempts"), advice))
    response.headers["Retry-After"] = str(error.seconds)
    return response


def _stale(_: CSRFError) -> tuple[str, int]:
    advice = gettext(
        "Nothing was changed. The page was open for too long, or you signed in or out meanwhile. "
        "Go back, open it again and send it once more."
    )
    return _said(400, gettext("This page is too old"), advice)


def _no_mail(_: MailDown) -> tuple[str, int]:
    advice = gettext("The mail server does not answer; nothing was sent. Please try again later.")
    return _said(503, gettext("No letter can be sent now"), advice)


def _said(status: int, title: str, advice: str) -> tuple[str, int]:
    return render_template("errors/error.html", status=status, title=title, advice=advice, what=None), status


def _page(status: int, what: str | None = None) -> tuple[str, int]:
    title, advice = _WORDS.get(status, _WORDS[500 if status >= 500 else 400])()
    shown = what and visible(what)
    return render_template(
        "errors/error.html", status=status, title=title, advice=advice, what=shown, is_office=_is_office()
    ), status


def _is_office() -> bool:
    """Whether the address is one of the office's, whoever asks: errors look at no session."""
    return request.path.startswith(_OFFICE)


_OFFICE = (
    "/reports",
    "/comments",
    "/alerts",
    "/dossiers",
    "/set-asides",
    "/touchpoints",
    "/paper",
    "/admin",
    "/units",
    "/province",
)

_WORDS = {
    400: lambda: (
        gettext("This request cannot be understood"),
        gettext("Part of it is wrong or damaged. Go back, check what is shown here and try again."),
    ),
    404: lambda: (
        gettext("There is nothing here"),
        gettext("Check the address or the code on the poster, or type the code on the start page."),
    ),
    405: lambda: (
        gettext("This cannot be done here"),
        gettext("Open the page again from its link and use its form."),
    ),
    409: lambda: (
        gettext("Your first answer was kept"),
        gettext(
            "This form was sent before with other answers. The first ones count; nothing was changed. "
            "To rate another visit, scan the code again."
        ),
    ),
    410: lambda: (
        gettext("This survey point is closed"),
        gettext("It takes no more answers. Please use the code on another poster of this office."),
    ),
    413: lambda: (
        gettext("This is too large"),
        gettext("Please shorten what you wrote and send it again."),
    ),
    415: lambda: (
        gettext("This kind of message cannot be read"),
        gettext("Please send the survey with the form on its page."),
    ),
    500: lambda: (
        gettext("Something went wrong on our side"),
        gettext("Nothing of what you sent was kept. Please try again in a minute."),
    ),
    503: lambda: (
        gettext("We cannot take this now"),
        gettext("Nothing was lost on your side. Please try again in a minute."),
    ),
}
