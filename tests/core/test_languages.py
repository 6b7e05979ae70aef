"""A new language needs one file and no code; Vietnamese and English are written as they always were."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bin import translate
from sipas.core import formats, languages
from sipas.core.settings import ROOT
from sipas.numbers.periods import parse

MADE_UP = r"""
msgid "Send"
msgstr "Sendu-nun"

msgid "Very satisfied"
msgstr "Tre-kontenta"

msgid "Sign in"
msgstr "Eniru-nun"

#, python-format
msgid "%(count)s more short question (optional)"
msgid_plural "%(count)s more short questions (optional)"
msgstr[0] "%(count)s plia-demando"
msgstr[1] "%(count)s pliaj-demandoj"
"""

SCRIPT = """
import json, re, sys
from pathlib import Path
from typing import Any
from sipas import create_app
from sipas.catalogue import lookups
from sipas.core import languages
from sipas.core.settings import Settings
from sipas.run import installation
from sipas.staff import accounts

chosen = {"secret_key": "only for tests", "report_delay_days": 0, "second_step_roles": ""}
app = create_app(Settings(instance_path=Path(sys.argv[1]), **chosen))
with app.app_context():
    installation.prepare()
    installation.load_sample()
    accounts.add("manager@test.example", "sea-green-office", "administrator", lookups.unit("quang-ninh"))
said = {"languages": languages.LANGUAGES}
with app.test_client() as client:
    def page(address):
        answer = client.get(address)
        return f"{answer.status_code} {answer.get_data(as_text=True)}"
    said["survey"] = page("/r/E4XQHJ49?lang=eo")
    said["vietnamese"] = page("/r/E4XQHJ49")
    said["home"] = page("/?lang=eo")
    sign_in = page("/sign-in?lang=eo")
    token = re.search('name="csrf_token"[^>]*value="([^"]+)"', sign_in)[1]
    client.post("/sign-in", data={"email": "manager@test.example", "password": "sea-green-office", "csrf_token": token})
    said["report"] = page("/reports/quang-ninh?lang=eo&period=2026-09")
    said["chart"] = page("/reports/quang-ninh.svg?lang=eo&period=2026-09")
    said["poster"] = str(client.get("/touchpoints/E4XQHJ49/poster.pdf?lang=eo").status_code)
    said["questionnaire"] = page("/admin/questionnaires/short/1?lang=eo")
    said["sign_in"] = sign_in
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def with_a_new_language(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a copy of the program says to which one catalogue was added, and nothing else."""
    tree = tmp_path_factory.mktemp("tree")
    for folder in ("sipas", "templates", "static"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    catalogue = tree / "sipas" / "translations" / "eo" / languages.CATALOGUE
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(MADE_UP)
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tree / "instance")], cwd=tree, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert not catalogue.with_suffix(".mo").exists()
    said: dict[str, Any] = json.loads(ran.stdout)
    return said


def test_one_file_makes_a_language_that_names_itself(with_a_new_language: dict[str, Any]) -> None:
    assert with_a_new_language["languages"] == {"vi": "Tiếng Việt", "en": "English", "eo": "Esperanto"}
    assert 'hreflang="eo"' in with_a_new_language["vietnamese"]


def test_its_words_stand_on_the_pages_and_english_where_it_has_none(with_a_new_language: dict[str, Any]) -> None:
    survey = with_a_new_language["survey"]
    assert survey.startswith("200")
    for words in ('<html lang="eo">', "Sendu-nun", "Tre-kontenta", "5 pliaj-demandoj", "Dissatisfied"):
        assert words in survey
    assert "Eniru-nun" in with_a_new_language["sign_in"]


def test_questions_and_names_without_a_text_in_it_are_vietnamese(with_a_new_language: dict[str, Any]) -> None:
    assert "Nhìn chung, ông/bà hài lòng" in with_a_new_language["survey"]
    assert "Trung tâm" in with_a_new_language["survey"]


def test_staff_read_reports_charts_posters_and_questionnaires_in_it(with_a_new_language: dict[str, Any]) -> None:
    for name in ("report", "chart", "poster", "questionnaire", "home"):
        assert with_a_new_language[name].startswith("200"), name
    assert '<html lang="eo">' in with_a_new_language["report"]


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("vi", ["91,2\u202f%", "1.234.567", "21 tháng 11, 2026", "quý III năm 2026", "tháng 9 năm 2026", "năm 2026"]),
        ("en", ["91.2%", "1,234,567", "21 November 2026", "July–September 2026", "September 2026", "2026"]),
        ("de", ["91,2\u00a0%", "1.234.567", "21. November 2026", "Juli–September 2026", "September 2026", "2026"]),
        ("tr", ["%91,2", "1.234.567", "21 Kasım 2026", "Temmuz–Eylül 2026", "Eylül 2026", "2026"]),
    ],
)
def test_figures_and_days_are_written_as_each_language_does(language: str, written: list[str]) -> None:
    periods = [formats.period(parse(text), language) for text in ("2026-Q3", "2026-09", "2026")]
    said = [
        formats.percent(Fraction(912, 1000), language),
        formats.count(1234567, language),
        formats.day(date(2026, 11, 21), language),
        *periods,
    ]
    assert [one.replace("\u2009", "") for one in said] == written


@pytest.mark.parametrize("language", ["vi", "en", "de", "fr", "km", "lo", "zh", "ru", "eo"])
def test_every_period_can_be_said_in_any_language(language: str) -> None:
    for text in ("2026", "2026-Q1", "2026-12", "2026-09-14", "2026-09-03..2026-11-02", "2025-12-30..2026-01-05"):
        assert "20" in formats.period(parse(text), language)


def test_a_catalogue_that_changed_after_it_was_compiled_is_read_as_it_is_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(formats, "TRANSLATIONS", tmp_path)
    formats.words.cache_clear()
    path = tmp_path / "eo" / languages.CATALOGUE
    path.parent.mkdir(parents=True)
    path.write_text(MADE_UP)
    assert formats.words("eo").gettext("Send") == "Sendu-nun"
    formats.words.cache_clear()


def test_the_tool_begins_a_language_and_fills_every_plural_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(translate, "FOLDER", tmp_path)
    template = Catalog()
    template.add("Send")
    template.add(("%(count)s response", "%(count)s responses"))
    missing = translate.bring_up("ru", template, {"%(count)s response": ["ответ", "ответа", "ответов"]})
    assert missing == ["Send"]
    assert translate.bring_up("ru", template, {"Send": "Отправить"}) == []
    with (tmp_path / "ru" / languages.CATALOGUE).open("rb") as file:
        written = read_po(file, locale="ru")
    assert written["%(count)s response"].string == ("ответ", "ответа", "ответов")
