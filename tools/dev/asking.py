"""The folder's events, sent to the handler after a save, while the loop goes on looking for the next one."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from tools.dev import words
from tools.releases import event_files, events


class GivenUp(Exception):
    """The handler that was asked is not the newest any more."""


class Asking:
    def __init__(self, address: str, folder: Path) -> None:
        self._address, self._events = address, folder / "events"
        self._given_up = threading.Event()
        # Who stands at a breakpoint may stand there for an hour; nobody waits for that at the end.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def give_up(self) -> None:
        self._given_up.set()

    def _run(self) -> None:
        try:
            failed, sent = events.failures(self._ask, event_files.read_all(self._events))
        except event_files.Broken as problem:
            words.say("events", str(problem))
        except GivenUp:
            return
        else:
            words.say("events", f"{failed} of {sent} differ" if failed else f"{sent} as expected")

    def _ask(self, request: dict[str, Any]) -> tuple[int, Any]:
        marked = {**request, "headers": {**request.get("headers", {}), words.EVENT: "1"}}
        try:
            answer = events.send(self._address, marked, timeout=None)
        except events.NO_ANSWER:
            if self._given_up.is_set():
                raise GivenUp from None
            raise
        if self._given_up.is_set():
            raise GivenUp
        return answer
