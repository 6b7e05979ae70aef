"""The browser of the tests: a Chromium that is on the machine, else the one that bin/setup test unpacks."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

NAMED = "SIPAS_TEST_CHROMIUM"  # the variable that names another Chromium
UNPACKED = Path(sys.prefix, "chromium", "chromium")
FONTS = Path(__file__).with_name("fonts.conf")
ARGUMENTS = [
    "--no-sandbox",  # root has none, nor have most containers; the pages visited are our own
    "--disable-gpu",
    "--disable-dev-shm-usage",  # a container's shared memory is small
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--font-render-hinting=none",
]


class BrowserMissing(Exception):
    """No Chromium is found; says what mends it."""


@dataclass(frozen=True)
class Chromium:
    """An executable, and the arguments and the variables, beside those of this process, that it needs."""

    executable: Path
    arguments: list[str] = field(default_factory=lambda: list(ARGUMENTS))
    environment: dict[str, str] = field(default_factory=dict)


def launch(playwright: Playwright) -> Browser:
    """A headless browser; the caller closes it. Raises BrowserMissing."""
    chromium = find()
    return playwright.chromium.launch(
        executable_path=chromium.executable,
        args=chromium.arguments,
        env={**os.environ, **chromium.environment},
    )


def find() -> Chromium:
    """The Chromium that SIPAS_TEST_CHROMIUM names, else the machine's, else the unpacked one.

    Raises BrowserMissing.
    """
    executable = named() or shutil.which("chromium") or shutil.which("chromium-browser") or UNPACKED
    if not Path(executable).exists():
        raise BrowserMissing("no Chromium for the browser tests; run: sudo apt-get install chromium")
    environment = {"FONTCONFIG_FILE": str(FONTS)}
    if Path(executable) == UNPACKED:  # it brings the libraries it needs, others must not meet them
        environment["LD_LIBRARY_PATH"] = str(UNPACKED.parent / "al2023" / "lib")
    return Chromium(Path(executable), environment=environment)


def named() -> str | None:
    """The program that SIPAS_TEST_CHROMIUM names, if it does. Raises BrowserMissing where there is none."""
    name = os.environ.get(NAMED)
    if name and not shutil.which(name):
        raise BrowserMissing(f"{NAMED}={name} is no program; name a Chromium, or run: unset {NAMED}")
    return shutil.which(name) if name else None
