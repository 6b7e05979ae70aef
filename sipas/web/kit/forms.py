"""Forms of staff: what all of them share, and the fields they are made of; each message is ours, in both languages."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    Form,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, Optional, Regexp
from wtforms.widgets import CheckboxInput, ListWidget

from sipas.core import edit_conflicts, languages
from sipas.core.edit_conflicts import ChangedMeanwhile
from sipas.web.kit.language import lazy

NEEDED = lazy("Please fill this in.")
TOO_LONG = lazy("Please shorten this to %(max)s characters.")
UNPRINTABLE = lazy("This holds characters that cannot be kept. Please type it again.")
NO_DAY = lazy("Please give a day such as 2026-11-21.")
NOT_OFFERED = lazy("Please choose one of those offered.")
SOME_NOT_OFFERED = lazy("Please choose from those offered.")
NO_SLUG = lazy("Please use lower-case letters a–z, digits and hyphens only.")


EARLIEST_YEAR = 1900
"""No day of this work lies before it, as in files; a year of three digits is a slip of the keyboard."""


class StaffForm(FlaskForm):
    """A form with its CSRF token and, where it edits something, what was `seen` when it was opened."""

    seen = HiddenField()
    is_in_conflict = False

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - WTForms's own
        super().__init__(**options)  # type: ignore[no-untyped-call]

    def validate_on_submit(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 - WTForms's own
        """Whether the form was sent and nothing in it is to be mended."""
        return bool(super().validate_on_submit(extra_validators))  # type: ignore[no-untyped-call]

    def opened_on(self, values: Mapping[str, object]) -> None:
        """Remember what the form shows, unless it comes back from its editor."""
        if not self._is_sent():
            self.seen.data = edit_conflicts.fingerprint(values)

    def tell(self, conflict: ChangedMeanwhile) -> None:
        """Say beside each field what another person made of it meanwhile; what was typed stays.

        Sent again, the form saves over the other's values: its editor has now seen them.
        """
        self.is_in_conflict = True
        self.seen.data = edit_conflicts.fingerprint(conflict.now)
        for name, value in conflict.now.items():
            if name in self and self[name].data != value:
                shown = "–" if value in (None, "") else value
                self[name].errors = [MEANWHILE % {"value": shown}]

    def fault(self, name: str, message: str) -> None:
        """Put a fault beside a field that only the core could find."""
        self[name].errors = [*self[name].errors, message]

    @property
    def status(self) -> int:
        """The status of a page that shows this form: 409 after a conflict, 422 where else something is to be mended."""
        if self.is_in_conflict:
            return 409
        return 422 if self._is_sent() else 200

    def _is_sent(self) -> bool:
        return bool(self.is_submitted())  # type: ignore[no-untyped-call]


def described(one: Field, hint: str | None = None) -> dict[str, str]:
    """The attributes that let a control name what stands beside it: its hint and its faults."""
    ids = [f"{one.id}-hint"] if hint else []
    ids += [f"{one.id}-fault-{number}" for number, _ in enumerate(one.errors, 1)]
    said = {"aria-describedby": " ".join(ids)} if ids else {}
    return said | ({"aria-invalid": "true"} if one.errors else {})


MEANWHILE = lazy("Another person changed this meanwhile; it is now: %(value)s. Send again to keep what you typed.")


def _one_line(text: str | None) -> str | None:
    return languages.one_line(text) if text else None


def _tidy(text: str | None) -> str | None:
    return languages.nfc(text).replace("\r\n", "\n").strip() if text else None


def _printable(_: Form, field: Field) -> None:
    if any(unicodedata.category(one) in ("Cc", "Cs") and one != "\n" for one in field.data or ""):
        raise ValidationError(UNPRINTABLE)


def _checks(needed: bool, most: int) -> list[Any]:
    return [InputRequired(NEEDED) if needed else Optional(), Length(max=most, message=TOO_LONG), _printable]


def line(label: str, most: int, *, needed: bool = True, **options: Any) -> StringField:  # noqa: ANN401 - WTForms's own
    """A line of text in NFC without doubled white space; empty is None."""
    return StringField(label, filters=[_one_line], validators=_checks(needed, most), **options)


def text(label: str, most: int, *, needed: bool = True, **options: Any) -> TextAreaField:  # noqa: ANN401 - WTForms's own
    """Lines of text."""
    return TextAreaField(label, filters=[_tidy], validators=_checks(needed, most), **options)


def slug(label: str, most: int = 60, **options: Any) -> StringField:  # noqa: ANN401 - WTForms's own
    """A code of lower-case ASCII letters, digits and hyphens."""
    shape = Regexp(r"[a-z0-9]+(-[a-z0-9]+)*\Z", message=NO_SLUG)
    return StringField(label, filters=[_one_line], validators=[*_checks(True, most), shape], **options)


class _Select(SelectField):
    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - WTForms's own
        if self.data not in [value for value, *_ in self.iter_choices()]:
            raise ValidationError(NOT_OFFERED)


def choice(label: str, choices: Sequence[tuple[str, str]] = (), **options: Any) -> SelectField:  # noqa: ANN401 - WTForms's own
    """One of some values; `choices` may be set on the form later. The empty value is kept as an empty text."""
    return _Select(label, choices=[SelectChoice(*one) for one in choices], coerce=lambda value: value or "", **options)


class Ticks(SelectMultipleField):
    """Some of several, each with a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:  # noqa: ANN401 - WTForms's own
        """Take none but those that were offered."""
        if not set(self.data or ()) <= {value for value, *_ in self.iter_choices()}:
            raise ValidationError(SOME_NOT_OFFERED)


class _Day(DateField):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(NO_DAY) from error
        if self.data and self.data.year < EARLIEST_YEAR:
            self.data = None
            raise ValueError(NO_DAY)


def day(label: str, *, needed: bool = True, **options: Any) -> DateField:  # noqa: ANN401 - WTForms's own
    """A day."""
    return _Day(label, validators=[InputRequired(NEEDED) if needed else Optional()], **options)


class _NumberSelect(_Select):
    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            self.data = int(valuelist[0]) if valuelist else None
        except ValueError as error:
            raise ValueError(NOT_OFFERED) from error


def number_choice(label: str, choices: Sequence[tuple[int, str]], **options: Any) -> SelectField:  # noqa: ANN401 - WTForms's own
    """One of some numbers, each with its words."""
    offered = [SelectChoice(*one) for one in choices]
    return _NumberSelect(label, choices=offered, coerce=int, validators=[InputRequired(NEEDED)], **options)


def offer(form: StaffForm, name: str, choices: list[tuple[str, str]]) -> None:
    """Put what is to be chosen from into a field whose name is made."""
    field: Any = form[name]
    field.choices = choices
