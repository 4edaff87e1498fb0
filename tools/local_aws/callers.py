"""The callers of the local AWS: the pipeline, for one model and stage, with exactly the rights of caller.yaml.

On AWS an administrator deploys caller.yaml and attaches its policies to somebody. Here that happens when the key
`pipeline-PROJECT-STAGE` is first seen in a region (`…~REGISTRY~STACK` if these stacks have names of their own), and
again after caller.yaml has changed: whoever extends it just repeats their command. MiniStack itself checks every signed
call against the caller's policies (AUTH=true). Its key `test` is the administrator's.
"""

from __future__ import annotations

import asyncio
import html
import re
import urllib.parse
import xml.sax.saxutils
from contextvars import ContextVar
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ministack.app import AUTH
from ministack.app import app as ministack
from ministack.core.router import extract_access_key_id, extract_region
from ministack.services import iam

Message = dict[str, Any]
TEMPLATE = Path(__file__).resolve().parents[2] / "caller.yaml"
SECRET = "pipeline"  # noqa: S105  (of nobody outside this machine)
KEY = re.compile(r"pipeline-([a-z][a-z0-9-]*)-(local|dev|stage|prod)(?:~([\w-]+)~([\w-]+))?")
DONE = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
# A stack in these states can only be deleted.
DEAD = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}
# The key of the current call; empty for the administrator and for the local AWS itself.
key: ContextVar[str] = ContextVar("key", default="")
# The version of caller.yaml that each caller got, by key and region.
_introduced: dict[tuple[str, str], int] = {}
_one_at_a_time = asyncio.Lock()


class CannotBeIntroducedError(Exception):
    """caller.yaml cannot be deployed."""

    def answer(self) -> bytes:
        message = xml.sax.saxutils.escape(f"caller.yaml cannot be deployed: {self}")
        error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error>"
        return f"<ErrorResponse>{error}</ErrorResponse>".encode()


async def enter(headers: dict[str, str]) -> None:
    """Make sure that the caller of this request exists, with its policies."""
    called = extract_access_key_id(headers)
    known = KEY.fullmatch(called)
    key.set(called if known and AUTH else "")
    if not known or not AUTH:
        return
    where = called, extract_region(headers)
    version = TEMPLATE.stat().st_mtime_ns
    if _introduced.get(where) == version:
        return
    async with _one_at_a_time:
        if _introduced.get(where) != version:
            # in a task, which has a context of its own: a call's account and region are kept in the context
            await asyncio.create_task(_introduce(called, where[1], known))
            _introduced[where] = version


async def _introduce(called: str, region: str, known: re.Match[str]) -> None:
    key.set("")
    project, stage, registry, stack = (word or "" for word in known.groups())
    name = f"{project}-{stage}"
    # the stack's name has the region, or MiniStack would give the policies of two regions the same name
    parameters = {"Project": project, "Stage": stage, "Registry": registry, "Stack": stack}
    policies = await _deploy(f"{name}-{region}-caller", region, **parameters)
    await _ask("iam", region, Action="CreateUser", UserName=name)
    for policy in policies:
        await _ask("iam", region, Action="AttachUserPolicy", UserName=name, PolicyArn=policy)
    # A key with a fixed name, which no call of IAM can create.
    iam._access_keys[called] = {
        "UserName": name,
        "AccessKeyId": called,
        "SecretAccessKey": SECRET,
        "Status": "Active",
        "CreateDate": iam._now(),
    }


async def _deploy(stack: str, region: str, **parameters: str) -> list[str]:
    """The ARNs of the policies that caller.yaml makes."""
    said = {"StackName": stack, "TemplateBody": TEMPLATE.read_text(), "Capabilities.member.1": "CAPABILITY_NAMED_IAM"}
    for number, (name, value) in enumerate(parameters.items(), 1):
        said[f"Parameters.member.{number}.ParameterKey"] = name
        said[f"Parameters.member.{number}.ParameterValue"] = value
    if (await _state(stack, region)).get("StackStatus") in DEAD:
        await _ask("cloudformation", region, Action="DeleteStack", StackName=stack)
        # the deletion begins a moment later
        await asyncio.sleep(0.1)
        await _settled(stack, region)
    verb = "UpdateStack" if await _state(stack, region) else "CreateStack"
    status, answer = await _ask("cloudformation", region, Action=verb, **said)
    if status != HTTPStatus.OK and "No updates are to be performed" not in answer:
        raise CannotBeIntroducedError(_first("Message", answer))
    state = await _settled(stack, region)
    if status == HTTPStatus.OK and state.get("StackStatus") not in DONE:
        _, events = await _ask("cloudformation", region, Action="DescribeStackEvents", StackName=stack)
        raise CannotBeIntroducedError(_first("ResourceStatusReason", events))
    return [value for output, value in state.items() if output.endswith("PolicyArn")]


async def _settled(stack: str, region: str) -> dict[str, str]:
    while (state := await _state(stack, region)).get("StackStatus", "").endswith("_IN_PROGRESS"):
        await asyncio.sleep(0.01)
    return state


def _first(element: str, answer: str) -> str:
    found = re.search(rf"<{element}>(.+?)</", answer)
    return html.unescape(found[1]) if found else answer


async def _state(stack: str, region: str) -> dict[str, str]:
    """The stack's status, and its outputs by key; empty if there is no stack."""
    status, answer = await _ask("cloudformation", region, Action="DescribeStacks", StackName=stack)
    if status != HTTPStatus.OK:
        return {}
    found = re.findall(r"<(StackStatus)>(.*?)</", answer)
    return dict(found + re.findall(r"<OutputKey>(.*?)</OutputKey>\s*<OutputValue>(.*?)</OutputValue>", answer))


async def _ask(service: str, region: str, **form: str) -> tuple[int, str]:
    """A call as the administrator, in this process."""
    signed = (
        f"AWS4-HMAC-SHA256 Credential=test/20260101/{region}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
    headers = {"host": "localhost", "authorization": signed, "content-type": "application/x-www-form-urlencoded"}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": urllib.parse.urlencode(form).encode(), "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await ministack(scope, receive, send)
    return int(sent[0]["status"]), b"".join(message.get("body", b"") for message in sent).decode()
