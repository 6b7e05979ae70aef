"""Managers have the posters of all their survey points made, see how far it is, and download them."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable

from flask import Flask

from tests.pages import Page, Visitor


def finished(manager: Visitor, address: str) -> Page:
    """The page of a pack once it is made."""
    for _ in range(200):
        page = manager.get(address)
        if "Refresh" not in page.headers:
            return page
        assert page.all("progress")
        time.sleep(0.1)
    raise AssertionError("never finished")


def test_a_manager_orders_a_pack_watches_it_and_downloads_it(app: Flask, signed_in: Callable[..., Visitor]) -> None:
    manager = signed_in("manager", "bai-chay")
    order = {"unit": "bai-chay", "paper": "a4", "shape": "zip"}
    address = manager.send("/touchpoints/packs", order).headers["Location"]
    page = finished(manager, address)
    link = page.one("main a.button").attrs["href"]
    answer = manager.get(str(link))
    assert "posters-bai-chay-a4.zip" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.response.data)) as archive:
        assert "bai-chay-diem-2-a4.pdf" in archive.namelist()
    answer.response.close()
    signed_in("manager", "hong-gai").get(str(link), 404)
    signed_in("province").get(str(link)).response.close()
    manager.send("/touchpoints/packs", order | {"paper": "a3"}, 422)
    manager.send("/touchpoints/packs", order | {"unit": "hong-gai"}, 422)
    manager.get("/touchpoints/packs/" + "0" * 32, 404)
    told = signed_in("auditor", "bai-chay").get("/admin/audit?act=touchpoints.exported")
    assert [row.to_text().count("posters-bai-chay-a4.zip") for row in told.all("tbody tr")] == [1]
