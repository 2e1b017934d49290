"""What runs is kept running: a part that dies is started again, sooner or later, and it is said.

Knows parts by name only; starting them first and stopping them last is for whoever owns them.
"""

import signal
import threading
import time
from collections.abc import Sequence
from types import FrameType

from portal.embedded.processes import Child
from portal.embedded.words import Refusal, say

LONGEST_WAIT = 30.0
# A part that has lived this long is well again: its next death is waited for as briefly as its first.
WELL_AFTER = 60.0


class StopRequested(Exception):
    """Somebody pressed Ctrl-C, or the system asked us to end."""


class StopSignals:
    """Turns the signals that ask for an end into an exception at the next pause, so that no act is cut in half."""

    def __init__(self) -> None:
        self._asked = threading.Event()

    def install(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._asked.set()

    def pause(self, seconds: float) -> None:
        if self._asked.wait(seconds):
            raise StopRequested


class Supervisor:
    """Looks after started parts. `watch` returns never; it ends with StopRequested."""

    def __init__(self, parts: Sequence[Child], stop_signals: StopSignals) -> None:
        self.parts = list(parts)
        self._stop_signals = stop_signals
        self._deaths = {part.name: 0 for part in self.parts}
        self._started = {part.name: time.monotonic() for part in self.parts}
        self._due: dict[str, float] = {}

    def watch(self) -> None:
        while True:
            self.look(time.monotonic())
            self._stop_signals.pause(0.2)

    def look(self, now: float) -> None:
        """Note who died, and start again whoever has waited long enough."""
        for part in self.parts:
            if part.name in self._due:
                if now >= self._due[part.name]:
                    self._start_again(part)
            elif not part.running:
                self._note_death(part, now)

    def _note_death(self, part: Child, now: float) -> None:
        if now - self._started[part.name] > WELL_AFTER:
            self._deaths[part.name] = 0
        wait = min(LONGEST_WAIT, 2.0 ** self._deaths[part.name] - 1)
        self._deaths[part.name] += 1
        self._due[part.name] = now + wait
        say(
            f"{part.name} 意外結束（{part.exit_code}），{wait:.0f} 秒後重新啟動。",
            f"{part.name} ended unexpectedly ({part.exit_code}); starting it again in {wait:.0f} s.",
        )

    def _start_again(self, part: Child) -> None:
        del self._due[part.name]
        part.clear()
        try:
            part.start(self._stop_signals.pause)
        except Refusal as refusal:
            # The servers under repair stay under repair: the next look tries again, later.
            say(*str(refusal).rsplit("\n", 1))
        else:
            say(f"{part.name} 已重新啟動（{part.pid}）。", f"{part.name} is running again ({part.pid}).")
        self._started[part.name] = time.monotonic()
