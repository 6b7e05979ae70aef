"""Scans: how often each touchpoint's survey was opened."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from sipas.db import Model


class Scan(Model):
    """How often a touchpoint's survey was opened on a day; of whom nothing is known."""

    __tablename__ = "scan"

    touchpoint_id: Mapped[int] = mapped_column(ForeignKey("touchpoint.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    scans: Mapped[int]
