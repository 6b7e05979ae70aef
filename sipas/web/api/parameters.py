"""What programs may ask with: the shapes of parameters, as the server checks them and the description prints them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from werkzeug.datastructures import MultiDict

from sipas.catalogue.models import CHANNELS
from sipas.core.languages import DEFAULT_LANGUAGE, LANGUAGES, visible
from sipas.numbers import periods
from sipas.numbers.periods import Period, PeriodWrong
from sipas.web.kit.problem_json import Refused

MOST = 500
"""Rows of one page at most."""

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"

_YEAR = r"(19|20|21)[0-9]{2}"
_LEAP_YEAR = r"((19|20|21)(0[48]|[2468][048]|[13579][26])|2000)"
_DAY = (
    rf"({_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|{_YEAR}-(0[13-9]|1[0-2])-(29|30)"
    rf"|{_YEAR}-(0[13578]|1[02])-31|{_LEAP_YEAR}-02-29)"
)
PERIOD = rf"^({_YEAR}(-Q[1-4]|-(0[1-9]|1[0-2]))?|{_DAY}(\.\.{_DAY})?)$"
"""A year, quarter, month, day or two days of which the second is not included; every such day exists."""

_WHOLE_NUMBER = re.compile(r"(0|[1-9][0-9]{0,8})")


def _counted(value: object) -> object:
    """Digits alone are a number: not " 5", not "5.0", not "1_000"."""
    if isinstance(value, str) and not _WHOLE_NUMBER.fullmatch(value):
        raise ValueError("a whole number in plain digits is wanted")
    return value


DIGITS = BeforeValidator(_counted)


def one_of(values: Iterable[str]) -> tuple[Any, ...]:
    """What a parameter that takes one of some words is annotated with."""
    known = tuple(values)

    def check(value: str) -> str:
        if value not in known:
            raise ValueError(f"one of {', '.join(known)} is wanted")
        return value

    return AfterValidator(check), Field(json_schema_extra={"enum": list(known)})


Code = Annotated[str, Field(pattern=SLUG, max_length=60)]
PeriodText = Annotated[
    str,
    Field(
        pattern=PERIOD,
        description="2026, 2026-Q3, 2026-09, 2026-09-14, or from..to, where the second day is not included and not "
        "before the first. Days of the installation's time zone.",
        examples=["2026-Q3", "2026-09", "2026-09-01..2026-09-15"],
    ),
]
Language = Annotated[str, *one_of(LANGUAGES), Field(description="The language of names.")]
Channel = Annotated[str, *one_of(CHANNELS), Field(description="Only responses that came this way.")]
WholeNumber = Annotated[int, Field(ge=0, le=999_999_999), DIGITS]
Limit = Annotated[int, Field(ge=1, le=MOST, description="How many rows at most."), DIGITS]


UNIT = {"type": "string", "pattern": SLUG, "maxLength": 60, "example": "hong-gai"}
"""A unit's code in an address."""


class Asked(BaseModel):
    """The parameters of an address; one that it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Spoken(Asked):
    """Nothing but the language."""

    lang: Language = DEFAULT_LANGUAGE


Model = TypeVar("Model", bound=Asked)


def shapes(model: type[Asked]) -> dict[str, dict[str, Any]]:
    """The JSON Schema of each parameter; what is sent is never null, so none says that it may be."""
    return {name: _shape(dict(schema)) for name, schema in model.model_json_schema().get("properties", {}).items()}


def _shape(schema: dict[str, Any]) -> dict[str, Any]:
    schema.pop("title", None)
    if "anyOf" in schema:
        own = next(one for one in schema.pop("anyOf") if one != {"type": "null"})
        schema = {name: value for name, value in {**own, **schema}.items() if (name, value) != ("default", None)}
    return schema


def read(model: type[Model], sent: MultiDict[str, str]) -> Model:
    """The parameters that were sent. Raises Refused with 422, naming each that is wrong."""
    twice = [(name, "sent more than once") for name, values in sent.lists() if len(values) > 1]
    if twice:
        raise _wrong(twice)
    try:
        return model.model_validate(sent.to_dict())
    except ValidationError as error:
        raise _wrong([(_named(one["loc"]), _said(one, model)) for one in error.errors()]) from error


def _named(place: tuple[Any, ...]) -> str:
    return str(place[0]) if place else "?"


def _said(fault: Any, model: type[Asked]) -> str:  # noqa: ANN401 - pydantic's own
    if fault["type"] == "extra_forbidden":
        return "not known here"
    if fault["type"] == "string_pattern_mismatch":
        return str(shapes(model)[_named(fault["loc"])].get("description", "lower-case letters, digits and hyphens"))
    return str(fault["msg"])


def _wrong(faults: list[tuple[str, str]]) -> Refused:
    shown = [(visible(name), fault) for name, fault in faults]
    names = ", ".join(dict.fromkeys(name for name, _ in shown))
    return Refused(422, f"These parameters cannot be understood: {names}", errors=shown)


def period(text: str | None, otherwise: Period) -> Period:
    """A period as it was asked for. Raises Refused where its last day lies before its first."""
    try:
        return periods.parse(text) if text else otherwise
    except PeriodWrong as error:
        raise _wrong([("period", "its second day lies before its first")]) from error
