"""Versions of a deployed function with other memory, which nobody but the tuning asks, and which are deleted.

A version is what the function is at that moment, so the function itself is changed for each; `live` and every other
version stay as they are. What it was before stands in its description until it is that again: if the run is killed, a
process of its own puts it back, and if that is killed too, the next --tune or -d does.

    python tools tuning.trials FUNCTION    puts back what an ended --tune has left
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.exceptions

from tools.releases import clients

TOOLS = Path(__file__).resolve().parents[1]
WAIT = "--when-stdin-ends"
NO_SNAPSHOTS = "None"
# lib/aws/lambda.sh looks for the first words.
MARK = re.compile(r"tuning, was (\d+) MB, snapshots (\w+): (.*)", re.DOTALL)
MOST_DESCRIPTION = 256
# Megabytes; and what Lambda says of more.
OF_A_NEW_ACCOUNT = 3008
TOO_MUCH = ("ValidationException", "InvalidParameterValueException")


@dataclass(frozen=True)
class Settings:
    memory_mb: int
    snapshots: str  # as Lambda calls it, PublishedVersions or None
    description: str

    @staticmethod
    def of(said: dict[str, Any]) -> Settings:
        snapshots = said.get("SnapStart", {}).get("ApplyOn", NO_SNAPSHOTS)
        return Settings(said["MemorySize"], snapshots, said.get("Description", ""))

    @property
    def before(self) -> Settings:
        """What it was, if this is a trial."""
        found = MARK.match(self.description)
        return Settings(int(found[1]), found[2], found[3]) if found else self

    def trial(self, memory_mb: int) -> Settings:
        """Without snapshots: each would take minutes, and be paid for."""
        mark = f"tuning, was {self.memory_mb} MB, snapshots {self.snapshots}: {self.description}"
        return Settings(memory_mb, NO_SNAPSHOTS, mark[:MOST_DESCRIPTION])


class Function:
    def __init__(self, name: str, functions: Any = None) -> None:
        self.name = name
        self._functions = functions or clients.client("lambda")

    @contextmanager
    def trials(self, memories: Sequence[int]) -> Iterator[dict[int, str]]:
        """The version with each memory that the account has."""
        self.put_back()
        with self._guarded():
            try:
                found = self._published(memories)
                for version in found.values():
                    self._await("published_version_active", Qualifier=version)
                yield found
            finally:
                self.put_back()

    def put_back(self) -> None:
        self._set(self._settings().before)
        for version in self._trial_versions():
            self._functions.delete_function(FunctionName=self.name, Qualifier=version)

    def _published(self, memories: Sequence[int]) -> dict[int, str]:
        """The function is back to what it was as soon as they are there, before they are measured."""
        before, found = self._settings(), {}
        try:
            for memory in memories:
                try:
                    self._set(before.trial(memory))
                except botocore.exceptions.ClientError as error:
                    if memory <= OF_A_NEW_ACCOUNT or error.response["Error"]["Code"] not in TOO_MUCH:
                        raise
                    continue
                found[memory] = str(self._functions.publish_version(FunctionName=self.name)["Version"])
        finally:
            self._set(before)
        return found

    def _trial_versions(self) -> list[str]:
        pages = self._functions.get_paginator("list_versions_by_function").paginate(FunctionName=self.name)
        versions = [version for page in pages for version in page["Versions"]]
        found = [each["Version"] for each in versions if MARK.match(each.get("Description", ""))]
        return [version for version in found if version != "$LATEST"]

    def _settings(self) -> Settings:
        return Settings.of(self._functions.get_function_configuration(FunctionName=self.name))

    def _set(self, wanted: Settings) -> None:
        # AWS changes nothing while it still works at the change before.
        self._await("function_updated_v2")
        if self._settings() == wanted:
            return
        self._functions.update_function_configuration(
            FunctionName=self.name,
            MemorySize=wanted.memory_mb,
            SnapStart={"ApplyOn": wanted.snapshots},
            Description=wanted.description,
        )
        self._await("function_updated_v2")

    def _await(self, state: str, **which: str) -> None:
        waiter = self._functions.get_waiter(state)
        waiter.wait(FunctionName=self.name, WaiterConfig={"Delay": 1, "MaxAttempts": 300}, **which)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Somebody waits for this process to end, however it does, and puts back what it has left."""
        guard = subprocess.Popen(
            [sys.executable, str(TOOLS), "tuning.trials", self.name, WAIT],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        assert guard.stdin
        try:
            yield
        finally:
            guard.stdin.close()
            guard.wait()


def main(function: str, *when: str) -> None:
    if WAIT in when:
        sys.stdin.read()
    Function(function).put_back()


if __name__ == "__main__":
    main(*sys.argv[1:])
