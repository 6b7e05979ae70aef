"""Forms of questionnaires: one question a form, made for the languages there are and for the options it has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField

from sipas.catalogue.questionnaire_rules import CHOICE_LENGTH, TEXT_LENGTH, SheetFault
from sipas.catalogue.questionnaires import KINDS, OVERALL, Choice, Item
from sipas.core.languages import LANGUAGES
from sipas.web.kit import questionnaire_words as words
from sipas.web.kit.forms import NEEDED, StaffForm, choice, day, line, slug
from sipas.web.kit.language import lazy

MOST_CHOICES = 60
ROOM = 2
"""Empty rows for further options."""

FREE_KINDS = tuple((kind, words.KINDS[kind]) for kind in KINDS if kind not in ("field", "comment"))


class QuestionnaireCodeForm(StaffForm):
    """Under which code a new questionnaire begins."""

    code = slug(lazy("Code of the new questionnaire"))


class PublishForm(StaffForm):
    """From which day a draft is asked."""

    first_day = day(lazy("Asked from"))


class UploadForm(StaffForm):
    """A file with questionnaires."""

    file = FileField(lazy("File (Excel or CSV)"), validators=[FileRequired(NEEDED)])


class NewQuestionForm(StaffForm):
    """What a new question is called and of which kind it is; both stay once it was published."""

    code = slug(lazy("Code of the question"))
    kind = choice(lazy("Kind"), [(kind, words.KINDS[kind]) for kind in KINDS])


class QuestionForm(StaffForm):
    """A question: kind and factor where they are free, texts and options by language."""

    rows = 0
    kind = choice(lazy("Kind"), FREE_KINDS)
    factor = choice(lazy("Factor"), list(words.FACTORS.items()))
    when_low = BooleanField(lazy("Ask only when an answer is neutral or lower"))

    def choice_rows(self) -> list[tuple[int, Any, list[Any]]]:
        """(number, field of the code, fields of the texts) of each option and of the empty rows."""
        return [
            (number, self[f"choice_{number}"], [self[f"choice_{number}_{one}"] for one in LANGUAGES])
            for number in range(1, self.rows + 1)
        ]

    def item(self, before: Item) -> Item:
        """The question that the form holds; what it does not edit stays as it was."""
        kind = self.kind.data if "kind" in self else before.kind
        factor = self.factor.data if "factor" in self else before.factor
        offers = kind == "rating_na"
        return Item(
            before.code,
            str(kind),
            factor or None,
            bool(self.when_low.data) if "when_low" in self and kind in ("choice", "choices") else False,
            self._texts("text_", before.texts),
            self._texts("not_applicable_", before.not_applicable) if offers else MappingProxyType({}),
            tuple(self._choices({choice.code: choice.texts for choice in before.choices})),
        )

    def _texts(self, prefix: str, before: Mapping[str, str]) -> Mapping[str, str]:
        typed = {one: self[f"{prefix}{one}"].data for one in LANGUAGES if f"{prefix}{one}" in self}
        return MappingProxyType({one: text for one, text in {**before, **typed}.items() if text})

    def _choices(self, before: Mapping[str, Mapping[str, str]]) -> list[Choice]:
        found: list[Choice] = []
        for number, code, texts in self.choice_rows():
            if code.data or any(text.data for text in texts):
                named = code.data or _code_for(texts, {one.code for one in found}, number)
                found.append(Choice(named, self._texts(f"choice_{number}_", before.get(named, {}))))
        return found

    def arranged(self, item: Item, act: str) -> tuple[Item, str]:
        """The question with an option moved or dropped as a button said (`up-2`, `down-2`, `drop-2`), and the act."""
        how, _, place = act.partition("-")
        listed, here = list(item.choices), self._place_of(place)
        there = here + {"up": -1, "down": 1}.get(how, 0)
        if how in ("up", "down") and 0 <= here < len(listed) and 0 <= there < len(listed):
            listed[here], listed[there] = listed[there], listed[here]
        elif how == "drop" and 0 <= here < len(listed):
            del listed[here]
        return replace(item, choices=tuple(listed)), how

    def _place_of(self, number: str) -> int:
        """The place among the options of the row with a number: rows without anything in them are none."""
        filled = [str(row) for row, code, texts in self.choice_rows() if code.data or any(one.data for one in texts)]
        return filled.index(number) if number in filled else -1

    def place(self, faults: Sequence[SheetFault]) -> None:
        """Put each fault of the sheet beside its field, or above all where there is none."""
        for found in faults:
            name = self._field_of(found)
            if name in self:
                self.fault(name, words.fault(found))
            else:
                self.form_errors.append(words.fault(found))

    def _field_of(self, found: SheetFault) -> str:
        numbers = [number for number, code, _ in self.choice_rows() if found.choice and code.data == found.choice]
        if numbers:
            return f"choice_{numbers[-1]}_{found.language}" if found.language else f"choice_{numbers[-1]}"
        return found.column


def _code_for(texts: Sequence[Any], taken: set[str], number: int) -> str:
    """A code made of an option's words, the last language's first: English makes the shorter ones."""
    said = next((text.data for text in reversed(texts) if text.data), "")
    plain = unicodedata.normalize("NFD", said.lower().replace("đ", "d")).encode("ascii", "ignore").decode()
    made = "-".join(re.findall(r"[a-z0-9]+", plain)[:4])[:50].strip("-") or f"option-{number}"
    return made if made not in taken else f"{made}-{number}"


def question_form(item: Item, meant: bool, sent: Mapping[str, str]) -> QuestionForm:
    """The form of a question; `meant`: an earlier version asked its code, so that kind and factor stay."""
    offers_choices = item.kind in ("choice", "choices") or not (meant or _is_fixed(item))
    rows = _rows(len(item.choices), sent) if offers_choices else 0
    offers_words = item.kind == "rating_na" or not (meant or _is_fixed(item))
    made = type("Question", (QuestionForm,), {"rows": rows, **_fields(item, offers_words, rows)})
    form: QuestionForm = made()
    for name, stays in (
        ("kind", meant or _is_fixed(item)),
        ("factor", meant or _is_fixed(item)),
        ("when_low", not offers_choices),
    ):
        if stays:
            del form[name]
    return form


def _is_fixed(item: Item) -> bool:
    return item.code == OVERALL or item.kind in ("field", "comment")


def _rows(choices: int, sent: Mapping[str, str]) -> int:
    """As many rows as there are options, and room for more; of a form that comes back, as many as it had."""
    numbers = [int(match[1]) for name in sent if (match := re.fullmatch(r"choice_(\d{1,2})", name))]
    return min(max([choices + ROOM, *numbers]), MOST_CHOICES)


def _fields(item: Item, offers_words: bool, rows: int) -> dict[str, Any]:
    """The fields of texts and options, filled with what the question says."""
    made: dict[str, Any] = {}
    for code, name in LANGUAGES.items():
        label = lazy("Wording in %(language)s", language=name)
        made[f"text_{code}"] = line(label, TEXT_LENGTH, needed=False)
        if offers_words:
            label = lazy("Words for “does not apply” in %(language)s", language=name)
            made[f"not_applicable_{code}"] = line(label, CHOICE_LENGTH, needed=False)
    for number in range(1, rows + 1):
        label = lazy("Code of option %(number)s", number=number)
        made[f"choice_{number}"] = line(label, 60, needed=False)
        for code, name in LANGUAGES.items():
            label = lazy("Option %(number)s in %(language)s", number=number, language=name)
            made[f"choice_{number}_{code}"] = line(label, CHOICE_LENGTH, needed=False)
    return made
