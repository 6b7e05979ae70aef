"""A browser for tests that checks every page it fetches, so that no test has to remember to."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Flask
from justhtml import JustHTML
from werkzeug.test import TestResponse


class Page:
    """A fetched page: its status, headers, and parsed HTML."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.headers = response.headers
        self.text = response.get_data(as_text=True) if (response.mimetype or "").startswith("text/") else ""
        self.tree = (
            JustHTML(self.text, sanitize=False, collect_errors=True) if response.mimetype == "text/html" else None
        )
        if self.tree is not None and not 300 <= self.status < 400:
            self.check()

    def all(self, selector: str) -> list[Any]:
        """The elements that a CSS selector finds."""
        assert self.tree is not None, f"no page but {self.response.mimetype}: {self.text[:200]}"
        return list(self.tree.query(selector))

    def one(self, selector: str) -> Any:
        """The only element that a CSS selector finds."""
        found = self.all(selector)
        assert len(found) == 1, f"{len(found)} of {selector}"
        return found[0]

    def value(self, name: str) -> str:
        """The value of the first input with this name."""
        return str(self.all(f'input[name="{name}"]')[0].attrs["value"])

    def words(self, selector: str) -> str:
        """The text of the only element that a selector finds, without doubled white space."""
        return " ".join(self.one(selector).to_text().split())

    def check(self) -> None:
        """What every page must be: valid, in a language, titled, with unique ids and labelled inputs."""
        assert self.tree is not None
        assert not self.tree.errors, self.tree.errors
        assert self.one("html").attrs.get("lang") in ("vi", "en")
        assert self.words("title")
        assert len(self.all("h1")) == 1
        ids = Counter(element.attrs["id"] for element in self.all("[id]"))
        assert not [one for one, times in ids.items() if times > 1], ids
        for reference in ("for", "aria-describedby", "aria-labelledby"):
            for element in self.all(f"[{reference}]"):
                assert set(element.attrs[reference].split()) <= set(ids), element.attrs
        self._check_inputs({element.attrs["for"] for element in self.all("label[for]")})
        assert not self.all("[style]"), "a style attribute"
        assert not [one for one in self.all("script") if not one.attrs.get("src")], "a script in the page"

    def _check_inputs(self, labelled: set[str]) -> None:
        inside_labels = {id(one) for kind in ("input", "select", "textarea") for one in self.all(f"label {kind}")}
        for kind in ("input", "select", "textarea"):
            for element in self.all(kind):
                if element.attrs.get("type") in ("hidden", "submit"):
                    continue
                named = element.attrs.get("aria-label") or element.attrs.get("id") in labelled
                assert named or id(element) in inside_labels, f"no label: {element.attrs}"


class Visitor:
    """Somebody with a browser."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, address: str, status: int | None = 200, **options: Any) -> Page:
        """Fetch a page that must answer with `status`; None: with any."""
        options.setdefault("buffered", True)  # files are closed at once
        return self._checked(self.client.get(address, **options), status)

    def post(self, address: str, data: Any, status: int | None = 303, **options: Any) -> Page:
        """Send a form whose answer must have `status`."""
        options.setdefault("content_type", "application/x-www-form-urlencoded")
        return self._checked(self.client.post(address, data=data, **options), status)

    def _checked(self, response: TestResponse, status: int | None) -> Page:
        page = Page(response)
        assert status is None or page.status == status, f"{page.status} instead of {status}: {page.text[:2000]}"
        return page

    def send(self, address: str, data: dict[str, Any], status: int = 303, **options: Any) -> Page:
        """Send a form of staff as its page holds it, with what is given in place of what stands there."""
        page = self.get(address)
        hidden = {one.attrs["name"]: one.attrs.get("value", "") for one in page.all('main input[type="hidden"]')}
        return self.post(address, {"csrf_token": page.value("csrf_token"), **hidden, **data}, status, **options)

    def sign_in(self, email: str, password: str) -> None:
        """Sign in through the form."""
        token = self.get("/sign-in").value("csrf_token")
        self.post("/sign-in", {"email": email, "password": password, "csrf_token": token}, 302)
