"""A template with its parameters filled in, as CloudFormation would read it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tools.stacks.template import Tagged, read

ACCOUNT = "111122223333"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackId": f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/this-stack/0",
    "AWS::URLSuffix": "amazonaws.com",
}


class Template:
    """What cannot be known, such as the address of a resource, is its name."""

    def __init__(self, path: Path, **values: str) -> None:
        self.read = read(path)
        defaults = {
            name: body["Default"] for name, body in self.read.get("Parameters", {}).items() if "Default" in body
        }
        self._values: dict[str, str] = PSEUDO | {name: name for name in self.read["Resources"]} | defaults | values
        # a policy with a name has an address that is known
        for name in self.read["Resources"]:
            if "ManagedPolicyName" in self._properties(name):
                called = self.plain(self._properties(name)["ManagedPolicyName"])
                self._values[name] = f"arn:aws:iam::{ACCOUNT}:policy/{called}"

    def properties(self, resource: str) -> Any:
        return self.plain(self._properties(resource))

    def plain(self, value: Any) -> Any:
        if isinstance(value, Tagged):
            return self._call(value)
        if isinstance(value, dict):
            return {key: self.plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [item for item in map(self.plain, value) if item is not None]
        return value

    def _properties(self, resource: str) -> Any:
        return self.read["Resources"][resource].get("Properties", {})

    def _call(self, tagged: Tagged) -> Any:
        match tagged.tag, tagged.value:
            case "!Ref", "AWS::NoValue":
                return None
            case "!Ref", name:
                return self._values[name]
            case "!GetAtt", name:
                return name
            case "!Sub", text:
                return re.sub(r"\$\{([\w:.]+)\}", self._value, text)
            case "!Not", [condition]:
                return not self.plain(condition)
            case "!Equals", [left, right]:
                return self.plain(left) == self.plain(right)
            case "!If", [name, then, otherwise]:
                return self.plain(then if self.plain(self.read["Conditions"][name]) else otherwise)
        raise NotImplementedError(tagged.tag)

    def _value(self, found: re.Match[str]) -> str:
        return self._values.get(found[1], found[1])
