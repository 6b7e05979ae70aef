"""Who may ask for which page: one table, closed by default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, cast

import flask_login
from flask import Flask, Response, abort, current_app, request
from werkzeug.wrappers import Response as AnyResponse

from sipas.core import audit
from sipas.staff.accounts import ROLES, User
from sipas.web.kit import security_headers, style_sheets
from sipas.web.kit.is_api import BY_TOKEN, OPEN_TO_PROGRAMS, is_of_program

current_user = cast("User", flask_login.current_user)
"""Who asks; of visitors only `is_authenticated` is known."""

VISITOR = "visitor"
"""Who the audit says acts while nobody is signed in."""

CITIZENS = frozenset({"citizen.survey", "citizen.rate", "citizen.thanks"})
"""Pages that set no cookie and read none."""

ANYONE = (
    CITIZENS
    | OPEN_TO_PROGRAMS
    | BY_TOKEN
    | {
        "static",
        "office_style",
        "public.home",
        "public.results",
        "public.unit_results",
        "public.release_file",
        "health.alive",
        "health.ready",
        "subscriptions.stop",
        "subscriptions.stopping",
        "security.login",
        "security.logout",
        "security.static",
        "security.forgot_password",
        "security.reset_password",
        "security.two_factor_setup",
        "security.two_factor_token_validation",
        "security.two_factor_rescue",
        "security.tf_select",
        "security.mf_recovery",
        "security.oauthstart",
        "security.oauthresponse",
    }
)


@dataclass(frozen=True)
class Rule:
    """Who may ask for a page: some roles; with `whole`, only those of them whose unit is the province or none."""

    roles: frozenset[str]
    whole: bool = False


_ALL = Rule(frozenset(ROLES))
_DESK = Rule(frozenset({"manager", "province", "administrator"}))
_SETUP = Rule(frozenset({"administrator"}))
_SETUP_READ = Rule(frozenset({"administrator", "auditor"}))
_JUDGES = Rule(frozenset({"province", "auditor"}))
_WHOLE = Rule(frozenset({"administrator"}), whole=True)
_WHOLE_READ = Rule(frozenset({"administrator", "auditor"}), whole=True)
_PROVINCE = Rule(frozenset(ROLES), whole=True)
_PUBLISHERS = Rule(frozenset({"province"}), whole=True)

STAFF: Mapping[str, Rule] = MappingProxyType(
    {
        # reports
        "reports.own": _ALL,
        "reports.report": _ALL,
        "reports.report_file": _ALL,
        # the province
        "rankings.shown": _PROVINCE,
        "rankings.file": _PROVINCE,
        # alerts and letters
        "alerts.own": _ALL,
        "alerts.listed": _ALL,
        "alerts.acknowledge": _DESK,
        "alerts.threshold": _DESK,
        "subscriptions.chosen": _ALL,
        "outbox.listed": _WHOLE_READ,
        "outbox.again": _WHOLE,
        "outbox.leave": _WHOLE,
        "reports.report_chart": _ALL,
        # survey points
        "touchpoints.listed": _ALL,
        "touchpoints.qr": _ALL,
        "touchpoints.poster": _ALL,
        "touchpoints.silent": _ALL,
        "touchpoints.point": _ALL,
        "touchpoint_forms.new": _DESK,
        "touchpoint_sets.whole": _DESK,
        "touchpoint_forms.edit": _DESK,
        "touchpoint_forms.move": _DESK,
        "touchpoint_forms.close": _DESK,
        "touchpoint_forms.reopen": _DESK,
        "poster_packs.order": _DESK,
        "poster_packs.progress": _DESK,
        "poster_packs.file": _DESK,
        # paper forms
        "paper.start": _DESK,
        "paper.typing": _DESK,
        "paper.import_file": _DESK,
        "paper.template": _DESK,
        # responses set aside
        "set_asides.own": _ALL,
        "set_asides.listed": _ALL,
        "set_asides.begin": _JUDGES,
        "set_asides.lift": _JUDGES,
        # dossier counts
        "official_sheets.file": _ALL,
        "dossiers.own": _ALL,
        "dossiers.shown": _ALL,
        "dossiers.template": _ALL,
        "dossiers.import_file": _DESK,
        "dossiers.preview": _DESK,
        "dossiers.typed": _DESK,
        # other indices
        "indices.shown": _PROVINCE,
        "indices.history": _PROVINCE,
        "indices.file": _PROVINCE,
        "indices.import_file": _PUBLISHERS,
        "indices.remove": _PUBLISHERS,
        # comments, and what was done about them
        "comments.own": _ALL,
        "comments.listed": _ALL,
        "comments.file": _ALL,
        "comments.shown": _ALL,
        "comment_cases.edit": _DESK,
        "comment_cases.erase": _DESK,
        "comment_cases.together": _DESK,
        "replies.listed": _ALL,
        "replies.shown": _ALL,
        "replies.new": _DESK,
        "replies.edit": _DESK,
        "replies.publish": _DESK,
        "replies.withdraw": _DESK,
        "replies.discard": _DESK,
        # publication
        "releases.listed": _PROVINCE,
        "releases.shown": _PROVINCE,
        "releases.compare": _PROVINCE,
        "releases.publish": _PUBLISHERS,
        "releases.correct": _PUBLISHERS,
        # aggregates for download
        "aggregates.shown": _PROVINCE,
        "aggregates.file": _PROVINCE,
        "aggregates.order": _PROVINCE,
        "aggregates.progress": _PROVINCE,
        "aggregates.stored": _PROVINCE,
        # the own account
        "account.own": _ALL,
        "account.end_session": _ALL,
        "account.end_other_sessions": _ALL,
        "security.change_password": _ALL,
        "security.verify": _ALL,
        "security.mf_recovery_codes": _ALL,
        "security.two_factor_setup_validate": _ALL,
        "security.oauth_verify_start": _ALL,
        "security.oauth_verify_response": _ALL,
        # accounts
        "accounts.listed": _SETUP_READ,
        "accounts.shown": _SETUP_READ,
        "accounts.new": _SETUP,
        "accounts.edit": _SETUP,
        "accounts.invite_again": _SETUP,
        "accounts.deactivate": _SETUP,
        "accounts.reactivate": _SETUP,
        "accounts.end_sessions": _SETUP,
        "accounts.forget_second_step": _SETUP,
        # units
        "units.listed": _SETUP_READ,
        "units.shown": _SETUP_READ,
        "units.found": _WHOLE,
        "units.create": _SETUP,
        "units.rename": _SETUP,
        "units.give_official_code": _SETUP,
        "units.close": _SETUP,
        "units.reopen": _SETUP,
        "units.move": _WHOLE,
        "units.import_file": _WHOLE,
        "unit_mergers.merge": _WHOLE,
        "unit_mergers.split": _WHOLE,
        "first_fields.chosen": _DESK,
        # service fields and procedures
        "fields.listed": _WHOLE_READ,
        "fields.shown": _WHOLE_READ,
        "fields.create": _WHOLE,
        "fields.edit": _WHOLE,
        "fields.shift": _WHOLE,
        "fields.close": _WHOLE,
        "fields.reopen": _WHOLE,
        "fields.import_file": _WHOLE,
        "procedures.create": _WHOLE,
        "procedures.edit": _WHOLE,
        "procedures.close": _WHOLE,
        "procedures.reopen": _WHOLE,
        "procedures.import_file": _WHOLE,
        "agencies.edit": _WHOLE,
        # questionnaires
        "questionnaires.listed": _WHOLE_READ,
        "questionnaires.version": _WHOLE_READ,
        "questionnaires.download": _WHOLE_READ,
        "questionnaires.preview": _WHOLE_READ,
        "questionnaires.compare": _WHOLE_READ,
        "questionnaire_drafts.begin": _WHOLE,
        "questionnaire_drafts.copied": _WHOLE,
        "questionnaire_drafts.upload": _WHOLE,
        "questionnaire_drafts.added": _WHOLE,
        "questionnaire_drafts.question": _WHOLE,
        "questionnaire_drafts.move": _WHOLE,
        "questionnaire_drafts.remove": _WHOLE,
        "questionnaire_drafts.publish": _WHOLE,
        "questionnaire_drafts.withdraw": _WHOLE,
        "questionnaire_drafts.discard": _WHOLE,
        # the picture of the province
        "province.shown": _PROVINCE,
        "province.unit": _PROVINCE,
        "province.file": _PROVINCE,
        # tokens of programs
        "api_tokens.listed": _WHOLE_READ,
        "api_tokens.new": _WHOLE,
        "api_tokens.revoke": _WHOLE,
        # audit
        "audit.listed": _SETUP_READ,
        "audit.file": _SETUP_READ,
        # the way to all of these
        "admin.home": _SETUP_READ,
    }
)
"""The one table of who may do what; what they see is bound to their unit's subtree besides. What is not in it
is for nobody."""


def may(endpoint: str) -> bool:
    """Whether who asks may open a page; of pages for anyone everybody may."""
    if endpoint in ANYONE:
        return True
    rule = STAFF.get(endpoint)
    if rule is None or not current_user.is_authenticated:
        return False
    return current_user.role in rule.roles and (not rule.whole or current_user.sees_the_whole)


MOST_UPLOADED = 8 * 1024 * 1024
"""Bytes of a file that staff upload; every other body ends at 64 KiB."""

UPLOADS: frozenset[str] = frozenset(
    {
        "paper.import_file",
        "units.import_file",
        "fields.import_file",
        "procedures.import_file",
        "questionnaire_drafts.upload",
    }
    | {"dossiers.import_file", "indices.import_file"}
)


def enforce(app: Flask) -> None:
    """Ask for a sign-in wherever the table does not say otherwise, and send the headers of safety.

    What libraries do before and after each request to find out who is signed in is left out of citizens'
    and programs' requests: there is nobody, and nothing shall look.
    """
    style_sheets.offer(app)
    app.jinja_env.globals["may"] = may
    app.teardown_request(lambda _: audit.act_as(audit.INSTALLATION))  # a thread serves others next
    before = [_admit, *app.before_request_funcs[None]]
    after = [*app.after_request_funcs[None], _harden]
    app.before_request_funcs[None] = [lambda: None if _is_of_no_session() else _first_answer(before)]
    app.after_request_funcs[None] = [lambda response: _finished(after, response)]


def _is_of_no_session() -> bool:
    return request.endpoint in CITIZENS or is_of_program()


def _first_answer(steps: Sequence[Callable[[], Any]]) -> Any:  # noqa: ANN401 - whatever Flask takes for an answer
    return next((answer for step in steps if (answer := step()) is not None), None)


def _finished(steps: Sequence[Callable[[Any], Any]], response: Response) -> Response:
    if security_headers.is_said(response):
        return response  # a citizen's page, which came with all its headers
    for step in [_harden] if is_of_program() else reversed(steps):
        response = step(response)
    return response


def _admit() -> AnyResponse | None:
    """Let in who may ask, and note in whose name what follows is done."""
    endpoint = request.endpoint
    if "\0" in request.path:  # nothing is called so, and PostgreSQL does not take the question
        abort(404)
    if wrong := [f"{name}={asked}" for name, asked in request.args.items(multi=True) if "\0" in asked]:
        abort(400, wrong[0])
    audit.act_as(current_user.email if current_user.is_authenticated else VISITOR)
    if endpoint is None or endpoint in ANYONE:
        return None
    if not current_user.is_authenticated:
        unauthorized: AnyResponse = current_app.login_manager.unauthorized()  # type: ignore[attr-defined]
        return unauthorized
    if not may(endpoint):
        abort(404)
    if endpoint in UPLOADS:
        request.max_content_length = MOST_UPLOADED
    return None


def _harden(response: Response) -> Response:
    if request.endpoint not in ANYONE:
        response.headers.setdefault("Cache-Control", "private, no-store")
    return security_headers.harden(response)
