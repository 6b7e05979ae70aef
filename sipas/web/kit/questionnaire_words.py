"""What pages call the kinds of questions, the factors, the parts of a question, and each fault of a sheet."""

from __future__ import annotations

from types import MappingProxyType

from flask_babel import gettext

from sipas.catalogue.questionnaire_rules import SheetFault
from sipas.core.languages import LANGUAGES
from sipas.web.kit.language import lazy

KINDS = MappingProxyType(
    {
        "rating": lazy("Rating"),
        "rating_na": lazy("Rating, or “does not apply”"),
        "choice": lazy("One of several options"),
        "choices": lazy("Any of several options"),
        "field": lazy("Service field"),
        "comment": lazy("Free text"),
    }
)

FACTORS = MappingProxyType(
    {
        "": lazy("none"),
        "access": lazy("Reception area"),
        "procedure": lazy("Procedures"),
        "staff": lazy("The people who served you"),
        "result": lazy("Result"),
        "feedback": lazy("Comments and complaints"),
    }
)

STATES = MappingProxyType(
    {"draft": lazy("Draft"), "waiting": lazy("Not asked yet"), "asked": lazy("Asked now"), "former": lazy("Earlier")}
)

_PARTS = MappingProxyType(
    {
        "kind": lazy("Kind"),
        "factor": lazy("Factor"),
        "when_low": lazy("Only when the answer is low"),
        "text": lazy("Wording"),
        "not_applicable": lazy("Words for “does not apply”"),
        "options": lazy("Options"),
    }
)

_WHY = MappingProxyType(
    {
        "no-overall": lazy("The question “overall” is missing; satisfaction is counted from it."),
        "question-twice": lazy("There are two questions with this code."),
        "too-many": lazy("The questionnaire asks for more answers than its form can hold. Please remove some."),
        "reserved": lazy("The form uses this name itself. Please take another code."),
        "no-code": lazy("Please use lower-case letters a–z, digits and hyphens only."),
        "code-of-kind": lazy("A question of this kind must have the code “field” or “comment”."),
        "overall-is-a-rating": lazy("The question “overall” must stay a rating without a factor."),
        "factor-unrated": lazy("Only ratings have a factor. Please choose “none”."),
        "kind-changed": lazy(
            "An earlier version asked this code as another kind. Trends follow codes: please take a new code."
        ),
        "factor-changed": lazy(
            "An earlier version counted this code to another factor. Trends follow codes: please take a new code."
        ),
        "no-text": lazy("The wording in %(language)s is missing."),
        "text-first": lazy("Please write the question in %(language)s too."),
        "no-not-applicable": lazy("The words for “does not apply” in %(language)s are missing."),
        "too-long": lazy("A text in %(language)s is too long."),
        "no-choices": lazy("There are no options to choose from."),
        "choices-unasked": lazy("A question of this kind has no options. Please remove them first."),
        "choice-twice": lazy("There are two options with the code “%(choice)s”."),
        "no-choice-code": lazy("The code of an option may hold lower-case letters a–z, digits and hyphens only."),
        "no-choice-text": lazy("The option “%(choice)s” has no text in %(language)s."),
    }
)


def fault(found: SheetFault) -> str:
    """A fault in a sentence."""
    language = LANGUAGES.get(found.language, found.language)
    return str(_WHY[found.why]) % {"language": language, "choice": found.choice}


def is_part(name: str) -> bool:
    """Whether something is the name of a part, as `part` knows them."""
    first, *rest = name.split(".")
    return first in _PARTS or (first == "option" and bool(rest))


def part(name: str) -> str:
    """What a page calls a part that two versions differ in: `kind`, `text.vi`, `option.late.en`."""
    first, *rest = name.split(".")
    said = gettext("Option “%(code)s”", code=rest.pop(0)) if first == "option" else str(_PARTS[first])
    return f"{said} · {LANGUAGES.get(rest[0], rest[0])}" if rest else said


def value(name: str, text: str) -> str:
    """A value of such a part as a page shows it."""
    if not text:
        return "–"
    words = {"kind": KINDS, "factor": FACTORS, "when_low": {"yes": gettext("yes")}}.get(name, {})
    return str(words.get(text, text))
