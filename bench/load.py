"""A load of requests over kept-open connections to this machine, bounded in number, each answer counted."""

from __future__ import annotations

import socket
import statistics
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Outcome:
    """What came back: requests a second, milliseconds, and each answer's status and request number."""

    rate: float
    p50: float
    p99: float
    statuses: dict[int, int]
    acknowledged: list[int]


def run(port: int, requests: int, connections: int, request: Callable[[int], bytes]) -> Outcome:
    """Send `requests` requests over `connections` connections; `request` makes the bytes of each by number."""
    numbers, lock = iter(range(requests)), threading.Lock()
    milliseconds: list[float] = []
    answered: list[tuple[int, int]] = []
    threads = [
        threading.Thread(target=_send, args=(port, numbers, lock, request, milliseconds, answered))
        for _ in range(connections)
    ]
    begun = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - begun
    statuses: dict[int, int] = {}
    for _, status in answered:
        statuses[status] = statuses.get(status, 0) + 1
    cuts = statistics.quantiles(milliseconds, n=100)
    return Outcome(
        len(answered) / seconds,
        cuts[49],
        cuts[98],
        statuses,
        [number for number, status in answered if status == 303],
    )


def _send(
    port: int,
    numbers: Iterator[int],
    lock: threading.Lock,
    request: Callable[[int], bytes],
    milliseconds: list[float],
    answered: list[tuple[int, int]],
) -> None:
    with socket.create_connection((HOST, port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            body = request(number)
            begun = perf_counter()
            connection.sendall(body)
            status = _answer(connection)
            milliseconds.append((perf_counter() - begun) * 1000)
            answered.append((number, status))


def _answer(connection: socket.socket) -> int:
    """Read one whole answer; its status."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")
    )
    missing = length - len(body)
    while missing > 0:
        missing -= len(_more(connection))
    return int(head[9:12])


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the server closed the connection")
    return data


def get(path: str, *, gzip: bool = True) -> bytes:
    """The bytes of a GET."""
    accepted = "Accept-Encoding: gzip\r\n" if gzip else ""
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n{accepted}\r\n".encode()


def post(path: str, body: str) -> bytes:
    """The bytes of a POST of a form."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
