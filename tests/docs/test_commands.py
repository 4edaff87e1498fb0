"""Commands on the pages can be typed: AWS has what they call, and the pipeline the options that they give."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from pipeline_runs import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# The AWS CLI's own, of every call.
EVERYWHERE = {"query", "output", "max-items", "region", "profile", "no-paginate"}
# What the CLI has beside the services' own operations.
OF_THE_CLI = {"cloudformation deploy", "s3 cp", "s3 rm", "sso login", "ecr get-login-password"}
NOT_ASKED_HERE = {"configure"}


@cache
def service(name: str) -> Any:
    return botocore.session.Session().get_service_model({"s3api": "s3"}.get(name, name))


def commands(page: Path) -> Iterator[list[str]]:
    """`aws SERVICE OPERATION --OPTION…`, wherever on a page."""
    code = re.findall(r"```.*?```|`[^`]+`", page.read_text(), re.DOTALL)
    text = "\n".join(code).replace("\\\n", " ")
    for found in re.finditer(r"(?:^|[`(\s])aws ([a-z0-9-]+) ([a-z0-9-]+)([^`|;)\n]*)", text, re.MULTILINE):
        if found[1] not in NOT_ASKED_HERE and re.fullmatch(r"[a-z][a-z0-9-]+", found[2]):
            yield [found[1], found[2], *re.findall(r"--([a-z][a-z0-9-]*)", re.sub(r"'[^']*'|\"[^\"]*\"", "", found[3]))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_call_of_aws_is_one_that_aws_has(page: Path) -> None:
    for name, verb, *options in commands(page):
        if f"{name} {verb}" in OF_THE_CLI:
            continue
        operations = {xform_name(operation, "-"): operation for operation in service(name).operation_names}
        assert verb in operations, f"aws {name} {verb}"
        members = service(name).operation_model(operations[verb]).input_shape.members
        known = {xform_name(member, "-") for member in members} | EVERYWHERE
        assert set(options) <= known, f"aws {name} {verb}"


def test_the_first_time_has_commands_to_read() -> None:
    assert len(list(commands(ROOT / "docs" / "first-time-on-aws.md"))) >= 15


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_an_option_of_the_pipelines_is_one_that_it_has(page: Path) -> None:
    known = set(re.findall(r"^\t'(-\S+) ", (ROOT / "lib/command/option_table.sh").read_text(), re.MULTILINE))
    for line in re.findall(r"(?:bash pipeline\.sh|(?:^|[;`(] ?|time )p) (-[^`#\n]*)", page.read_text(), re.MULTILINE):
        given = [word for word in shlex.split(line.split(";")[0].split("|")[0].split(")")[0]) if word.startswith("-")]
        letters = [f"-{letter}" for word in given if re.fullmatch(r"-[a-z]{2,}", word) for letter in word[1:]]
        assert {word for word in given if not re.fullmatch(r"-[a-z]{2,}", word)} | set(letters) <= known, line
