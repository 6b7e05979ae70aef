"""What the same server does at least: constant bytes, and one raw row with one tally, durably.

python -m bench.floor PORT BYTES FILE
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from pathlib import Path

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from sipas.core.settings import Settings
from sipas.run import server

_TABLES = """
CREATE TABLE raw (id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, body TEXT NOT NULL);
CREATE TABLE tally (day TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
"""
_threads = threading.local()
_turn = threading.Lock()


def floor_app(size: int, file: Path) -> Flask:
    """A Flask application that does next to nothing with each request."""
    app, constant = Flask("floor"), os.urandom(size)

    @app.get("/constant")
    def _constant() -> Response:
        return Response(constant, mimetype="text/html")

    @app.post("/row")
    def _row() -> AnyResponse:
        with _turn:
            _insert(_connection(file), request.form["key"], request.get_data(as_text=True) or "-")
        return redirect("/constant", 303)

    return app


def _connection(file: Path) -> sqlite3.Connection:
    """This thread's own connection, as durable as ours."""
    if not hasattr(_threads, "connection"):
        _threads.connection = sqlite3.connect(file, isolation_level=None)
        _threads.connection.execute("PRAGMA journal_mode=WAL")
        _threads.connection.execute("PRAGMA synchronous=FULL")
    connection: sqlite3.Connection = _threads.connection
    return connection


def _insert(connection: sqlite3.Connection, key: str, body: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO raw (key, body) VALUES (?, ?)", (key, body))
    connection.execute("INSERT INTO tally VALUES ('today', 1) ON CONFLICT DO UPDATE SET n = n + 1")
    connection.execute("COMMIT")


def main() -> None:
    """Serve the floor until told to stop."""
    port, size, file = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    with sqlite3.connect(file) as connection:
        connection.executescript(_TABLES)
    settings = Settings(host="127.0.0.1", port=port)
    bound = server.listen(settings)
    bound.listen(1024)
    server.serve(floor_app(size, file), bound, settings.threads)


if __name__ == "__main__":
    main()
