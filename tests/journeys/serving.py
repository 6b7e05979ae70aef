"""A SIPAS served by a process of its own, as `bin/serve` does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from queue import Empty, Queue
from time import monotonic

from sipas.core.settings import ROOT


class Served:
    """A running server: what it printed, its address, and the means to stop it."""

    def __init__(self, folder: Path, *options: str, **environment: str) -> None:
        settings = {name: value for name, value in os.environ.items() if not name.startswith("SIPAS_")}
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "sipas", "serve", "--port", "0", *options],
            cwd=ROOT,
            env=settings | {"SIPAS_INSTANCE_PATH": str(folder), "SIPAS_HOST": "127.0.0.1"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self.lines: list[str] = []
        self._arriving: Queue[str | None] = Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._arriving.put(line.rstrip("\n"))
        self._arriving.put(None)

    def said(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        """Wait for a line that begins like this; fails with everything printed if none comes."""
        until = monotonic() + seconds
        for earlier in self.lines:
            if match := re.match(pattern, earlier):
                return match
        while True:
            try:
                line = self._arriving.get(timeout=max(0.01, until - monotonic()))
            except Empty:
                line = None
            assert line is not None, f"never said {pattern!r}:\n" + "\n".join(self.lines)
            self.lines.append(line)
            if match := re.match(pattern, line):
                return match

    @property
    def address(self) -> str:
        """Where it serves, once it does."""
        found = self.said(r".*?(http://127\.0\.0\.1:\d+)")[1]
        until = monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(f"{found}/readyz", timeout=5)
            except urllib.error.URLError:
                assert monotonic() < until, "never ready"
            else:
                return found

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal and wait; the exit status and how many seconds it took."""
        begun = monotonic()
        self.process.send_signal(number)
        status = self.process.wait(timeout=30)
        return status, monotonic() - begun

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()
