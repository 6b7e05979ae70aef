"""What is wrong with a questionnaire: the one list of its rules, for drafts on the page and for files."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sipas.catalogue.questionnaires import OVERALL, RESERVED, Choice, Item, Version
from sipas.numbers.shares import FACTORS

MOST_ANSWERS = 150
"""Answers that one citizen can give to one sheet; the survey's form is read up to somewhat more."""

TEXT_LENGTH = 300
CHOICE_LENGTH = 120

UNFINISHED = frozenset({"no-text", "no-not-applicable", "no-choices", "no-choice-text"})
"""What a draft may lack while somebody works on it, and a published version may not."""

_CODE = re.compile(r"(?=.{1,60}\Z)[a-z0-9]+(-[a-z0-9]+)*")

Meanings = Mapping[str, tuple[str, str | None]]
"""What question codes stand for since they were first published: kind and factor."""


@dataclass(frozen=True)
class SheetFault:
    """One fault: why, the question (none: the whole), which part of it, in which language, of which choice."""

    why: str
    question: str = ""
    part: str = ""
    language: str = ""
    choice: str = ""

    @property
    def column(self) -> str:
        """What a file calls the part."""
        return f"{self.part}_{self.language}" if self.language else self.part


def faults(sheet: Version, languages: Collection[str], meanings: Meanings) -> list[SheetFault]:
    """All that keeps a sheet from being published, with texts in some languages, after what its codes meant before."""
    found = list(_of_whole(sheet))
    for item in sheet.items:
        found += [*_of_code(item), *_of_kind(item), *_of_meaning(item, meanings.get(item.code))]
        found += [*_of_texts(item, languages), *_of_choices(item, languages)]
    return found


def _of_whole(sheet: Version) -> Iterator[SheetFault]:
    codes = [item.code for item in sheet.items]
    if OVERALL not in codes:
        yield SheetFault("no-overall", part="question")
    for code in {code for code in codes if codes.count(code) > 1}:
        yield SheetFault("question-twice", code, "question")
    if sum(max(1, len(item.choices)) for item in sheet.items) > MOST_ANSWERS:
        yield SheetFault("too-many", part="question")


def _of_code(item: Item) -> Iterator[SheetFault]:
    if item.kind in ("field", "comment"):
        if item.code != item.kind:
            yield SheetFault("code-of-kind", item.code, "question")
    elif item.code in RESERVED:
        yield SheetFault("reserved", item.code, "question")
    elif not _CODE.fullmatch(item.code):
        yield SheetFault("no-code", item.code, "question")


def _of_kind(item: Item) -> Iterator[SheetFault]:
    if item.code == OVERALL:
        if item.kind != "rating" or item.factor:
            yield SheetFault("overall-is-a-rating", item.code, "kind")
    elif item.factor and (item.factor not in FACTORS or not item.is_rating):
        yield SheetFault("factor-unrated", item.code, "factor")


def _of_meaning(item: Item, meant: tuple[str, str | None] | None) -> Iterator[SheetFault]:
    """Trends follow codes: what was counted under one must go on meaning the same."""
    if meant and meant[0] != item.kind:
        yield SheetFault("kind-changed", item.code, "kind")
    elif meant and meant[1] != item.factor:
        yield SheetFault("factor-changed", item.code, "factor")


def _of_texts(item: Item, languages: Collection[str]) -> Iterator[SheetFault]:
    yield from _texts(item, "text", item.texts, languages)
    for language in set(item.not_applicable) - set(item.texts):
        yield SheetFault("text-first", item.code, "text", language)
    if item.kind == "rating_na":
        yield from _texts(item, "not_applicable", item.not_applicable, languages)


def _texts(item: Item, part: str, texts: Mapping[str, str], languages: Collection[str]) -> Iterator[SheetFault]:
    most = TEXT_LENGTH if part == "text" else CHOICE_LENGTH
    for language in dict.fromkeys([*languages, *texts]):
        text = texts.get(language, "")
        if not text and language in languages:
            yield SheetFault(f"no-{part.replace('_', '-')}", item.code, part, language)
        elif len(text) > most:
            yield SheetFault("too-long", item.code, part, language)


def _of_choices(item: Item, languages: Collection[str]) -> Iterator[SheetFault]:
    codes = [choice.code for choice in item.choices]
    if item.kind not in ("choice", "choices"):
        if codes:
            yield SheetFault("choices-unasked", item.code, "options")
    elif not codes:
        yield SheetFault("no-choices", item.code, "options")
    for code in {code for code in codes if codes.count(code) > 1}:
        yield SheetFault("choice-twice", item.code, "options", choice=code)
    for choice in item.choices:
        yield from _of_choice(item, choice, languages)


def _of_choice(item: Item, choice: Choice, languages: Collection[str]) -> Iterator[SheetFault]:
    if not _CODE.fullmatch(choice.code):
        yield SheetFault("no-choice-code", item.code, "options", choice=choice.code)
    for language in dict.fromkeys([*languages, *choice.texts]):
        text = choice.texts.get(language, "")
        if not text and language in languages:
            yield SheetFault("no-choice-text", item.code, "options", language, choice.code)
        elif len(text) > CHOICE_LENGTH:
            yield SheetFault("too-long", item.code, "options", language, choice.code)
