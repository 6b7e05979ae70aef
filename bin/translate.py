#!/usr/bin/env python3
"""Collect the messages of code and templates into the catalogues, and compile them.

bin/translate.py                 collect and compile; lists what lacks a translation
bin/translate.py FILE.json       also take translations from {"vi": {"English message": "Vietnamese text"}}

A language is begun by naming it in FILE.json, or by an empty sipas/translations/XX/LC_MESSAGES/messages.po. What has
several plural forms takes a list of texts.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from sipas.core.languages import CATALOGUE, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "sipas" / "translations"
METHODS = {"sipas": [("**.py", "python")], "templates": [("**.html", "jinja2")]}
KEYWORDS = {"_": None, "gettext": None, "lazy": None, "lazy_gettext": None, "reason": None, "ngettext": (1, 2)}


def collected() -> Catalog:
    """All messages in use, without the places where they stand (those would change with every line)."""
    catalog = Catalog(project="SIPAS", charset="utf-8")
    options = {"**.html": {"trimmed": "true", "silent": "false"}}
    for folder, methods in METHODS.items():
        found = extract_from_dir(ROOT / folder, methods, options, keywords=KEYWORDS)
        for _, _, message, comments, context in found:
            catalog.add(message, auto_comments=comments, context=context)
    return catalog


Added = Mapping[str, str | list[str]]
"""Translations by English message."""


def bring_up(language: str, template: Catalog, added: Added) -> list[str]:
    """Update and compile one language; returns the messages without a translation."""
    path = FOLDER / language / CATALOGUE
    path.parent.mkdir(parents=True, exist_ok=True)
    catalog = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    for message in catalog:
        key = str(message.id[0] if isinstance(message.id, tuple) else message.id)
        if key in added:
            message.string = _forms(added[key], catalog.num_plurals) if message.pluralizable else added[key]
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, omit_header=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)
    return [str(message.id) for message in catalog if message.id and not all(_texts(message.string))]


def _forms(text: str | list[str], number: int) -> tuple[str, ...]:
    """One text for all plural forms of a language, or one for each."""
    return tuple(text) if isinstance(text, list) else (text,) * number


def _texts(string: str | Sequence[str] | None) -> Sequence[str]:
    return [string or ""] if isinstance(string, str | None) else string


def main() -> None:
    """Bring every language up to date."""
    added = json.loads(Path(sys.argv[1]).read_text()) if len(sys.argv) > 1 else {}
    template = collected()
    for language in dict.fromkeys([*LANGUAGES, *added]):
        if language != "en":
            for message in bring_up(language, template, added.get(language, {})):
                print(f"{language}: no translation: {message}")


if __name__ == "__main__":
    main()
