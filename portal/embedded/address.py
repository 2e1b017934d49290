"""An address is tried before anything is started for it, so that a port in use costs a message and nothing else.

Knows hosts and ports, not what is served there.
"""

import errno
import http.client
import socket
import time

from portal.embedded.processes import Pause, wait_until
from portal.embedded.words import Refusal, refuse


def refuse_busy_port(host: str, port: int, *, patience: float = 0.0, pause: Pause = time.sleep) -> None:
    """Refuse a host or port that cannot be listened on, before anything is started for it.

    `patience` is how many seconds a port in use may take to become free.
    """
    wait_until(lambda: not _is_busy(host, port), seconds=patience, pause=pause)
    try:
        _listen_once(host, port)
    except socket.gaierror:
        refuse(f"不認得主機名稱 {host}。請檢查 --host。", f"Unknown host {host}. Check --host.")
    except OSError as error:
        reasons = {
            errno.EADDRINUSE: ("已被另一個程式使用", "is in use by another program"),
            errno.EACCES: ("不准一般使用者使用", "is not open to ordinary users"),
        }
        zh, en = reasons.get(
            error.errno or 0, (f"無法使用：{error.strerror}", f"cannot be used: {error.strerror}")
        )
        raise Refusal(
            f"{host} 的連接埠 {port} {zh}。請以 --port 指定另一個，例如 --port {_other_port(port)}。",
            f"Port {port} on {host} {en}. Name another with --port, for example --port {_other_port(port)}.",
        ) from error


def _other_port(port: int) -> int:
    return port + 1 if 1024 <= port < 65535 else 8001


def _is_busy(host: str, port: int) -> bool:
    try:
        _listen_once(host, port)
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False


def _listen_once(host: str, port: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(address)
        probe.listen()


def answers(host: str, port: int) -> bool:
    """Whether the product says of itself that it is well."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def visible_host(host: str) -> str:
    """The name under which this machine itself reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - a name is read, not bound


def bracketed(host: str) -> str:
    """The host as it stands before a colon and a port."""
    return f"[{host}]" if ":" in host else host
