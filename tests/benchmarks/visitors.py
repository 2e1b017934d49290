"""Visitors who ask for a page again and again over connections that stay open, and count how fast they are answered."""

from __future__ import annotations

import itertools
import socket
from concurrent.futures import ThreadPoolExecutor

from tests.benchmarks.timing import timed

VISITORS = 4
_SECONDS = 30


def answered(port: int, path: str, requests: int, *, anew: bool = False) -> float:
    """Milliseconds per request, of so many by four visitors; `anew` gives each an address that nobody asked for before."""

    def all_of_them() -> None:
        with ThreadPoolExecutor(VISITORS) as pool:
            share = requests // VISITORS
            for visitor in [pool.submit(_visit, port, path, share, anew) for _ in range(VISITORS)]:
                visitor.result()

    return timed(all_of_them) / (requests // VISITORS * VISITORS)


_visits = itertools.count()


def _visit(port: int, path: str, requests: int, anew: bool) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(requests):
            address = f"{path}?visit={next(_visits)}" if anew else path
            connection.sendall(
                f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n\r\n".encode()
            )
            _read(connection)


def _read(connection: socket.socket) -> None:
    """One whole answer; AssertionError where it is no success."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _end, body = received.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert lines[0].split()[1] == b"200", head
    (length,) = (int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:"))
    missing = length - len(body)
    while missing > 0:
        missing -= len(_more(connection))


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(1 << 18)
    assert received, "the server hung up"
    return received
