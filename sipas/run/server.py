"""The server: one process, a few threads, stopped by SIGTERM or SIGINT without losing an answer."""

from __future__ import annotations

import gc
import logging
import signal
import socket
from types import FrameType

from flask import Flask
from waitress.server import create_server

from sipas.core.settings import Settings
from sipas.run.scheduler import Scheduler
from sipas.survey import scans

LARGEST_BODY = 16 * 1024 * 1024
"""Bodies above it are refused while they arrive; pages have far smaller limits of their own."""


class PortTaken(Exception):
    """Something listens on this port already; the argument is the port."""


def listen(settings: Settings) -> socket.socket:
    """A socket bound to the address and port of the settings. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
    except OSError as error:
        bound.close()
        raise PortTaken(f"{settings.host}:{settings.port}: {error.strerror}") from error
    return bound


def serve(app: Flask, bound: socket.socket, threads: int) -> None:
    """Serve until SIGTERM or SIGINT; requests being answered then are finished first (at most 5 s).

    What was scanned and is not written down yet is written down last.
    """
    server = create_server(
        app,
        sockets=[bound],
        threads=threads,
        ident=None,
        connection_limit=1000,
        channel_timeout=60,
        max_request_body_size=LARGEST_BODY,
        asyncore_use_poll=True,
    )
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a line for each request that waits helps nobody
    for number in (signal.SIGTERM, signal.SIGINT):  # SIGINT too: a shell may have told us to ignore it
        signal.signal(number, _stop)
    gc.collect()
    gc.freeze()  # what is loaded by now stays: the collector need not look through it again and again
    flushing = scans.Flushing(app)
    flushing.start()
    scheduler = Scheduler(app)
    scheduler.start()
    server.run()
    flushing.stop()
    scheduler.stop()


def _stop(_: int, __: FrameType | None) -> None:
    raise SystemExit(0)
