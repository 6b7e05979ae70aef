#!/usr/bin/env python3
"""Write docs/access.md: who may ask for which page, made from the table in sipas/web/access.py and the routes."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from sipas import create_app
from sipas.core.settings import ROOT, Settings
from sipas.staff.accounts import ROLES
from sipas.web.kit.access import ANYONE, CITIZENS, STAFF
from sipas.web.kit.is_api import BY_TOKEN

PAGE = ROOT / "docs" / "access.md"

HEAD = """# Who may do what

Made by `bin/access_table.py` from the one table in `sipas/web/access.py`; a test compares this page with the program,
and walks every address with every role, for a unit of its own and for a foreign one. Do not edit it by hand.

- What somebody may see is bound to the unit of the account and everything below it; all else answers 404, as if it
  were not there.
- *whole* marks what concerns the whole installation: of the roles named, only accounts whose unit is the province, or
  that have none.
- An address that stands in neither table is for nobody.

## Staff

"""

BETWEEN = """
## Anyone

No sign-in is needed. The citizen's pages set no cookie and read none. Programs read what is marked *token* with one
of their own ([api.md](api.md)): sessions of staff count for nothing there.

"""


def written() -> str:
    """The whole page."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(instance_path=Path(folder)))
    staff = ["| Address | Method | " + " | ".join(ROLES) + " | |", "|---|---|" + "---|" * (len(ROLES) + 1)]
    for address, methods, endpoint in _routes(app):
        if endpoint in STAFF:
            rule = STAFF[endpoint]
            marks = " | ".join("yes" if role in rule.roles else "" for role in ROLES)
            staff.append(f"| `{address}` | {methods} | {marks} | {'whole' if rule.whole else ''} |")
    anyone = ["| Address | Method | |", "|---|---|---|"]
    for address, methods, endpoint in _routes(app):
        if endpoint in ANYONE:
            mark = "citizen" if endpoint in CITIZENS else "token" if endpoint in BY_TOKEN else ""
            anyone.append(f"| `{address}` | {methods} | {mark} |")
    return HEAD + "\n".join(staff) + "\n" + BETWEEN + "\n".join(anyone) + "\n"


def _routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: (one.rule, sorted(one.methods or ()))):
        methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        yield rule.rule.replace("|", "\\|"), methods, rule.endpoint


if __name__ == "__main__":
    PAGE.write_text(written())
    sys.stdout.write(f"{PAGE.relative_to(ROOT)} is written\n")
