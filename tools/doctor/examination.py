"""Print whether everything that a deployment needs is there, one line per check. Fails if something would stop one.

    python tools doctor.examination FOLDER STAGE [--name COMPLAINT] [--engine COMPLAINT] [--brings-engine] [--no-aws]
        [--json]

The settings are read from the environment. Nothing is changed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import botocore.exceptions

from tools.doctor import account, machine, permissions, servers, stacks
from tools.doctor.checks import Asked, Check

MARKS = {"ok": "ok", "warning": "WARNING", "problem": "PROBLEM"}


def checks(asked: Asked, given: argparse.Namespace) -> Iterator[Check]:
    yield machine.name(asked, given.name)
    yield machine.engine(given.engine, is_brought=given.brings_engine)
    yield machine.disk(Path(os.environ["PIPELINE_HOME"]))
    if given.no_aws:
        yield Check("account", "problem", "not looked at: the local AWS needs a container engine", "start Docker")
    else:
        yield from of_aws(asked)


def of_aws(asked: Asked) -> Iterator[Check]:
    """Without valid credentials nothing else can be checked."""
    again = f"aws configure, or aws sso login, or export AWS_PROFILE=…; then {asked.command('--doctor')}"
    if not asked.region:
        yield Check("credentials", "problem", "no AWS region", f"export AWS_REGION=…; then {asked.command('--doctor')}")
        return
    try:
        who = account.client("sts").get_caller_identity()
    except botocore.exceptions.ConnectionError as error:
        advice = f"check AWS_REGION={asked.region} and the network; then {asked.command('--doctor')}"
        yield Check("credentials", "problem", f"AWS cannot be reached: {error}", advice)
        return
    except account.FAILED as error:
        yield Check("credentials", "problem", f"AWS does not accept them: {error}", again)
        answer = getattr(error, "response", {}).get("ResponseMetadata", {})
        if "HTTPHeaders" in answer:
            yield machine.clock(answer["HTTPHeaders"])
        return
    yield Check("credentials", "ok", f"{who['Arn'].rpartition(':')[2]} in account {who['Account']}, {asked.region}")
    yield machine.clock(who["ResponseMetadata"]["HTTPHeaders"])
    yield from account.each(asked)
    yield account.asking("servers", servers.check, asked)
    yield permissions.check(asked, who["Arn"], who["Account"])
    yield from stacks.each(asked)


def told(found: list[Check]) -> Iterator[str]:
    width = max(len(check.name) for check in found)
    for check in found:
        yield f"{MARKS[check.state]:<8} {check.name:<{width}}  {' '.join(check.words.split())}"
        if check.next:
            yield f"{'':<8} {'':<{width}}  next: {check.next}"


def main(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("stage")
    parser.add_argument("--name", default="")
    parser.add_argument("--engine", default="")
    for flag in ("--brings-engine", "--no-aws", "--json"):
        parser.add_argument(flag, action="store_true")
    given = parser.parse_args(arguments)
    asked = Asked(
        os.environ["PROJECT_LAMBDA"], given.stage, given.folder, os.environ.get("AWS_REGION", ""), dict(os.environ)
    )
    found = list(checks(asked, given))
    if given.json:
        facts = {"model": asked.project, "stage": asked.stage, "checks": [asdict(check) for check in found]}
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join(told(found)))
    return int(any(check.state == "problem" for check in found))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
