"""What the policies of caller.yaml allow, and which permissions CloudFormation needs to deploy the templates."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from pipeline_runs import FOLDERS, ROOT
from resolved import Template
from tools.local_aws import handlers
from tools.stacks import model, template

IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/x@sha256:" + "0" * 64
SERVERS = ROOT / "deploy" / "elastic-beanstalk.yaml"
BATCHES = ROOT / "batch.yaml"
# The policies of everybody who deploys.
CALLER = ("Caller", "ModelCaller")
# The account that --promote takes from.
SOURCE = "444455556666"
OPERATIONS = ("create", "update", "delete")


@functools.cache
def caller(project: str = "x-example", stage: str = "dev") -> Template:
    source = {"SourceAccount": SOURCE, "SourceRegion": "eu-west-1", "SourceRole": f"arn:aws:iam::{SOURCE}:role/asked"}
    return Template(ROOT / "caller.yaml", Project=project, Stage=stage, Servers="on", **source)


def document(policy: str, project: str = "x-example", stage: str = "dev") -> Any:
    return caller(project, stage).properties(policy)["PolicyDocument"]


def allowed(*policies: str) -> set[str]:
    """The actions, or patterns of actions, that these policies allow on some resource."""
    return {name for policy in policies for name in actions(document(policy)["Statement"])}


def actions(statements: list[Any]) -> Iterator[str]:
    for statement in statements:
        if statement["Effect"] == "Allow":
            named = statement["Action"]
            yield from [named] if isinstance(named, str) else named


def permits(patterns: set[str], name: str) -> bool:
    return any(handlers.matches(name, pattern) for pattern in patterns)


def needed_by_stacks() -> set[str]:
    """The actions that the registry and the models' own stacks need."""
    return {name for path in model_templates() for name in needed_by(path)}


def model_templates() -> list[Path]:
    return [ROOT / "registry.yaml", *FOLDERS]


@functools.cache
def needed_by(path: Path) -> set[str]:
    """The actions to make, change and delete each resource, with the stack's tags if it can have tags."""
    found: set[str] = set()
    for resource in resources(path).values():
        kind = resource["Type"]
        assert handlers.schema(kind), f"{kind} has no schema"
        properties = resource.get("Properties", {}) | {"Tags": ["of the stack"]}
        found.update(name for operation in OPERATIONS for name in handlers.needed(kind, operation, properties))
    return found


def resources(path: Path) -> dict[str, Any]:
    """The resources of a template or a model's folder, with SAM's own resources expanded."""
    found = model.read(path) if path.is_dir() else template.read(path)
    if "Transform" not in found:
        assert isinstance(found["Resources"], dict)
        return found["Resources"]
    template.fill(found, {"ImageUri": IMAGE})
    written_out = translated(json.loads(json.dumps(found, default=_long_form)))["Resources"]
    assert isinstance(written_out, dict)
    return written_out


def translated(found: dict[str, Any]) -> dict[str, Any]:
    # the translator inserts the name of its own region
    with patch.dict(os.environ, AWS_DEFAULT_REGION="eu-central-1"):
        result = Translator(_Managed(), Parser()).translate(found, {})
    assert isinstance(result, dict)
    return result


class _Managed(dict[str, str]):
    """The ARNs of AWS managed policies, by name."""

    def __missing__(self, name: str) -> str:
        return f"arn:aws:iam::aws:policy/{name}"


def _long_form(tagged: template.Tagged) -> Any:
    if tagged.tag == "!Ref":
        return {"Ref": tagged.value}
    if tagged.tag == "!GetAtt":
        return {"Fn::GetAtt": tagged.value.split(".", 1)}
    return {"Fn::" + tagged.tag[1:]: tagged.value}
