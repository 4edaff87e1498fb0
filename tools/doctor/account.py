"""The account and region: their quotas, and the policies and images in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import botocore.config
import botocore.exceptions
import botocore.parsers

from tools.doctor import reservations
from tools.doctor.checks import Asked, Check

CONFIG = botocore.config.Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 2})
# An answer that does not come from AWS, such as a proxy's page, is a failure too.
FAILED = (
    botocore.exceptions.ClientError,
    botocore.exceptions.BotoCoreError,
    botocore.parsers.ResponseParserError,
)
Ask = Callable[[Asked], Check]

# The default per account and region: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
APIS = 600
# For a function: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
NEW_ACCOUNTS_MB = 3008
GB = 10**9
LARGEST_IMAGE_GB = 10


def client(service: str) -> Any:
    make: Any = boto3.client
    return make(service, config=CONFIG)


def code(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def each(asked: Asked) -> Iterator[Check]:
    for name, ask in (
        ("concurrency", concurrency),
        ("memory", memory),
        ("architecture", architecture),
        ("snapshots", snapshots),
        ("HTTP APIs", apis),
        ("boundary", boundary),
        ("image", image),
    ):
        yield asking(name, ask, asked)


def asking(name: str, ask: Ask, asked: Asked) -> Check:
    """A question that AWS does not answer gives a warning and stops nothing."""
    try:
        return ask(asked)
    except FAILED as error:
        return Check(name, "warning", f"could not be checked: {error}")


def concurrency(asked: Asked) -> Check:
    wanted, room = asked.number("CONCURRENCY_LAMBDA"), reservations.ask(client("lambda"), asked.name)
    words = f"{room.every} requests at once in {asked.region}, {room.free} of them not reserved"
    if wanted > room.most:
        words += f"; {wanted} cannot be reserved, for {room.kept} must stay"
        return Check("concurrency", "problem", words, f"{reservations.MORE}; or CONCURRENCY_LAMBDA={room.most}")
    worst = asked.number("RATE_LAMBDA") * asked.number("TIMEOUT_LAMBDA")
    if worst > room.free and not wanted and asked.stage != "local":
        words += f"; RATE_LAMBDA lets {worst} in, if each takes as long as it may"
        return Check("concurrency", "warning", words, f"{reservations.MORE}; or a lower RATE_LAMBDA")
    return Check("concurrency", "ok", words)


def memory(asked: Asked) -> Check:
    """No call tells the memory limit of an account: a new account has less."""
    wanted = asked.number("MEMORY_LAMBDA")
    if wanted <= NEW_ACCOUNTS_MB or asked.stage == "local":
        return Check("memory", "ok", f"{wanted} MB, which every account has")
    words = f"{wanted} MB; it cannot be asked whether this account has more than the {NEW_ACCOUNTS_MB} of a new one"
    return Check("memory", "warning", words, f"ask AWS's support for more; or MEMORY_LAMBDA={NEW_ACCOUNTS_MB}")


def architecture(asked: Asked) -> Check:
    """No call tells which processors a region has."""
    wanted = asked.settings["ARCHITECTURE_LAMBDA"]
    if wanted == "x86_64":
        return Check("architecture", "ok", "x86_64, which every region has")
    words = f"{wanted}; it cannot be asked whether {asked.region} has it"
    return Check("architecture", "warning", words, "https://aws.amazon.com/lambda/pricing/ has its price, by region")


def snapshots(asked: Asked) -> Check:
    if asked.settings["SNAPSTART_LAMBDA"] == "off":
        return Check("snapshots", "ok", "SNAPSTART_LAMBDA=off, which every region takes")
    words = f"SNAPSTART_LAMBDA=on; it cannot be asked whether {asked.region} has it for images"
    return Check(
        "snapshots", "warning", words, "https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html has the regions"
    )


def apis(asked: Asked) -> Check:
    pages = client("apigatewayv2").get_paginator("get_apis").paginate()
    names = [str(api["Name"]) for page in pages for api in page["Items"]]
    words = f"{len(names)} in {asked.region}, of {APIS} by default"
    if len(names) < APIS or asked.name in names:
        return Check("HTTP APIs", "ok", words)
    return Check(
        "HTTP APIs", "problem", words, "delete some, or ask for more: https://console.aws.amazon.com/servicequotas"
    )


def boundary(asked: Asked) -> Check:
    """No role can be made without its boundary."""
    name = f"{asked.name}-{asked.region}-boundary"
    if has_policy(name, {"NoSuchEntity"}):
        return Check("boundary", "ok", name)
    return Check("boundary", "problem", f"there is no policy {name}", asked.caller_stack)


def has_policy(name: str, absent: set[str]) -> bool:
    """Whether this account has the policy; the error codes in `absent` mean that it does not."""
    who = client("sts").get_caller_identity()
    partition = who["Arn"].split(":")[1]
    try:
        client("iam").get_policy(PolicyArn=f"arn:{partition}:iam::{who['Account']}:policy/{name}")
    except botocore.exceptions.ClientError as error:
        if code(error) not in absent:
            raise
        return False
    return True


def image(asked: Asked) -> Check:
    """The size in the registry, which is compressed; Lambda's limit applies to the unpacked image."""
    try:
        pages = client("ecr").get_paginator("describe_images").paginate(repositoryName=asked.name)
        found = [image for page in pages for image in page["imageDetails"]]
    except botocore.exceptions.ClientError as error:
        if code(error) != "RepositoryNotFoundException":
            raise
        found = []
    if not found:
        return Check("image", "ok", f"none pushed yet; Lambda takes {LARGEST_IMAGE_GB} GB")
    size = int(max(found, key=lambda image: image["imagePushedAt"])["imageSizeInBytes"]) / GB
    words = f"{size:.2f} GB as it was pushed last; Lambda takes {LARGEST_IMAGE_GB} GB unpacked"
    return Check(
        "image", "problem" if size > LARGEST_IMAGE_GB else "warning" if size > LARGEST_IMAGE_GB / 3 else "ok", words
    )
