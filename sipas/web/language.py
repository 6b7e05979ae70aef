"""Which language a page speaks: what the address asks for, else what this member of staff chose, else Vietnamese."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, lazy_gettext

from sipas.i18n import DEFAULT_LANGUAGE, LANGUAGES
from sipas.web.access import CITIZENS

COOKIE_FREE = CITIZENS | {"public.home", "public.results", "public.unit_results", "static"}


def speak(app: Flask) -> None:
    """Choose the language of each request and offer it to templates."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = f"{app.root_path}/translations"
    Babel(app, locale_selector=language, default_locale=DEFAULT_LANGUAGE)
    app.context_processor(lambda: {"language": language(), "languages": LANGUAGES, "other_languages": other_languages})


def language() -> str:
    """The language of this request. Citizens' pages read no cookie: theirs is in the address alone."""
    if "language" not in g:
        g.language = _chosen()
    return str(g.language)


def lazy(message: str, **variables: object) -> str:
    """A message that is translated each time it is shown; libraries take it for the text that it stands for."""
    return cast("str", lazy_gettext(message, **variables))


def _chosen() -> str:
    asked = request.args.get("lang") if has_request_context() else None
    if asked in LANGUAGES:
        is_staff_page = request.endpoint is not None and request.endpoint not in COOKIE_FREE
        if is_staff_page and session.get("language", DEFAULT_LANGUAGE) != asked:
            session["language"] = asked
        return str(asked)
    if not has_request_context() or request.endpoint is None or request.endpoint in COOKIE_FREE:
        return DEFAULT_LANGUAGE
    kept = session.get("language")
    return kept if kept in LANGUAGES else DEFAULT_LANGUAGE


def other_languages() -> list[tuple[str, str, str]]:
    """(code, own name, address of this page) for each language that this page is not in."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return [
        (code, name, f"{request.path}?{urlencode([*kept, ('lang', code)])}")
        for code, name in LANGUAGES.items()
        if code != language()
    ]
