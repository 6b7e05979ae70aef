"""What Flask-Security changes is written as everything else is: whole, audited, and not over another's change."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text

from sipas.catalogue import lookups
from sipas.core import audit
from sipas.core.db import Unwritable, db
from sipas.staff import accounts
from sipas.staff.accounts import User
from sipas.staff.flask_security_store import AccountStore
from tests.conftest import PASSWORD

EMAIL = "an@test.example"


@pytest.fixture
def store(inside: Flask) -> AccountStore:
    accounts.add(EMAIL, PASSWORD, "manager", lookups.unit("hong-gai"))
    db.session.remove()
    return AccountStore()


def read() -> User:
    """The account, read in a transaction that stays open as a request's does."""
    return db.session.scalars(select(User).where(User.email == EMAIL)).one()


def meanwhile(statement: str) -> None:
    """Another request writes and is done."""
    with db.engine.connect() as connection:
        connection.execute(text(statement), {"email": EMAIL} if ":email" in statement else {})
        connection.commit()


def test_a_change_is_kept_though_somebody_wrote_after_it_was_read(store: AccountStore) -> None:
    user = read()
    meanwhile("INSERT INTO note (name, value) VALUES ('meanwhile', 'written')")
    user.tf_primary_method = "authenticator"
    store.commit()
    db.session.remove()
    assert read().tf_primary_method == "authenticator"
    assert db.session.scalars(select(audit.AuditEntry.act).order_by(audit.AuditEntry.id)).all()[-1] == "account.changed"


def test_the_same_value_changed_by_two_is_changed_by_the_first_alone(store: AccountStore) -> None:
    user = read()
    meanwhile("UPDATE user_account SET password = 'the first' WHERE email = :email")
    user.password = "the second"
    with pytest.raises(Unwritable):
        store.commit()
    db.session.remove()
    assert read().password == "the first"


def test_a_recovery_code_that_two_use_at_once_opens_for_one(store: AccountStore) -> None:
    store.mf_set_recovery_codes(read(), ["a", "b", "c"])
    db.session.remove()
    user = read()
    assert store.mf_delete_recovery_code(user, 1)
    meanwhile("UPDATE user_account SET mf_recovery_codes = 'a,c' WHERE email = :email")
    with pytest.raises(Unwritable):
        store.commit()
    assert list(read().mf_recovery_codes or ()) == ["a", "c"]
    assert not store.mf_delete_recovery_code(read(), 7)


def test_acts_are_done_with_the_change_or_not_at_all(store: AccountStore) -> None:
    user = read()
    user.name = "An"

    def fail() -> None:
        raise ValueError("an act that fails")

    with pytest.raises(ValueError, match="act"):
        store.keep(fail)
    db.session.remove()
    assert read().name is None


def test_where_nothing_was_changed_nothing_is_written(store: AccountStore) -> None:
    read()
    before = len(db.session.scalars(select(audit.AuditEntry.id)).all())
    store.commit()
    assert len(db.session.scalars(select(audit.AuditEntry.id)).all()) == before
