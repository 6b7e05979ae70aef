"""A walk over every route, role and unit: who may do what is what the table says, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from sipas.catalogue import lookups, models
from sipas.comments import replies
from sipas.core import pending_uploads
from sipas.core.db import db
from sipas.downloads import aggregate_files
from sipas.numbers import periods
from sipas.publishing import publication, releases
from sipas.reporting import aggregates, reports
from sipas.responses import recording, set_asides
from sipas.responses.models import Comment
from sipas.responses.set_asides import Selection
from sipas.staff import accounts, api_tokens
from sipas.staff.accounts import ROLES
from sipas.survey import poster_packs
from sipas.web.kit.access import ANYONE, CITIZENS, STAFF
from tests.conftest import PASSWORD, draft
from tests.mailbox import a_letter, an_alert
from tests.pages import Visitor

SignedIn = Callable[..., Visitor]

OWN, FOREIGN = "bai-chay", "ba-che"
"""Two centres; who belongs to the first must find nothing of the second."""

PAGES: dict[str, str | None] = {
    # reports
    "reports.own": "/reports",
    "reports.report": "/reports/{unit}",
    "reports.report_file": "/reports/{unit}.csv",
    # the province
    "rankings.shown": "/province/ranking",
    "rankings.file": "/province/ranking.csv",
    "releases.listed": "/province/releases",
    "releases.shown": "/province/releases/1",
    "releases.compare": "/province/releases/1/1/compare",
    "releases.publish": "/province/releases/new?period=2026-Q3",
    "releases.correct": "/province/releases/1/correct",
    # alerts and letters
    "alerts.own": "/alerts",
    "alerts.listed": "/alerts/{unit}",
    "alerts.acknowledge": "/alerts/{unit}/{alert}",
    "alerts.threshold": "/alerts/{unit}/threshold",
    "subscriptions.chosen": "/account/letters",
    "outbox.listed": "/admin/letters",
    "outbox.again": "/admin/letters/{letter}/again",
    "outbox.leave": "/admin/letters/{letter}/leave",
    "reports.report_chart": "/reports/{unit}/charts/fields.svg?period=2026",
    # survey points
    "touchpoints.listed": "/touchpoints?unit={unit}",
    "touchpoints.qr": "/touchpoints/{point}/qr.svg",
    "touchpoints.poster": "/touchpoints/{point}/poster.pdf",
    "touchpoints.silent": "/touchpoints/silent?unit={unit}",
    "touchpoints.point": "/touchpoints/{point}",
    "touchpoint_forms.new": "/touchpoints/new?unit={unit}",
    "touchpoint_sets.whole": "/touchpoints/set?unit={unit}",
    "touchpoint_forms.edit": "/touchpoints/{point}/edit",
    "touchpoint_forms.move": "/touchpoints/{point}/move",
    "touchpoint_forms.close": "/touchpoints/{point}/close",
    "touchpoint_forms.reopen": "/touchpoints/{point}/reopen",
    "poster_packs.order": "/touchpoints/packs?unit={unit}",
    "poster_packs.progress": "/touchpoints/packs/{pack}",
    "poster_packs.file": "/touchpoints/packs/{pack}/file",
    # paper forms
    "paper.start": "/paper?unit={unit}",
    "paper.typing": "/paper/{unit}",
    "paper.import_file": "/paper/{unit}/import",
    "paper.template": "/paper/{unit}/template.csv",
    # responses set aside
    "set_asides.own": "/set-asides?unit={unit}",
    "set_asides.listed": "/set-asides/{unit}",
    "set_asides.begin": "/set-asides/{unit}/new",
    "set_asides.lift": "/set-asides/{unit}/{aside}/lift",
    # dossier counts
    "official_sheets.file": "/reports/{unit}/decision-766.csv",
    "dossiers.own": "/dossiers?unit={unit}",
    "dossiers.shown": "/dossiers/{unit}",
    "dossiers.template": "/dossiers/{unit}/template.csv",
    "dossiers.import_file": "/dossiers/{unit}/import",
    "dossiers.preview": "/dossiers/{unit}/import/{dossiers}",
    "dossiers.typed": "/dossiers/{unit}/typed",
    # other indices
    "indices.shown": "/province/indices",
    "indices.history": "/province/indices/history",
    "indices.file": "/province/indices.csv",
    "indices.import_file": "/province/indices/import",
    "indices.remove": "/province/indices/1/remove",
    # comments, and what was done about them
    "comments.own": "/comments",
    "comments.listed": "/comments/{unit}",
    "comments.file": "/comments/{unit}.csv",
    "comments.shown": "/comments/{unit}/{comment}",
    "comment_cases.edit": "/comments/{unit}/{comment}/edit",
    "comment_cases.erase": "/comments/{unit}/{comment}/erase",
    "comment_cases.together": "/comments/{unit}/together",
    "replies.listed": "/comments/{unit}/answers",
    "replies.shown": "/comments/{unit}/answers/{answer}",
    "replies.new": "/comments/{unit}/answers/new",
    "replies.edit": "/comments/{unit}/answers/{answer}/edit",
    "replies.publish": "/comments/{unit}/answers/{answer}/publish",
    "replies.withdraw": "/comments/{unit}/answers/{answer}/withdraw",
    "replies.discard": "/comments/{unit}/answers/{answer}/discard",
    # aggregates for download
    "aggregates.shown": "/province/downloads",
    "aggregates.file": "/province/downloads/aggregates.csv",
    "aggregates.order": "/province/downloads/orders",
    "aggregates.progress": "/province/downloads/orders/{download}",
    "aggregates.stored": "/province/downloads/orders/{download}/file",
    # the own account
    "account.own": "/account",
    "account.end_session": "/account/sessions/end",
    "account.end_other_sessions": "/account/sessions/end-others",
    "security.change_password": "/account/password",
    "security.verify": "/account/confirm",
    "security.mf_recovery_codes": "/account/recovery-codes",
    "security.two_factor_setup_validate": "/second-step/set-up/token",
    "security.oauth_verify_start": "/single-sign-on/confirm/oidc",
    "security.oauth_verify_response": "/single-sign-on/confirmed/oidc",
    # accounts
    "accounts.listed": "/admin/users?unit={unit}",
    "accounts.shown": "/admin/users/{user}",
    "accounts.new": "/admin/users/new",
    "accounts.edit": "/admin/users/{user}/edit",
    "accounts.invite_again": "/admin/users/{user}/invite",
    "accounts.deactivate": "/admin/users/{user}/deactivate",
    "accounts.reactivate": "/admin/users/{user}/reactivate",
    "accounts.end_sessions": "/admin/users/{user}/end-sessions",
    "accounts.forget_second_step": "/admin/users/{user}/forget-second-step",
    # units
    "units.listed": "/admin/units",
    "units.shown": "/admin/units/{unit}",
    "units.found": "/admin/province",
    "units.create": "/admin/units/{unit}/new",
    "units.rename": "/admin/units/{unit}/rename",
    "units.give_official_code": "/admin/units/{unit}/official-code",
    "units.close": "/admin/units/{unit}/close",
    "units.reopen": "/admin/units/{unit}/reopen",
    "units.move": "/admin/units/{unit}/move",
    "units.import_file": "/admin/units",
    "unit_mergers.merge": "/admin/units/{unit}/merge",
    "unit_mergers.split": "/admin/units/{unit}/split",
    "first_fields.chosen": "/units/{unit}/first-fields",
    # service fields and procedures
    "fields.listed": "/admin/fields",
    "fields.shown": "/admin/fields/thue",
    "fields.create": "/admin/fields-new",
    "fields.edit": "/admin/fields/thue/edit",
    "fields.shift": "/admin/fields/thue/up",
    "fields.close": "/admin/fields/thue/close",
    "fields.reopen": "/admin/fields/thue/reopen",
    "fields.import_file": "/admin/fields",
    "procedures.create": "/admin/fields/thue/procedures",
    "procedures.edit": "/admin/procedures/1.001193",
    "procedures.close": "/admin/procedures/1.001193/close",
    "procedures.reopen": "/admin/procedures/1.001193/reopen",
    "procedures.import_file": "/admin/procedures",
    "agencies.edit": "/admin/agencies/1",
    # questionnaires
    "questionnaires.listed": "/admin/questionnaires",
    "questionnaires.version": "/admin/questionnaires/short/1",
    "questionnaires.download": "/admin/questionnaires/short/1.csv",
    "questionnaires.preview": "/admin/questionnaires/short/1/preview",
    "questionnaires.compare": "/admin/questionnaires/short/compare",
    "questionnaire_drafts.begin": "/admin/questionnaires/short/1/draft",
    "questionnaire_drafts.copied": "/admin/questionnaires/short/1/copy",
    "questionnaire_drafts.upload": "/admin/questionnaires/upload",
    "questionnaire_drafts.added": "/admin/questionnaires/short/1/questions",
    "questionnaire_drafts.question": "/admin/questionnaires/short/1/questions/access",
    "questionnaire_drafts.move": "/admin/questionnaires/short/1/questions/access/up",
    "questionnaire_drafts.remove": "/admin/questionnaires/short/1/questions/access/remove",
    "questionnaire_drafts.publish": "/admin/questionnaires/short/1/publish",
    "questionnaire_drafts.withdraw": "/admin/questionnaires/short/1/withdraw",
    "questionnaire_drafts.discard": "/admin/questionnaires/short/1/discard",
    # the picture of the province
    "province.shown": "/province",
    "province.unit": "/province/units/{unit}",
    "province.file": "/province/picture.csv",
    # tokens of programs
    "api_tokens.listed": "/admin/tokens",
    "api_tokens.new": "/admin/tokens/new",
    "api_tokens.revoke": "/admin/tokens/{token}/revoke",
    # audit
    "audit.listed": "/admin/audit",
    "audit.file": "/admin/audit.csv",
    # the way to all of these
    "admin.home": "/admin",
}
"""An address of each page of staff; one with a name in braces is asked for of the own and of a foreign unit."""


def names_of(app: Flask, unit: str) -> dict[str, str]:
    """What stands for the names in braces, for one unit."""
    with app.app_context():
        found = lookups.unit(unit)
        email = f"colleague@{unit}.example"
        user = accounts.add(email, PASSWORD, "manager", found)
        points = lookups.touchpoints_of([found.id])
        wanted = poster_packs.sheaves(points, "https://sipas.example")
        pack = poster_packs.begin(Path(app.instance_path) / "packs", unit, "a4", "pdf", wanted, email)
        comment, answer = _handled(points[0].code, found)
        _publish(points[0].code)
        return {
            "unit": unit, "point": points[0].code, "user": str(user.id), "pack": pack, "comment": comment,
            "answer": answer, "alert": str(an_alert(found).id), "letter": str(a_letter(user).id),
            "dossiers": _sent(Path(app.instance_path), unit), "download": _ordered(Path(app.instance_path), email),
            "token": _token(found), "aside": _set_aside(points[0].code, found, app.config["SIPAS"].zone),
        }  # fmt: skip


def _token(unit: models.Unit) -> str:
    """The beginning of a token of the API."""
    today = reports.today(UTC)
    return api_tokens.issue("Only for this walk", ["reports"], unit, today, today).token.prefix


def _set_aside(point: str, unit: models.Unit, zone: tzinfo) -> str:
    """The number of a set-aside of one answer."""
    at = datetime(2026, 3, 2, 3, tzinfo=UTC)
    recording.record(draft(point, at=at), zone)
    held = set_asides.begin(Selection(unit.id, at, at + timedelta(hours=1)), "Only for this walk")
    return str(held.id)


def _publish(point: str) -> None:
    """The first release, of some answers at a point."""
    if releases.latest() is None:
        for _ in range(12):
            recording.record(draft(point, at=datetime(2026, 2, 2, 3, tzinfo=UTC)), UTC)
        publication.publish(periods.parse("2026-02"), date(2026, 3, 1), date(2026, 3, 1))


def _ordered(folder: Path, email: str) -> str:
    """An aggregate file that was ordered and is not made."""
    wanted = aggregates.Extent(periods.parse("2026-03"), "month")
    return aggregate_files.begin(folder / "downloads", wanted, "csv", email)[0]


def _sent(folder: Path, unit: str) -> str:
    """A file of dossier counts that waits for its preview to be agreed to."""
    file = folder / "dossiers.csv"
    file.write_text(f"unit_code,field_code,month,received,finished,on_time\n{unit},thue,2026-09,3,2,1\n")
    return pending_uploads.park(folder / "parked", unit, file)


def _handled(point: str, unit: models.Unit) -> tuple[str, str]:
    """The code of a comment in a unit, and the number of an answer to it."""
    recording.record(draft(point, comment="Chờ lâu quá"), UTC)
    comment = db.session.scalars(select(Comment).where(Comment.unit_id == unit.id)).one()
    return comment.code, str(replies.draft(unit, {"said_vi": "Chờ lâu", "done_vi": "Thêm quầy"}, [comment]).id)


def methods_of(app: Flask, endpoint: str) -> list[str]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint == endpoint]
    return sorted(set().union(*(rule.methods or set() for rule in rules)) - {"HEAD", "OPTIONS"})


def _ask(browser: Visitor, method: str, address: str, token: str) -> int:
    data = {"csrf_token": token} if method == "POST" else None
    return browser.client.open(address, method=method, data=data, buffered=True).status_code


def test_every_route_is_in_the_table_and_every_entry_is_a_route(app: Flask) -> None:
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert endpoints == set(ANYONE) | set(STAFF)
    assert set(PAGES) == set(STAFF)
    assert not set(ANYONE) & set(STAFF)


def test_visitors_are_asked_to_sign_in_everywhere_else(app: Flask, visitor: Visitor) -> None:
    names = names_of(app, OWN)
    for endpoint, page in PAGES.items():
        for method in methods_of(app, endpoint):
            answer = visitor.client.open((page or "").format(**names), method=method)
            assert answer.status_code == 302, f"{method} {page}: {answer.status_code}"
            assert "/sign-in" in answer.headers["Location"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("scope", [OWN, "quang-ninh"])
def test_each_role_does_what_the_table_says_within_its_unit(
    app: Flask, signed_in: SignedIn, role: str, scope: str
) -> None:
    own, foreign = names_of(app, OWN), names_of(app, FOREIGN)
    browser = signed_in(role, scope)
    token = browser.get("/reports/" + OWN).value("csrf_token")
    for endpoint, page in PAGES.items():
        rule = STAFF[endpoint]
        allowed = role in rule.roles and (not rule.whole or scope == "quang-ninh")
        for method in methods_of(app, endpoint):
            status = _ask(browser, method, (page or "").format(**own), token)
            assert (status != 404) == allowed, f"{role} of {scope}: {method} {endpoint} of the own unit: {status}"
            assert status < 500, f"{method} {endpoint}: {status}"
            if "{" in (page or ""):
                status = _ask(browser, method, (page or "").format(**foreign), token)
                found = allowed and scope == "quang-ninh"
                assert (status != 404) == found, f"{role} of {scope}: {method} {endpoint} of a foreign unit: {status}"


def test_pages_answer_in_both_languages(app: Flask, signed_in: SignedIn) -> None:
    names = names_of(app, OWN)
    browser = signed_in("administrator", "quang-ninh")
    for endpoint, page in PAGES.items():
        if "GET" in methods_of(app, endpoint) and "administrator" in STAFF[endpoint].roles:
            address = (page or "").format(**names)
            for language in ("vi", "en"):
                answer = browser.get(f"{address}{'&' if '?' in address else '?'}lang={language}", None)
                if answer.tree is not None and answer.status == 200:
                    assert answer.one("html").attrs["lang"] == language


def test_every_form_of_staff_carries_a_token_and_is_refused_without(app: Flask, signed_in: SignedIn) -> None:
    names = names_of(app, OWN)
    browser = signed_in("administrator", "quang-ninh")
    for endpoint, page in PAGES.items():
        if "POST" in methods_of(app, endpoint) and "administrator" in STAFF[endpoint].roles:
            answer = browser.client.post((page or "").format(**names))
            assert answer.status_code in (400, 302), f"{endpoint} without a token: {answer.status_code}"


def test_every_form_in_a_page_that_posts_has_a_token(app: Flask, signed_in: SignedIn) -> None:
    names = names_of(app, OWN)
    browser = signed_in("administrator", "quang-ninh")
    for endpoint, page in PAGES.items():
        if "GET" in methods_of(app, endpoint) and "administrator" in STAFF[endpoint].roles:
            answer = browser.get((page or "").format(**names), None)
            if answer.tree is None:
                continue
            for form in answer.all("form"):
                if form.attrs.get("method", "get").lower() == "post":
                    assert form.query('input[name="csrf_token"]'), f"{endpoint}: {form.attrs}"


def test_citizens_send_no_token_and_get_no_cookie(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint in CITIZENS:
            assert re.match(r"/r/", rule.rule)
