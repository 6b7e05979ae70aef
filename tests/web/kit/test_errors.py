"""The start page, the public results, health, and what every fault says."""

from __future__ import annotations

import pytest
from flask import Flask

from sipas.core.db import db
from tests.conftest import EXIT_OF_PROVINCE
from tests.pages import Visitor


@pytest.mark.parametrize("typed", ["E4XQHJ49", "e4xqhj49", "E4XQ HJ49", " e4xq-hj49 "])
def test_a_typed_code_leads_to_its_survey(visitor: Visitor, typed: str) -> None:
    answer = visitor.get(f"/?code={typed}", 302)
    assert answer.headers["Location"].startswith(f"/r/{EXIT_OF_PROVINCE}")


@pytest.mark.parametrize("typed", ["E4XQHJ4", "E4XQHJ48", "O4XQHJ49", "<script>", "x" * 500])
def test_a_mistyped_code_is_given_back_with_what_to_do(visitor: Visitor, typed: str) -> None:
    page = visitor.get(f"/?code={typed}", 422)
    assert page.value("code") == typed[:40]
    assert page.all("[role=alert]") or page.all(".fault")


def test_the_start_page_and_the_results_ask_for_no_sign_in_and_set_no_cookie(visitor: Visitor) -> None:
    for address in ("/", "/results", "/results/hong-gai", "/?lang=en", "/results?lang=en"):
        page = visitor.get(address)
        assert "Set-Cookie" not in page.headers
    assert visitor.get("/results?lang=en").one("html").attrs["lang"] == "en"


def test_results_of_an_unknown_unit_are_not_found(visitor: Visitor) -> None:
    visitor.get("/results/nowhere", 404)


def test_the_operator_learns_whether_it_lives_and_is_ready(app: Flask, visitor: Visitor) -> None:
    assert visitor.get("/healthz").text == "ok\n"
    assert visitor.get("/readyz").text == "ready\n"
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    assert "not migrated" in visitor.get("/readyz", 503).text


@pytest.mark.parametrize(("address", "status"), [("/nowhere", 404), ("/r/AAAAAAAA", 404), ("/nowhere?lang=en", 404)])
def test_a_page_that_is_not_there_says_so_in_the_reader_s_language(visitor: Visitor, address: str, status: int) -> None:
    page = visitor.get(address, status)
    assert page.one("html").attrs["lang"] == ("en" if "lang=en" in address else "vi")


def test_a_method_that_is_not_allowed_names_those_that_are(visitor: Visitor) -> None:
    page = visitor.post("/", {}, 405)
    assert "GET" in page.headers["Allow"]


def test_every_answer_carries_the_headers_of_safety(visitor: Visitor) -> None:
    for address in ("/", f"/r/{EXIT_OF_PROVINCE}", "/sign-in", "/results"):
        headers = visitor.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"]
        assert "Server" not in headers
