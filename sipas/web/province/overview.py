"""For the province: the picture of all its units, and one of them from near."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, render_template, request

from sipas.catalogue import lookups
from sipas.charts import drawing, province
from sipas.core import audit
from sipas.core.languages import sort_key
from sipas.downloads import province_files
from sipas.files.csv_json import to_csv
from sipas.numbers.periods import Period
from sipas.numbers.shares import SMALLEST_SHOWN
from sipas.reporting import province_picture, unit_outlook
from sipas.reporting.province_picture import RANKED, ProvincePicture
from sipas.web.kit import here, report_address
from sipas.web.kit.access import current_user
from sipas.web.kit.language import language

pages = Blueprint("province", __name__)

VIEWS = ("units", "factors", "months")
ORDERS = ("need", "name")

LONGEST_NAMED, LONGEST_LISTED = 12, 6
"""How many units that fell, and how many more that lie low, are named above the picture."""


@pages.get("/province")
def shown() -> str:
    """The province's figure, who needs help and since when, and a small chart of every unit."""
    view, order = _one_of("view", VIEWS), _one_of("order", ORDERS)
    found = _found()
    names = province.short_names(found, language())
    return render_template(
        "province/overview.html",
        found=found,
        outlooks=found.outlooks
        if order == "need"
        else sorted(found.outlooks, key=lambda one: sort_key(names[one.unit.id])),
        names=names,
        cells={one.unit.id: cell for one, cell in zip(found.outlooks, province.cells(found, language()), strict=True)},
        floor=province.floor(found),
        description=province.description(found, language()),
        named=found.fallen[:LONGEST_NAMED],
        low=found.low[:LONGEST_LISTED],
        asked=_asked(),
        view=view,
        order=order,
        **_offered(),
    )


@pages.get("/province/units/<code>")
def unit(code: str) -> str:
    """One unit: each of its service fields by month, with since when it has been low."""
    one = lookups.within(current_user.root.id, code)
    near = province_picture.close(one, _period(), here.last_closed_day())
    return render_template("province/unit.html", unit=one, near=near, asked=_asked(), **_offered())


@pages.get("/province/picture.<any(svg, png, csv):shape>")
def file(shape: str) -> Response:
    """The picture for slides and letters, or its figures as a table."""
    found = _found()
    if shape == "svg":  # shown in pages too
        return Response(drawing.svg(province.picture(found, language()), drawing.SLIDE), mimetype="image/svg+xml")
    name = f"sipas-province-{found.span.period}.{shape}"
    audit.keep("report.exported", name, found.province.id, {"address": request.full_path})
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if shape == "png":
        return Response(drawing.png(province.picture(found, language())), mimetype="image/png", headers=headers)
    table = province_files.figures(found, language())
    return Response(to_csv(table), content_type="text/csv; charset=utf-8", headers=headers)


def _found() -> ProvincePicture:
    return province_picture.picture(
        _period(), here.last_closed_day(), report_address.field(), report_address.asked("name") or ""
    )


def _period() -> Period:
    if any(map(report_address.asked, ("period", "from", "to"))):
        return report_address.period()
    return unit_outlook.usual_period(here.last_closed_day())


def _asked() -> dict[str, Any]:
    """What the address must say to ask the same again; what is usual is left out."""
    is_usual = _period() == unit_outlook.usual_period(here.last_closed_day())
    named = {name: report_address.asked(name) for name in ("field", "name", "view", "order")}
    return {"period": None if is_usual else str(_period()), **named}


def _offered() -> dict[str, Any]:
    return {
        "period": _period(),
        "usual": unit_outlook.usual_period(here.last_closed_day()),
        "periods": report_address.periods_offered(),
        "earlier": report_address.earlier_periods(),
        "fields": lookups.fields(),
        "smallest": SMALLEST_SHOWN,
        "shade": unit_outlook.shade,
        "level": RANKED,
    }


def _one_of(name: str, offered: tuple[str, ...]) -> str:
    found = report_address.asked(name) or offered[0]
    return found if found in offered else abort(400, f"{name}={found}")
