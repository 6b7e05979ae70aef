"""Forms about service fields, agencies and procedures."""

from __future__ import annotations

from flask_babel import gettext
from wtforms import BooleanField

from sipas.catalogue import fields, lookups
from sipas.catalogue.fields import Handling, NewAgency
from sipas.web.admin.unit_forms import CODE, NAME_EN, NAME_VI, free_slug
from sipas.web.kit.filters import in_own_language
from sipas.web.kit.forms import NEEDED, StaffForm, choice, line
from sipas.web.kit.language import lazy

NEW = "*"
"""What stands for an agency to be made where one is chosen."""


class FieldForm(StaffForm):
    """A service field and who handles it."""

    name_vi = line(NAME_VI, 300)
    name_en = line(NAME_EN, 300, needed=False)
    code = free_slug(CODE)
    agency = choice(lazy("Handling agency"))
    agency_vi = line(lazy("Name of the new agency in Vietnamese"), 300, needed=False)
    agency_en = line(lazy("Name of the new agency in English"), 300, needed=False)
    is_vertical = BooleanField(lazy("A vertical agency (tax, police, land office, insurance)"))

    def offer_agencies(self) -> None:
        """Let one of the agencies be chosen, none, or a new one."""
        listed = [(str(one.id), in_own_language(one)) for one in fields.agencies()]
        self.agency.choices = [
            ("", gettext("none in particular")),
            (NEW, gettext("a new agency, named below")),
            *listed,
        ]

    def is_whole(self) -> bool:
        """Whether a new agency has its name."""
        if self.agency.data == NEW and not self.agency_vi.data:
            self.fault("agency_vi", NEEDED)
        return not self.errors

    @property
    def handling(self) -> Handling:
        """Who is to handle the field."""
        if self.agency.data == NEW:
            return NewAgency(str(self.agency_vi.data), self.agency_en.data, bool(self.is_vertical.data))
        return int(self.agency.data) if self.agency.data else None


class AgencyForm(StaffForm):
    """An agency."""

    name_vi = line(NAME_VI, 300)
    name_en = line(NAME_EN, 300, needed=False)
    is_vertical = BooleanField(lazy("A vertical agency (tax, police, land office, insurance)"))


class NewProcedureForm(StaffForm):
    """A procedure to be made."""

    code = line(lazy("National code"), 30)
    name_vi = line(NAME_VI, 500)
    name_en = line(NAME_EN, 500, needed=False)


class ProcedureForm(StaffForm):
    """A procedure's names and its field."""

    name_vi = line(NAME_VI, 500)
    name_en = line(NAME_EN, 500, needed=False)
    field = choice(lazy("Service field"))

    def offer_fields(self) -> None:
        """Let one of the fields be chosen."""
        self.field.choices = [(one.code, in_own_language(one)) for one in lookups.fields()]
