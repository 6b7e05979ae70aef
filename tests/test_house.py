"""The rules of the house, over the whole program: what a review would have to remember."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Table, UniqueConstraint

from bin.translate import collected
from sipas.core.db import db
from sipas.core.languages import DEFAULT_LANGUAGE, LANGUAGES
from sipas.core.settings import ROOT, Settings
from sipas.web.kit.style_sheets import OFFICE_PARTS
from tests.conftest import make_app

SOURCES = sorted((ROOT / "sipas").rglob("*.py"))
MODULES = [path for path in SOURCES if "migrations" not in path.parts]

PARENTS_KEPT_FOR_EVER = {"question", "questionnaire", "service_field", "option", "unit", "touchpoint"}
"""Rows of these are closed, never deleted, so a key that points to them needs no index to look back through;
one on a rating's question would be as large as all the ratings and slow every answer down."""


GIVEN_NAMES = {
    "process_formdata", "process_bind_param", "process_result_value",
    "get_translations", "get_recovery_codes", "get_last_counter", "get_redirect",
}  # fmt: skip
"""Methods that WTForms, SQLAlchemy, Flask-Babel and Flask-Security call by these names."""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_functions_do_one_thing(path: Path) -> None:
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 40, f"{node.name} is too long"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_names_are_words_of_the_domain(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            assert not re.match(r"(get|handle|process)_", node.name) or node.name in GIVEN_NAMES, node.name
            assert not node.name.endswith(("Manager", "Helper", "Util")), node.name


def test_dialects_differ_in_two_places_only() -> None:
    for path in MODULES:
        # In a data package a "dialect" is how a CSV file is written.
        if path.name not in ("db.py", "tally_writes.py", "data_packages.py"):
            assert "dialect" not in path.read_text(), path


def tables() -> list[Table]:
    return list(db.metadata.tables.values())


def test_every_constraint_has_a_name() -> None:
    for table in tables():
        for constraint in table.constraints:
            assert constraint.name, f"{table.name}: {constraint}"
            if isinstance(constraint, CheckConstraint):
                assert str(constraint.name).startswith(f"ck_{table.name}_")


def test_every_foreign_key_has_an_index_unless_its_parents_stay() -> None:
    for table in tables():
        leading = {index.expressions[0].name for index in table.indexes if hasattr(index.expressions[0], "name")}
        leading |= {next(iter(table.primary_key)).name}
        leading |= {next(iter(one.columns)).name for one in table.constraints if isinstance(one, UniqueConstraint)}
        for constraint in table.constraints:
            if isinstance(constraint, ForeignKeyConstraint):
                column, parent = next(iter(constraint.columns)).name, constraint.referred_table.name
                assert column in leading or parent in PARENTS_KEPT_FOR_EVER, f"{table.name}.{column}"


def test_every_setting_is_explained_with_its_default() -> None:
    text = (ROOT / "docs" / "operating.md").read_text()
    for name, field in Settings.model_fields.items():
        assert f"`SIPAS_{name.upper()}`" in text, name
        assert field.description
        assert field.description in text, name


def test_every_command_stands_in_the_readme_and_has_help(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    readme = (ROOT / "README.md").read_text()
    from sipas.commands.cli import serving

    def walk(command: object, path: str) -> None:
        listed = getattr(command, "commands", None)
        if listed is None:
            assert f"`bin/sipas {path}" in readme or f"`bin/{path}" in readme, path
            assert getattr(command, "help", None), path
            return
        for name, below in listed.items():
            walk(below, f"{path} {name}")

    for name, command in app.cli.commands.items():
        if name == "db":
            assert "`bin/sipas db upgrade" in readme
        elif name in ("import", "users", "touchpoints", "recount"):
            walk(command, name)
    walk(serving, "serve")


def message_key(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def texts(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ("",))


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_no_message_lacks_a_translation_and_the_compiled_file_is_true(language: str) -> None:
    """English is written in the code; every other language has a catalogue."""
    folder = ROOT / "sipas" / "translations" / language / "LC_MESSAGES"
    with (folder / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    wanted = {message_key(message) for message in collected() if message.id}
    known = {message_key(message): texts(message) for message in catalogue if message.id}
    assert wanted == set(known), "run bin/translate.py.py"
    assert [one for one, translated in known.items() if not all(translated)] == []
    with (folder / "messages.mo").open("rb") as file:
        compiled = {message_key(message): texts(message) for message in read_mo(file) if message.id}
    assert compiled == known, "run bin/translate.py.py"


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_translations_keep_the_names_of_what_is_filled_in(language: str) -> None:
    path = ROOT / "sipas" / "translations" / language / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        for message in read_po(file, locale=language):
            ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
            filled = set().union(*(re.findall(r"%\((\w+)\)", str(one)) for one in ids))
            for text in texts(message):
                assert set(re.findall(r"%\((\w+)\)", str(text))) <= filled, message.id
            assert not any("bạn" in str(text).lower().split() for text in texts(message)), message.id


def test_vietnamese_comes_first() -> None:
    assert DEFAULT_LANGUAGE == "vi"


def test_templates_hold_no_script_and_no_style() -> None:
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", text), path
        assert "|safe" not in text.replace("citizen_style|safe", "").replace("style|safe", ""), path


def test_style_sheets_open_and_close_what_they_nest() -> None:
    """A lost brace at the end of one part hides the next in another's @media, and no browser says so."""
    for path in (ROOT / "static" / "css").rglob("*.css"):
        depth = 0
        for token in re.findall(r"[{}]|@media", re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", path.read_text(), flags=re.DOTALL)):
            assert token != "@media" or depth == 0, path
            depth += {"{": 1, "}": -1}.get(token, 0)
        assert depth == 0, path


def test_every_part_of_the_office_style_is_served() -> None:
    assert sorted(f"{part}.css" for part in OFFICE_PARTS) == sorted(
        path.name for path in (ROOT / "static" / "css" / "office").iterdir()
    )


def test_nothing_names_a_place_of_this_machine_or_a_registry() -> None:
    words = ("/work/", "/root/", "pypi" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org")
    for folder in ("sipas", "templates", "static", "tests", "bench", "bin", "docs", ".ci"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "node_modules" not in path.parts and path.suffix in {
                ".py", ".md", ".html", ".css", ".csv", ".json", ".toml", ".txt", ""
            }:  # fmt: skip
                text = path.read_text(errors="ignore")
                assert not [word for word in words if word in text and path.name != "test_house.py"], path


def test_the_application_reads_like_a_contents_page(tmp_path: Path) -> None:
    app: Flask = make_app(tmp_path)
    assert len((ROOT / "sipas" / "__init__.py").read_text().splitlines()) < 50
    assert app.config["MAX_CONTENT_LENGTH"] == 64 * 1024
