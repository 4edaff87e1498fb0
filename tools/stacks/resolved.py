"""A template with its parameters filled in, as CloudFormation would read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tools.stacks.template import Tagged


class Template:
    """Values that are unknown before the deployment, such as a resource's ARN, are the resource's name instead."""

    def __init__(self, read: dict[str, Any], values: Mapping[str, str]) -> None:
        """`values` includes pseudo parameters such as AWS::Region."""
        self.read = read
        defaults = {name: body["Default"] for name, body in read.get("Parameters", {}).items() if "Default" in body}
        self._values: dict[str, Any] = {name: name for name in read["Resources"]} | defaults | dict(values)
        # a policy with a fixed name has a known ARN
        for name in read["Resources"]:
            if "ManagedPolicyName" in self._properties(name):
                called = self.plain(self._properties(name)["ManagedPolicyName"])
                arn = Tagged("!Sub", "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/" + called)
                self._values[name] = self.plain(arn)

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

    def holds(self, condition: str) -> bool:
        return bool(self.plain(self.read["Conditions"][condition]))

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
            case "!Sub", str(text):
                return re.sub(r"\$\{([\w:.]+)\}", self._value, text).replace("${!", "${")
            case "!Condition", name:
                return self.holds(name)
            case "!Not", [condition]:
                return not self.plain(condition)
            case "!And", conditions:
                return all(map(self.plain, conditions))
            case "!Or", conditions:
                return any(map(self.plain, conditions))
            case "!Equals", [left, right]:
                return str(self.plain(left)) == str(self.plain(right))
            case "!If", [name, then, otherwise]:
                return self.plain(then if self.holds(name) else otherwise)
            case "!Split", [separator, value]:
                return str(self.plain(value)).split(separator)
        raise ValueError(f"{tagged.tag} cannot be read here")

    def _value(self, found: re.Match[str]) -> str:
        return str(self._values.get(found[1], found[1]))
