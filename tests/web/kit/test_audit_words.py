"""Whatever the program notes in the audit has words: acts and the names of their values, found in the sources."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from sipas.core.db import Model
from sipas.web.kit import audit_words
from tests.test_house import MODULES

ACT = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(_[a-z]+)*")
FILES = (".csv", ".css", ".html", ".js", ".pdf", ".zip")
NO_ACTS = {
    "alert.id",
    "comment.response_id",
    "identity.auth_type",
    "identity.name",
    "response.id",
    "starting.lock",
    "touchpoint.id",
    "unit.id",
}
"""What else is written so: keys of the request, a lock, foreign keys."""

AUDITED: list[Any] = [mapper.class_ for mapper in Model.registry.mappers if hasattr(mapper.class_, "__audited__")]
NOTES = {"note", "keep", "_note"}


def trees() -> Iterator[ast.Module]:
    """The modules that note acts."""
    for path in MODULES:
        text = path.read_text()
        if path.name != "acts.py" and re.search(r"\baudit\.|\.note\(", text):
            yield ast.parse(text)


def noted(app: Flask) -> set[str]:
    """Every text in these modules that looks like an act and is neither a page nor a file."""
    texts = {
        node.value
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ACT.fullmatch(node.value)
    }
    return {text for text in texts - NO_ACTS if text not in app.view_functions and not text.endswith(FILES)}


def value_names() -> set[str]:
    """The names of values in the calls that note acts, and of columns whose changes are noted."""
    calls = [
        node
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (getattr(node.func, "attr", "") or getattr(node.func, "id", "")) in NOTES
    ]
    keys = [key for call in calls for node in ast.walk(call) if isinstance(node, ast.Dict) for key in node.keys]
    named = {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    others = {one.arg for call in calls for one in call.keywords if one.arg} - {"before", "after", "unit_id"}
    columns = {
        column.key
        for row in AUDITED
        for column in row.__mapper__.column_attrs
        if column.key not in ("id", *getattr(row, "__silent__", ()))
    }
    return named | others | columns


def test_every_act_that_is_noted_has_words(app: Flask) -> None:
    found = noted(app) | {f"{row.__audited__}.{how}" for row in AUDITED for how in ("added", "changed", "removed")}
    assert {"unit.moved", "paper.typed", "first-fields.chosen", "session.refused", "units.imported"} <= found
    assert not [act for act in sorted(found) if not audit_words.has_words(act)]
    assert not audit_words.has_words("unit.painted")
    assert not audit_words.has_words("moon.added")


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_value_that_is_noted_has_a_name(app: Flask, language: str) -> None:
    names = value_names()
    assert {"browser", "successors", "why", "effective_on", "tf_totp_secret"} <= names
    with app.test_request_context(f"/admin/audit?lang={language}"):
        assert not [name for name in sorted(names) if not audit_words.is_named(name)]
        for name in names:
            assert "_" not in audit_words.called(name)
        assert audit_words.called("waiting.text.vi").endswith("Tiếng Việt")
        assert audit_words.called("what.ever") == "what.ever"  # an address may hold anything


def test_what_ties_a_session_to_its_account_is_not_noted() -> None:
    account = next(row for row in AUDITED if row.__audited__ == "account")
    assert "fs_uniquifier" in account.__silent__
