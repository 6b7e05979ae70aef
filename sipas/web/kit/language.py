"""Which language a page speaks: what the address asks for, else what this member of staff chose, else Vietnamese."""

from __future__ import annotations

from typing import cast
from urllib.parse import urlencode

from babel.support import NullTranslations
from flask import Flask, g, has_request_context, request, session
from flask_babel import Babel, Domain, get_locale, lazy_gettext

from sipas.core import formats
from sipas.core.languages import DEFAULT_LANGUAGE, LANGUAGES
from sipas.web.kit.access import CITIZENS

COOKIE_FREE = CITIZENS | {"public.home", "public.results", "public.unit_results", "public.release_file", "static"}


class _Catalogues(Domain):
    """The catalogues that sentences made outside a request come from too."""

    def get_translations(self) -> NullTranslations:
        return formats.words(str(get_locale()))


class _Babel(Babel):
    domain_instance = _Catalogues()  # type: ignore[no-untyped-call]


def speak(app: Flask) -> None:
    """Choose the language of each request and offer it to templates."""
    _Babel(app, locale_selector=language, default_locale=DEFAULT_LANGUAGE)  # type: ignore[no-untyped-call]
    app.context_processor(lambda: {"language": language(), "languages": LANGUAGES, "other_languages": other_languages})


def language() -> str:
    """The language of this request. Citizens' pages read no cookie: theirs is in the address alone."""
    spoken: str | None = g.get("language")
    if spoken is None:
        spoken = g.language = _chosen()
    return spoken


def lazy(message: str, **variables: object) -> str:
    """A message that is translated each time it is shown; libraries take it for the text that it stands for."""
    return cast("str", lazy_gettext(message, **variables))


def _chosen() -> str:
    if not has_request_context():
        return DEFAULT_LANGUAGE
    endpoint = request.endpoint
    keeps_cookies = endpoint is not None and endpoint not in COOKIE_FREE
    asked = request.args.get("lang") if request.query_string else None
    if asked in LANGUAGES:
        if keeps_cookies and session.get("language", DEFAULT_LANGUAGE) != asked:
            session["language"] = asked
        return str(asked)
    kept = session.get("language") if keeps_cookies else None
    return kept if kept in LANGUAGES else DEFAULT_LANGUAGE


def other_languages() -> list[tuple[str, str, str]]:
    """(code, own name, address of this page) for each language that this page is not in."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return [
        (code, name, f"{request.path}?{urlencode([*kept, ('lang', code)])}")
        for code, name in LANGUAGES.items()
        if code != language()
    ]
