"""Letters of alerts: one for each person, of all that is new, outside quiet hours and not more than so many a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from sipas.catalogue import lookups
from sipas.catalogue.models import Unit
from sipas.core import formats
from sipas.core.db import writing
from sipas.core.errors import NotFound
from sipas.core.languages import named
from sipas.core.smtp import Letter
from sipas.letters import alert_words, alerts, outbox, subscriptions
from sipas.letters.alerts import ORDER, Alert
from sipas.letters.subscriptions import Wishes
from sipas.numbers import periods
from sipas.staff.accounts import User

MOST_TOLD = 20
"""So many alerts a letter spells out; of further ones it gives the number."""


def queue_new(zone: tzinfo, address: str) -> int:
    """Queue a letter for everybody who has new alerts and may get one now, and say how many.

    `address` is where staff reach the installation. What is held back by quiet hours or by the number of
    letters that somebody wants in a day goes with the next letter.
    """
    return subscriptions.for_each("alerts", lambda user, wanted: _queue_for(user, wanted, zone, address))


def _queue_for(user: User, wanted: Wishes, zone: tzinfo, address: str) -> bool:
    now = periods.now()
    midnight = subscriptions.start_of_day(periods.local_day(now, zone), zone)
    if wanted.is_quiet(now.astimezone(zone)) or outbox.queued_since(user.id, midnight) >= wanted.most_a_day:
        return False
    try:
        new = alerts.untold(user)
    except NotFound:  # an installation without units
        return False
    if not new:
        return False
    stop = f"{address}/letters/stop/{subscriptions.stop_token(user, 'alerts')}?lang={wanted.language}"
    letter = _letter(user, new, wanted.language, address, stop)
    user_id, alert_ids = user.id, [one.id for one in new]
    with writing():
        is_new = outbox.queue(letter, f"alerts:{user_id}:{alert_ids[-1]}", "alerts", user_id, now, stop)
        if is_new:
            alerts.note_told(user_id, alert_ids)
    return is_new


def _letter(user: User, new: list[Alert], language: str, address: str, stop: str) -> Letter:
    gettext, unit = formats.words(language).gettext, user.root
    page = f"{address}/alerts/{unit.code}?lang={language}"
    parts = [
        gettext("SIPAS saw what you should look at:"),
        *_by_kind(new[:MOST_TOLD], unit, language),
        *_further(len(new) - MOST_TOLD, language),
        gettext("All alerts, and where to note what is done about them: %(page)s") % {"page": page},
        signed(language, address, stop),
    ]
    return Letter(user.email, _subject(user, new, language), "\n\n".join(parts) + "\n")


def _by_kind(told: Sequence[Alert], unit: Unit, language: str) -> Iterator[str]:
    """Alerts with the same thing to do about them, and what that is."""
    for kind in ORDER:
        if of_kind := [one for one in told if one.kind == kind]:
            lines = [f"• {line(one, unit, language)}" for one in of_kind]
            yield "\n".join([*lines, f"→ {alert_words.advice(of_kind[0], language)}"])


def _further(number: int, language: str) -> Iterator[str]:
    if number > 0:
        said = formats.words(language).ngettext("and %(count)s more", "and %(count)s more", number)
        yield said % {"count": formats.count(number, language)}


def _subject(user: User, new: list[Alert], language: str) -> str:
    words = formats.words(language)
    if len(new) == 1:
        return f"SIPAS {lookups.short_name(new[0].unit, language)}: {alert_words.title(new[0], language)}"
    number = words.ngettext("%(count)s new alert", "%(count)s new alerts", len(new)) % {"count": len(new)}
    return f"SIPAS {lookups.short_name(user.root, language)}: {number}"


def line(alert: Alert, unit: Unit, language: str) -> str:
    """An alert in one line, for those who look at a unit: of units below it the name stands first."""
    said = alert_words.sentence(alert, language)
    return said if alert.unit_id == unit.id else f"{named(alert.unit, language)} – {said}"


def signed(language: str, address: str, stop: str) -> str:
    """How every letter ends: where to choose which letters come, and how to have no more of these."""
    said = formats.words(language).gettext(
        "Which letters come, and when, is chosen here: %(page)s\nNo more letters of this kind: %(stop)s"
    )
    return "-- \n" + said % {"page": f"{address}/account/letters?lang={language}", "stop": stop}
