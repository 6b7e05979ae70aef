"""The survey's form: read strictly, made from the questionnaire, checked by WTForms."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from wtforms import Field, Form, StringField, ValidationError
from wtforms.form import BaseForm
from wtforms.validators import AnyOf, InputRequired, Length, Optional, Regexp

from sipas.catalogue.questionnaires import COMMENT_LENGTH, OVERALL, Item, Version
from sipas.core.languages import nfc, visible
from sipas.numbers.shares import SCORES
from sipas.responses.recording import Answers, ResponseDraft, new_key
from sipas.survey.paper_forms import KEYS as PAPER_KEYS
from sipas.survey.surveys import Survey
from sipas.web.kit.language import lazy

MOST_FIELDS = 200
"""Far more than any questionnaire has; a body of ten thousand fields is refused unread."""

NOT_APPLICABLE = "na"
_SCORES = tuple(str(score) for score in SCORES)
_KEY = re.compile(rf"(?!{PAPER_KEYS})[A-Za-z0-9_-]{{8,64}}")
"""What a form may carry; keys of numbered paper forms can be worked out, and nobody else shall use them up."""

PICK = lazy("Please pick one of the five answers.")
PICK_OFFERED = lazy("Please pick one of the answers offered.")
PICK_FIELD = lazy("Please pick the service field of your visit.")
TOO_LONG = lazy("Please shorten your comment to %(most)s characters.", most=COMMENT_LENGTH)
UNPRINTABLE = lazy("Your comment holds characters that cannot be kept. Please type it again.")
BAD_KEY = lazy("This form was damaged on its way. Your answers are still here: please send them again.")


def posted() -> MultiDict[str, str]:
    """The form that a citizen sent, read strictly.

    Raises UnsupportedMediaType (415) for another content type, RequestEntityTooLarge (413) above 64 KiB,
    BadRequest (400) for bytes that are no UTF-8 and for more fields than any form has.
    """
    if request.mimetype != "application/x-www-form-urlencoded":
        raise UnsupportedMediaType
    try:
        body = request.get_data(cache=False).decode()
        pairs = parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    return MultiDict((name, nfc(value)) for name, value in pairs)


class _Several(Field):
    """Any number of the offered options."""

    def __init__(self, *args: Any, offered: Sequence[str] = (), **kwargs: Any) -> None:  # noqa: ANN401 - WTForms's own
        super().__init__(*args, **kwargs)
        self.offered = offered
        self.data: list[str] = []

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = list(dict.fromkeys(valuelist))

    def pre_validate(self, form: BaseForm) -> None:
        if not set(self.data) <= set(self.offered):
            raise ValidationError(PICK_OFFERED)


def _printable(_: Form, field: Field) -> None:
    if any(unicodedata.category(character) in ("Cc", "Cs") and character != "\n" for character in field.data or ""):
        raise ValidationError(UNPRINTABLE)


def _tidy(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\r", "\n").strip(" \n\t").replace("\t", " ")


class _SurveyForm(Form):
    """What every survey's form has besides the questionnaire's questions."""

    key = StringField(validators=[Optional(), Regexp(_KEY.pattern + r"\Z", message=BAD_KEY)])
    comment = StringField(
        filters=[_tidy], validators=[Optional(), Length(max=COMMENT_LENGTH, message=TOO_LONG), _printable]
    )


@lru_cache(maxsize=64)
def _form_of(sheet: Version, field_codes: tuple[str, ...]) -> type[_SurveyForm]:
    fields = {item.code: made for item in sheet.items if (made := _field(item))}
    if field_codes:
        fields["field"] = StringField(validators=[InputRequired(PICK_FIELD), AnyOf(field_codes, message=PICK_FIELD)])
    return type("SurveyForm", (_SurveyForm,), fields)


_ready = threading.local()


def _form_with(sheet: Version, field_codes: tuple[str, ...], sent: MultiDict[str, str]) -> _SurveyForm:
    """The form filled with what was sent. A thread makes each once: to bind its fields costs more than to read them."""
    forms: dict[object, _SurveyForm] = _ready.__dict__.setdefault("forms", {})
    made = _form_of(sheet, field_codes)
    form = forms.get(made) or forms.setdefault(made, made())
    form.process(sent)
    return form


def _field(item: Item) -> Field | None:
    if item.is_rating:
        offered = _SCORES if item.kind == "rating" else (*_SCORES, NOT_APPLICABLE)
        first = InputRequired(PICK) if item.code == OVERALL else Optional()
        return StringField(validators=[first, AnyOf(offered, message=PICK_OFFERED)])
    codes = [choice.code for choice in item.choices]
    if item.kind == "choice":
        return StringField(validators=[Optional(), AnyOf(codes, message=PICK_OFFERED)])
    return _Several(offered=codes) if item.kind == "choices" else None


class Filled:
    """A survey's form with what a citizen sent: its faults, or the response to record."""

    def __init__(self, survey: Survey, sent: MultiDict[str, str]) -> None:
        self.survey = survey
        self._sent = sent
        self.form = _form_with(survey.sheet, survey.field_codes, sent)
        for name, values in sent.lists():
            if len(values) > 1 and name in self.form and not isinstance(self.form[name], _Several):
                raise BadRequest(f"{name} was sent more than once")
        self._data = self.form.data
        self.key = str(self._data["key"] or new_key())

    @property
    def sent(self) -> MultiDict[str, str]:
        """What was sent, fit to be shown again."""
        return MultiDict((name, visible(value)) for name, value in self._sent.items(multi=True))

    def is_valid(self) -> bool:
        """Whether it can be recorded; if not, `errors` holds a message for each fault."""
        if self.form.validate():
            return True
        if "key" in self.form.errors:
            self.key = new_key()
        return False

    @property
    def errors(self) -> dict[str, str]:
        """The first fault of each field, by its name."""
        return {str(name): str(next(iter(messages))) for name, messages in self.form.errors.items()}

    def draft(self, language: str, received_at: datetime) -> ResponseDraft:
        """The response that the valid form holds."""
        survey = self.survey
        field = survey.field or survey.fields[self._data["field"]]
        return ResponseDraft(self.key, survey.place, survey.sheet, field.id, self._answers(), language, received_at)

    def _answers(self) -> Answers:
        sheet, data = self.survey.sheet, self._data
        scores = {
            item.code: None if data[item.code] == NOT_APPLICABLE else int(data[item.code])
            for item in sheet.ratings
            if data[item.code]
        }
        option_ids = [
            choice.id
            for item in sheet.of_kind("choice", "choices")
            if data[item.code]
            for choice in item.choices
            if choice.code in (data[item.code] if item.kind == "choices" else [data[item.code]])
        ]
        return Answers(scores, option_ids, data["comment"])
