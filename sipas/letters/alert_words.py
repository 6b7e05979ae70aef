"""What alerts say: the same sentence on pages and in letters, in any language, also where nobody asks for a page."""

from __future__ import annotations

from datetime import date
from typing import Any

from sipas.core import formats
from sipas.core.languages import named
from sipas.letters.alerts import Alert
from sipas.numbers import periods
from sipas.numbers.shares import Share, proportion


def title(alert: Alert, language: str) -> str:
    """What it is about, in few words."""
    _ = formats.words(language).gettext
    place = {"field": _field(alert, language)}
    return {
        "low": _("%(field)s is below the threshold"),
        "drop": _("%(field)s has dropped"),
        "low-ratings": _("several low ratings within an hour"),
        "silent": _("a survey point has fallen silent"),
    }[alert.kind] % place


def sentence(alert: Alert, language: str) -> str:
    """What was seen, with its figures and their base."""
    return _SENTENCES[alert.kind](alert, alert.known, language)


def advice(alert: Alert, language: str) -> str:
    """What to do about it."""
    _ = formats.words(language).gettext
    return {
        "low": _("Look at the five factors of this field in the report, and at its comments: what is rated lowest?"),
        "drop": _("What changed at this field since the last quarter: people, place, procedure, waiting time?"),
        "low-ratings": _(
            "Go and look what keeps people waiting or upsets them now. Please do not look for who it was."
        ),
        "silent": _(
            "Go and look: does the poster hang there, can it be scanned? Close the point if the counter is gone."
        ),
    }[alert.kind]


def _field(alert: Alert, language: str) -> str:
    return named(alert.field, language) if alert.field else formats.DASH


def _low(alert: Alert, known: dict[str, Any], language: str) -> str:
    share, period = _share(known), periods.parse(known["period"])
    said = formats.words(language).gettext(
        "%(field)s: %(percent)s satisfied (95%% interval %(interval)s, %(responses)s, %(period)s), "
        "clearly below the threshold of %(threshold)s"
    )
    return said % {
        "field": _field(alert, language),
        "percent": formats.percent(share.value, language),
        "interval": formats.interval(share, language),
        "responses": formats.responses(share.total, language),
        "period": formats.period(period, language),
        "threshold": formats.whole_percent(known["threshold"], language),
    }


def _drop(alert: Alert, known: dict[str, Any], language: str) -> str:
    share, before = _share(known), _share(known["before"])
    said = formats.words(language).gettext(
        "%(field)s: %(percent)s satisfied this quarter (%(responses)s), clearly below %(before)s in the last one "
        "(%(responses_before)s)"
    )
    return said % {
        "field": _field(alert, language),
        "percent": formats.percent(share.value, language),
        "responses": formats.responses(share.total, language),
        "before": formats.percent(before.value, language),
        "responses_before": formats.responses(before.total, language),
    }


def _low_ratings(alert: Alert, known: dict[str, Any], language: str) -> str:
    said = formats.words(language).gettext(
        "At least three citizens gave low ratings within an hour, on %(day)s about %(hour)s:00"
    )
    return said % {"day": formats.day(date.fromisoformat(known["day"]), language), "hour": known["hour"]}


def _silent(alert: Alert, known: dict[str, Any], language: str) -> str:
    said = formats.words(language).gettext(
        "%(point)s: neither scan nor response since %(day)s; before, %(responses)s in four weeks were usual"
    )
    return said % {
        "point": named(alert.touchpoint, language, "label") if alert.touchpoint else formats.DASH,
        "day": formats.day(date.fromisoformat(known["since"]), language),
        "responses": formats.responses(known["usual"], language),
    }


_SENTENCES = {"low": _low, "drop": _drop, "low-ratings": _low_ratings, "silent": _silent}


def _share(known: dict[str, Any]) -> Share:
    share = proportion(known["satisfied"], known["responses"])
    assert share is not None  # noqa: S101 - no alert rests on no responses
    return share
