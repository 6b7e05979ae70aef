"""An installation: its first start, and notes that it keeps about itself."""

from __future__ import annotations

import flask_migrate
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column

from sipas.catalogue import questionnaires
from sipas.catalogue.models import OTHER_FIELD, ServiceField
from sipas.core.db import Model, db, writing
from sipas.core.settings import ROOT
from sipas.imports import catalogue
from sipas.staff import accounts

SAMPLE = ROOT / "sipas" / "sample"
SHIPPED = {"short", "long"}
"""Questionnaires that every installation has."""

FIRST_ADMINISTRATOR = "administrator@sipas.internal"


class Note(Model):
    """Something an installation remembers about itself."""

    __tablename__ = "note"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))


def note(name: str) -> str | None:
    """What was noted under a name; None if nothing."""
    return db.session.scalar(select(Note.value).where(Note.name == name))


def keep_note(name: str, value: str) -> None:
    """Note something under a name, in place of what stood there."""
    with writing() as session:
        session.merge(Note(name=name, value=value))


def prepare() -> None:
    """Bring the database to this version's shape and put in what every installation has; can be repeated."""
    flask_migrate.upgrade()
    if db.session.scalar(select(ServiceField.id).where(ServiceField.code == OTHER_FIELD)) is None:
        with writing() as session:
            session.add(ServiceField(code=OTHER_FIELD, **_OTHER_NAMES, position=10_000))
    if missing := SHIPPED - questionnaires.codes():
        catalogue.questionnaire(SAMPLE / "questionnaires.csv", only=missing)


_OTHER_NAMES = {"name_vi": "Lĩnh vực khác / không nhớ", "name_en": "Another field / I do not remember"}


def first_administrator() -> tuple[str, str] | None:
    """Make the first administrator and return address and password; None where there is an administrator."""
    if accounts.any_of("administrator"):
        return None
    password = accounts.new_password()
    accounts.add(FIRST_ADMINISTRATOR, password, "administrator", None)
    return FIRST_ADMINISTRATOR, password


def load_sample() -> None:
    """Put in the sample catalogue: units, fields, procedures and touchpoints of Quảng Ninh; can be repeated."""
    for kind in ("units", "fields", "procedures", "touchpoints"):
        catalogue.KINDS_OF_FILE[kind](SAMPLE / f"{kind}.csv")
