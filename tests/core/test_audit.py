"""The audit notes what is changed, in the transaction that changes it, and keeps it."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from sipas.catalogue import lookups, models, touchpoints
from sipas.core import audit
from sipas.core.audit import AuditEntry, AuditSearch
from sipas.core.db import db, writing
from sipas.staff import accounts
from tests.conftest import COUNTER_1, PASSWORD


def last() -> AuditEntry:
    return next(audit.found(AuditSearch(), 1))


def number() -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_a_change_is_noted_with_what_was_before_and_who_made_it(inside: Flask) -> None:
    with audit.acting("lan@test.example"):
        touchpoints.close(lookups.touchpoint(COUNTER_1), date(2026, 9, 14))
    noted = last()
    assert (noted.actor, noted.act, noted.subject) == ("lan@test.example", "touchpoint.changed", COUNTER_1)
    assert noted.changes == [("closed_on", None, "2026-09-14")]
    assert noted.unit_id == lookups.unit("trung-tam-tinh").id
    touchpoints.reopen(lookups.touchpoint(COUNTER_1))
    assert last().changes == [("closed_on", "2026-09-14", None)]
    assert last().actor == "installation"


def rename_and_fail() -> None:
    with writing() as session:
        session.get_one(models.Unit, lookups.unit("hong-gai").id).name_vi = "Khác"
        session.flush()
        assert number() > 0
        session.get_one(models.Unit, lookups.unit("hong-gai").id).level = "village"


def test_what_is_saved_as_it_was_is_no_act(inside: Flask) -> None:
    touchpoints.reopen(lookups.touchpoint(COUNTER_1))
    before = number()
    touchpoints.reopen(lookups.touchpoint(COUNTER_1))
    assert number() == before


def test_no_entry_holds_a_password(inside: Flask) -> None:
    user = accounts.add("lan@test.example", PASSWORD, "manager", lookups.unit("hong-gai"))
    assert last().act == "account.added"
    assert user.password not in (last().after or "")
    assert user.fs_uniquifier not in (last().after or "")
    assert ("password", None, audit.HIDDEN) in last().changes


def test_a_change_that_fails_leaves_no_entry(inside: Flask) -> None:
    before = number()
    with pytest.raises(IntegrityError):
        rename_and_fail()
    assert number() == before
    assert lookups.unit("hong-gai").name_vi != "Khác"


def test_the_database_itself_refuses_to_change_or_delete_an_entry(inside: Flask) -> None:
    audit.keep("report.exported", "x.csv")
    before = number()
    for statement in (update(AuditEntry).values(actor="nobody"), delete(AuditEntry)):
        with pytest.raises(DBAPIError, match="audit entries are kept"), writing() as session:
            session.execute(statement)
    assert number() == before
    assert last().actor == "installation"


def test_postgresql_refuses_to_empty_the_table_too(inside: Flask) -> None:
    audit.keep("report.exported", "x.csv")
    statement = "DELETE FROM audit_entry" if db.engine.dialect.name == "sqlite" else "TRUNCATE audit_entry"
    with pytest.raises(DBAPIError, match="audit entries are kept"), writing() as session:
        session.connection().exec_driver_sql(statement)


def test_entries_are_found_by_who_what_when_and_words(inside: Flask) -> None:
    with audit.acting("lan@test.example"):
        audit.keep("report.exported", "sipas-hong-gai.csv", lookups.unit("hong-gai").id, {"address": "100% Đống_Đa"})
    with audit.acting("minh@test.example"):
        audit.keep("session.started", "minh@test.example")
    one = last()
    assert [entry.act for entry in audit.found(AuditSearch(actor="lan@test.example"))] == ["report.exported"]
    assert [entry.actor for entry in audit.found(AuditSearch(act="session."))] == ["minh@test.example"]
    assert [entry.subject for entry in audit.found(AuditSearch(words="100% đống_"))] in ([], ["sipas-hong-gai.csv"])
    assert [entry.subject for entry in audit.found(AuditSearch(words="100% Đống_"))] == ["sipas-hong-gai.csv"]
    assert [entry.subject for entry in audit.found(AuditSearch(words="HONG-GAI.CSV"))] == ["sipas-hong-gai.csv"]
    assert not list(audit.found(AuditSearch(since=one.at, until=one.at)))
    assert one.id in [entry.id for entry in audit.found(AuditSearch(since=one.at))]
    scope = lookups.subtree(lookups.unit("ba-che").id)
    assert not [entry for entry in audit.found(AuditSearch(unit_ids=scope)) if entry.actor == "lan@test.example"]
    assert {"lan@test.example", "minh@test.example"} <= set(audit.actors())
    assert {"report.exported", "session.started"} <= set(audit.acts())
