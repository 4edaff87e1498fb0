"""Who calls the local AWS: the pipeline, for one model and stage, who may do what caller.yaml says and nothing else.

On AWS an administrator deploys caller.yaml and gives somebody the policies that it makes. Here that is done when the
key `pipeline-PROJECT-STAGE` is first seen in a region (`…~REGISTRY~STACK` where these stacks have names of their own),
and again when caller.yaml has changed: who has extended it types nothing but his command again. MiniStack itself holds
every signed call to the caller's policies (AUTH=true). Its key `test` is the administrator's.
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
# Nothing but deleting it leads on from here.
DEAD = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"}
# Who makes the call under way; nobody if the administrator does, or the local AWS itself.
key: ContextVar[str] = ContextVar("key", default="")
# The caller.yaml that each has been given, by key and region.
_introduced: dict[tuple[str, str], int] = {}
_one_at_a_time = asyncio.Lock()


class CannotBeIntroducedError(Exception):
    """caller.yaml makes no policy."""

    def answer(self) -> bytes:
        message = xml.sax.saxutils.escape(f"caller.yaml cannot be deployed: {self}")
        error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{message}</Message></Error>"
        return f"<ErrorResponse>{error}</ErrorResponse>".encode()


async def enter(headers: dict[str, str]) -> None:
    """Whoever calls is known from here on."""
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
            # in a task, whose context is its own: the account and region of a call are kept there
            await asyncio.create_task(_introduce(called, where[1], known))
            _introduced[where] = version


async def _introduce(called: str, region: str, known: re.Match[str]) -> None:
    key.set("")
    project, stage, registry, stack = (word or "" for word in known.groups())
    name = f"{project}-{stage}"
    # with the region, for else MiniStack would call the policies of two regions the same
    parameters = {"Project": project, "Stage": stage, "Registry": registry, "Stack": stack}
    policies = await _deploy(f"{name}-{region}-caller", region, **parameters)
    await _ask("iam", region, Action="CreateUser", UserName=name)
    for policy in policies:
        await _ask("iam", region, Action="AttachUserPolicy", UserName=name, PolicyArn=policy)
    # A key with a name of its own, which no call of IAM's makes.
    iam._access_keys[called] = {
        "UserName": name,
        "AccessKeyId": called,
        "SecretAccessKey": SECRET,
        "Status": "Active",
        "CreateDate": iam._now(),
    }


async def _deploy(stack: str, region: str, **parameters: str) -> list[str]:
    """The addresses of the policies that caller.yaml makes."""
    said = {"StackName": stack, "TemplateBody": TEMPLATE.read_text(), "Capabilities.member.1": "CAPABILITY_NAMED_IAM"}
    for number, (name, value) in enumerate(parameters.items(), 1):
        said[f"Parameters.member.{number}.ParameterKey"] = name
        said[f"Parameters.member.{number}.ParameterValue"] = value
    if (await _state(stack, region)).get("StackStatus") in DEAD:
        await _ask("cloudformation", region, Action="DeleteStack", StackName=stack)
        # it is deleted a moment later, and is there until then
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
    """Its status, and its outputs by their keys; nothing if there is no stack."""
    status, answer = await _ask("cloudformation", region, Action="DescribeStacks", StackName=stack)
    if status != HTTPStatus.OK:
        return {}
    found = re.findall(r"<(StackStatus)>(.*?)</", answer)
    return dict(found + re.findall(r"<OutputKey>(.*?)</OutputKey>\s*<OutputValue>(.*?)</OutputValue>", answer))


async def _ask(service: str, region: str, **form: str) -> tuple[int, str]:
    """As the administrator, without a detour over the network."""
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
