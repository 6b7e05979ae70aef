"""Sessions of staff: each sign-in is a row that can be looked at and ended; a copied cookie ends with it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from sipas.db import Instant, Model


class StaffSession(Model):
    """One sign-in on one device. The id is a hash of what the cookie holds, which is kept nowhere."""

    __tablename__ = "staff_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    browser: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
