"""The result of a check, and the context that every check gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Check:
    """A problem would stop a deployment, a warning would not."""

    name: str
    state: State
    words: str
    next: str = ""


@dataclass(frozen=True)
class Asked:
    """The model and stage that are checked."""

    project: str
    stage: str
    folder: str
    region: str
    settings: Mapping[str, str]  # the environment, in which defaults.env and model.env are

    def number(self, setting: str) -> int:
        return int(self.settings[setting])

    @property
    def name(self) -> str:
        return f"{self.project}-{self.stage}"

    def command(self, *arguments: str) -> str:
        return " ".join(("bash pipeline.sh", "-s", self.stage, "-m", self.folder, *arguments))

    @property
    def caller_stack(self) -> str:
        """The command by which an administrator makes the policies."""
        return (
            f"as administrator: aws cloudformation deploy --stack-name {self.name}-caller --template-file caller.yaml "
            f"--capabilities CAPABILITY_NAMED_IAM --parameter-overrides Project={self.project} Stage={self.stage}"
        )
