"""Print the versions of a function, and the images of its repository, that nobody needs any more.

    python tools releases.prune PROJECT STAGE REPOSITORY KEEP PROTECTED...

Each line is `version NUMBER` or `image DIGEST`. What is kept: the newest KEEP versions, the PROTECTED ones, and those
that an alias points at; their images, those of every other stage's versions, those of a push that is not deployed yet,
and the digests among PROTECTED, which servers run.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from tools.aws import clients
from tools.releases import versions

STAGES = ("local", "dev", "stage", "prod")


def pointed(functions: Any, function: str) -> set[str]:
    found: set[str] = set()
    for alias in versions.pages(functions, "list_aliases", function, "Aliases"):
        found.add(alias["FunctionVersion"])
        found.update(alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}))
    return found


def superfluous(numbers: list[str], keep: int, needed: set[str]) -> list[str]:
    """The versions that can go; `numbers` is oldest first."""
    newest = set(numbers[-keep:]) if keep else set()
    return [number for number in numbers if number not in newest | needed]


def digests(functions: Any, function: str) -> set[str]:
    """Every image that a version of the function runs; none if there is no such function."""
    try:
        latest = newest(functions, function)
    except functions.exceptions.ResourceNotFoundException:
        return set()
    return {latest} | {version.digest for version in versions.listed(functions, function)}


def newest(functions: Any, function: str) -> str:
    """The image that the next version of the function would run."""
    return versions.image_of(functions, function).partition("@")[2]


def images(registry: Any, repository: str) -> Iterator[dict[str, Any]]:
    """Oldest first."""
    found: list[dict[str, Any]] = []
    for page in registry.get_paginator("describe_images").paginate(repositoryName=repository):
        found += page["imageDetails"]
    yield from sorted(found, key=lambda image: image["imagePushedAt"])


def unneeded(pushed: Iterable[dict[str, Any]], needed: set[str]) -> list[str]:
    """The images, oldest first, before the newest one that a version runs. Later ones may still be deployed."""
    listed = [image["imageDigest"] for image in pushed]
    deployed = [number for number, digest in enumerate(listed) if digest in needed]
    return [digest for digest in listed[: max(deployed, default=0)] if digest not in needed]


def main(project: str, stage: str, repository: str, keep: str, *protected: str) -> None:
    functions, registry = clients.client("lambda"), clients.client("ecr")
    function = f"{project}-{stage}"
    ours = versions.listed(functions, function)
    old = superfluous([version.number for version in ours], int(keep), {*protected, *pointed(functions, function)})
    needed = {newest(functions, function), *protected}
    needed |= {version.digest for version in ours if version.number not in old}
    for other in STAGES:
        if other != stage:
            needed |= digests(functions, f"{project}-{other}")
    for number in old:
        print(f"version {number}")
    for digest in unneeded(images(registry, repository), needed):
        print(f"image {digest}")


if __name__ == "__main__":
    main(*sys.argv[1:])
