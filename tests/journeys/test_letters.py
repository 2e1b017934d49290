"""Real workers hand letters to a real mail server: a killed one loses none, several at once send none twice."""

from __future__ import annotations

import email
import email.policy
import socketserver
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.journeys.live_site import Site, live_site, running

pytestmark = pytest.mark.xdist_group("crashes")

SENT = "SELECT count(*) FROM ministries_letter WHERE state = 'sent'"
CLAIMED = "SELECT count(*) FROM ministries_letter WHERE state = 'claimed'"
AGE = "UPDATE ministries_letter SET claimed_at = claimed_at - interval '11 minutes' WHERE state = 'claimed' RETURNING id"


class MailServer(socketserver.ThreadingTCPServer):
    """Takes every letter, or, while it is `silent`, takes connections and never says a word."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.letters: list[EmailMessage] = []
        self.silent, self.ended = False, Event()


class _Conversation(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        if self.server.silent:
            self.server.ended.wait()
            return
        self._say("220 mail.test ESMTP")
        while line := self.rfile.readline():
            match line[:4].upper().strip():
                case b"DATA":
                    self._say("354 go on")
                    self._take()
                    self._say("250 taken")
                case b"QUIT":
                    self._say("221 goodbye")
                    return
                case _:
                    self._say("250 well")

    def _say(self, words: str) -> None:
        self.wfile.write(f"{words}\r\n".encode())

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        self.server.letters.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with MailServer() as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.ended.set()
        server.shutdown()


def ring(site: Site, times: int = 1) -> None:
    """What beat does every minute."""
    for _ in range(times):
        site.do("-m", "celery", "--quiet", "--app", "portal", "call", "ministries.tasks.send_letters")


def test_a_worker_killed_while_it_hands_over_a_letter_and_two_after_it_send_every_letter_once(
    tmp_path: Path, migrated: Path
) -> None:
    with mail_server() as mail, live_site(tmp_path / "data", migrated) as site:
        site.environment["MAIL_PORT"] = str(mail.server_address[1])
        site.environment["DJANGO_SETTINGS_MODULE"] = "tests.journeys.mail_settings"
        site.do("-m", "tests.journeys.letter_site")
        mail.silent = True
        with running(site.worker()):
            ring(site)
            assert site.comes_true(lambda: site.ask(CLAIMED) == (1,)), site.said
        mail.silent = False
        assert mail.letters == []
        # Nobody has heard of the killed worker for longer than any task may run.
        site.ask(AGE)
        with ExitStack() as stack:
            for name in ("one", "two"):
                stack.enter_context(running(site.worker(name)))
            ring(site, times=4)
            assert site.comes_true(lambda: site.ask(SENT) == (3,)), site.said
            assert site.comes_true(lambda: len(mail.letters) >= 3)
        assert sorted(str(each["To"]) for each in mail.letters) == [
            "officer@moe.test",
            "officer@ndc.test",
            "officer@nstc.test",
        ]
        assert len({each["Message-ID"] for each in mail.letters}) == 3
        assert all("請補充計算基礎。" in each.get_content() for each in mail.letters)
        assert str(mail.letters[0]["Subject"]).strip() == "【管考】填報內容退回：112 年第 1 季"
