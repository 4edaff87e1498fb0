"""Sends the folder's events to the handler after a save, while the loop keeps watching for the next one."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from tools.dev import words
from tools.releases import event_files, events


class GivenUp(Exception):
    """The handler that was asked has been replaced."""


class Asking:
    def __init__(self, address: str, folder: Path) -> None:
        self._address, self._events = address, folder / "events"
        self._given_up = threading.Event()
        # A request may sit at a breakpoint for an hour; a daemon thread does not delay the exit.
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
