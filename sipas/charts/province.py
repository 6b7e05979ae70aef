"""The picture of the province as small multiples: one small chart for each unit, all on one axis."""

from __future__ import annotations

from sipas.charts.drawing import Box, Multiples, Small
from sipas.charts.words import Say, factor_names, plain, source, speaker, whole
from sipas.core import formats
from sipas.core.languages import named, own_part
from sipas.numbers.shares import METHOD, SMALLEST_SHOWN, Share
from sipas.reporting.province_picture import ProvincePicture
from sipas.reporting.unit_outlook import Outlook, shade

_HIGHEST_FLOOR = 8
"""Tenths: an axis never begins higher, or the play of chance would fill it."""


def short_names(found: ProvincePicture, language: str) -> dict[int, str]:
    """What tells each unit from the others, by unit id: "Phường Hồng Gai"."""
    names = {one.unit.id: named(one.unit, language) for one in found.outlooks}
    short = {number: own_part(name, names.values()) for number, name in names.items()}
    own = named(found.province, language).casefold()  # the provincial centre is not the province
    return {
        number: plain(names[number] if name.casefold() == own else name[:1].upper() + name[1:])
        for number, name in short.items()
    }


def floor(found: ProvincePicture) -> float:
    """Where the common axis begins: at the tenth below the lowest month of all units."""
    shown = [month.satisfaction.value for one in found.outlooks for month in one.months if month.satisfaction]
    return min(int(min(shown, default=0) * 10), _HIGHEST_FLOOR) / 10


def cells(found: ProvincePicture, language: str) -> tuple[Small, ...]:
    """A cell for each unit, in the order of the picture."""
    names = short_names(found, language)
    return tuple(cell(one, names[one.unit.id], found.total.factors, language) for one in found.outlooks)


def cell(one: Outlook, name: str, province: tuple[Share | None, ...], language: str) -> Small:
    """One unit as a cell."""
    share = one.satisfaction
    months = {month.period.start: place for place, month in enumerate(one.months)}
    return Small(
        name,
        formats.percent(share.value, language) if share else formats.DASH,
        f"n = {formats.count(one.responses, language)}",
        tuple(float(month.satisfaction.value) if month.satisfaction else None for month in one.months),
        tuple(
            Box(formats.points(own.value, language) if own else formats.DASH, shade(own, all_others))
            for own, all_others in zip(one.factors, province, strict=True)
        ),
        months[one.fall.month] if one.fall else None,
        _remark(one, language),
    )


def _remark(one: Outlook, language: str) -> str:
    """Since when the unit is low, else which of its fields is lowest since when."""
    gettext = speaker(language)
    if one.fall:
        return gettext("Low since %(month)s", month=formats.month(one.fall.month, language))
    if one.fields and one.fields[0].field:
        fall = one.fields[0]
        return gettext(
            "%(field)s: low since %(month)s",
            field=plain(named(fall.field, language)),
            month=formats.month(fall.month, language),
        )
    return ""


def picture(found: ProvincePicture, language: str) -> Multiples:
    """All that the picture shows."""
    gettext = speaker(language)
    subject = plain(named(found.province, language))
    share = found.total.satisfaction
    return Multiples(
        title=gettext("Satisfied citizens in every unit, by month and by factor"),
        subject=f"{subject} · {plain(named(found.field, language))}" if found.field else subject,
        base=" · ".join(
            [
                formats.period(found.span.period, language),
                formats.responses(found.total.responses, language),
                *([formats.percent(share.value, language)] if share else []),
            ]
        ),
        notes=(*_notes(found, language, gettext), source(METHOD, gettext)),
        description=description(found, language),
        cells=cells(found, language),
        floor=floor(found),
        level=float(share.value) if share else None,
    )


def _notes(found: ProvincePicture, language: str, gettext: Say) -> tuple[str, ...]:
    ends = gettext(
        "Lines: satisfaction by month, %(first)s to %(last)s, every axis from %(floor)s to %(whole)s; gaps: fewer "
        "than %(smallest)s responses; dashed: the province in the period; red: low since then, beyond chance.",
        first=formats.month(found.span.months[0].start, language),
        last=formats.month(found.span.months[-1].start, language),
        floor=whole(language).replace("100", f"{floor(found) * 100:.0f}"),
        whole=whole(language),
        smallest=SMALLEST_SHOWN,
    )
    boxes = gettext(
        "Figures below: %(factors)s, per cent satisfied; coloured where the 95%% interval leaves out the "
        "province's figure: orange below, red by 10 points or more; blue above, deep blue by 10 points or more.",
        factors=", ".join(name.lower() for name in factor_names(language)),
    )
    return (ends, boxes)


def description(found: ProvincePicture, language: str) -> str:
    """How many units there are, how many fell, and the first three that need help."""
    gettext = speaker(language)
    names = short_names(found, language)
    fell, low = found.fallen, found.low
    head = gettext(
        "%(units)s units, those that need help first; %(fell)s fell and %(low)s more lie below the others.",
        units=formats.count(found.of, language),
        fell=formats.count(len(fell), language),
        low=formats.count(len(low), language),
    )
    first = [
        f"{names[one.unit.id]} {formats.percent(one.satisfaction.value, language)}"
        for one in (*fell, *low)[:3]
        if one.satisfaction
    ]
    return f"{head} {'; '.join(first)}." if first else head
