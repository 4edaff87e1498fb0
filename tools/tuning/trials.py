"""Versions of a deployed function with other memory sizes, which only the tuning calls, and which are deleted.

A version is a copy of the function at that moment, so the function itself is changed for each; `live` and all other
versions stay as they are. The function's description holds its previous settings until they are restored: if the run is
killed, a separate process restores them, and if that is killed too, the next --tune or -d does.

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

from tools.aws import clients

TOOLS = Path(__file__).resolve().parents[1]
WAIT = "--when-stdin-ends"
NO_SNAPSHOTS = "None"
# lib/aws/lambda.sh looks for the first words.
MARK = re.compile(r"tuning, was (\d+) MB, snapshots (\w+): (.*)", re.DOTALL)
MOST_DESCRIPTION = 256
# A new account's limit in megabytes, and Lambda's errors above the limit.
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
        """The settings before the trial, if this is one."""
        found = MARK.match(self.description)
        return Settings(int(found[1]), found[2], found[3]) if found else self

    def trial(self, memory_mb: int) -> Settings:
        """Trials have no snapshots: each would take minutes, and cost money."""
        mark = f"tuning, was {self.memory_mb} MB, snapshots {self.snapshots}: {self.description}"
        return Settings(memory_mb, NO_SNAPSHOTS, mark[:MOST_DESCRIPTION])


class Function:
    def __init__(self, name: str, functions: Any = None) -> None:
        self.name = name
        self._functions = functions or clients.client("lambda")

    @contextmanager
    def trials(self, memories: Sequence[int]) -> Iterator[dict[int, str]]:
        """The version for each memory size that the account allows."""
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
        """The function is restored once the versions exist, before they are measured."""
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
        # AWS refuses a change while it still works on the previous one.
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
        """A guard process waits for this one to end, in whatever way, and restores the function."""
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
