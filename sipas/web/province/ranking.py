"""For the province: its units in order, as a page and as files."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from sipas.catalogue import lookups
from sipas.catalogue.models import CHANNELS, LEVELS, Unit
from sipas.charts import rank_words
from sipas.core import audit
from sipas.core.languages import named, own_parts
from sipas.downloads import ranking_files
from sipas.numbers.shares import SMALLEST_SHOWN
from sipas.numbers.standings import SMALLEST_RANKED
from sipas.reporting import rankings
from sipas.reporting.rankings import BY, By, Ranking, RankingRequest, RankLine
from sipas.web.kit import here, report_address
from sipas.web.kit.access import current_user
from sipas.web.kit.language import language
from sipas.web.kit.scope import own_unit, own_units

pages = Blueprint("rankings", __name__)

ON_A_PAGE = 250
"""Units listed on one page; a province has fewer, and a page of thousands would be of use to nobody."""


@pages.get("/province/ranking")
def shown() -> AnyResponse | str:
    """The ranking as a page."""
    if own_unit() is None:
        return redirect(url_for("reports.own"))
    found, own = _ranking(), own_units()
    pages_in_all = max(1, -(-len(found.lines) // ON_A_PAGE))
    number = min(_page(), pages_in_all)
    listed = found.by_band[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
    return render_template(
        "province/ranking.html",
        ranking=found,
        groups=[(band, list(lines)) for band, lines in groupby(listed, _band)],
        sentences={line.unit.id: rank_words.sentence(line, language()) for line in listed},
        short=own_parts(named(line.unit, language()) for line in found.lines),
        moved=lambda places_up: rank_words.places_moved(places_up, language()),
        rank_span=lambda standing: rank_words.span(standing, language()),
        description=rank_words.description(found, language()),
        asked=asked(found.question),
        parents=_parents(own),
        levels=_levels(own),
        periods=report_address.periods_offered(),
        earlier=report_address.earlier_periods(),
        fields=lookups.fields(),
        last_day=here.last_closed_day(),
        page=number,
        pages=pages_in_all,
        needed=SMALLEST_RANKED,
        smallest=SMALLEST_SHOWN,
    )


@pages.get("/province/ranking.<any(csv, xlsx, json, svg, png):shape>")
def file(shape: str) -> Response:
    """The same ranking as a file."""
    found = _ranking()
    content_type, made = ranking_files.FILES[shape]
    if shape == "svg":  # shown in the page, not taken away; on a phone the narrow one
        made = ranking_files.to_narrow_svg if request.args.get("narrow") else made
        return Response(made(found, language()), content_type=content_type)
    content = made(found, language())  # before the note: after its transaction each unit would be read anew
    name = f"{_name(found)}.{shape}"
    audit.keep("ranking.exported", name, found.question.root.id, {"address": request.full_path})
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=content_type, headers=headers)


def _name(found: Ranking) -> str:
    question = found.question
    field, by = question.field and question.field.code, question.by if question.by != BY[0] else None
    parts = (question.root.code, question.level, str(question.period), field, question.channel, by)
    return "-".join(["sipas-ranking", *(part for part in parts if part)])


def _ranking() -> Ranking:
    return rankings.ranking(question(), here.last_closed_day())


def question() -> RankingRequest:
    """What the address asks; the province's centres where it says nothing. Answers 400 for what is not offered."""
    return RankingRequest(
        _root(),
        report_address.period(),
        report_address.one_of("level", LEVELS[1:]) or rankings.USUAL_LEVEL,
        report_address.field(),
        _by(),
        report_address.one_of("channel", CHANNELS),
    )


def _by() -> By:
    found = report_address.one_of("by", BY) or BY[0]
    return next(one for one in BY if one == found)


def asked(found: RankingRequest) -> dict[str, Any]:
    """What the address must say to ask the same again; what is usual it need not."""
    return {
        "period": str(found.period),
        "unit": found.root.code if found.root.id != current_user.root.id else None,
        "level": found.level if found.level != rankings.USUAL_LEVEL else None,
        "field": found.field.code if found.field else None,
        "by": found.by if found.by != BY[0] else None,
        "channel": found.channel,
    }


def _root() -> Unit:
    """The unit whose units are ranked: the own one, or one below it. Raises NotFound."""
    code = report_address.asked("unit")
    return lookups.within(current_user.root.id, code) if code else current_user.root


def _parents(own: Iterable[Unit]) -> list[Unit]:
    """The units that have units below them, the whole first."""
    root, parents = current_user.root, {unit.parent_id for unit in own}
    return [root, *(unit for unit in own if unit.id in parents and unit.id != root.id)]


def _levels(own: Iterable[Unit]) -> dict[str, str]:
    """What may be ranked, by what people call it: the levels that there are."""
    names = {"centre": gettext("Centres"), "point": gettext("Reception points")}
    found = {rankings.USUAL_LEVEL, *(unit.level for unit in own)}
    return {level: name for level, name in names.items() if level in found}


def _band(line: RankLine) -> str:
    return line.standing.band if line.standing else "unranked"


def _page() -> int:
    written = request.args.get("page", "1")
    return int(written) if written.isdecimal() and 0 < len(written) < 7 and int(written) else 1
