"""The versions of a function as a table: which one is live, what it runs, where it came from, and its gate.

python tools releases.versions FUNCTION BUCKET [--json]          newest first
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tools.aws import clients
from tools.releases import gate_records

DESCRIPTION = re.compile(r"^(?P<commit>\S+) by (?P<author>.+?)(, begun \S+)?, release (?P<release>\w+)$")
TITLES = ("VERSION", "STATE", "DIGEST", "COMMIT", "PUBLISHED", "BY", "GATE")


@dataclass(frozen=True)
class Version:
    number: str
    published: str
    commit: str
    author: str
    image: str

    @property
    def digest(self) -> str:
        return self.image.partition("@")[2]


def pages(functions: Any, operation: str, function: str, key: str) -> Iterator[dict[str, Any]]:
    for page in functions.get_paginator(operation).paginate(FunctionName=function):
        yield from page[key]


def listed(functions: Any, function: str) -> list[Version]:
    """Oldest first, without $LATEST, which nobody calls."""
    found = []
    for version in pages(functions, "list_versions_by_function", function, "Versions"):
        if version["Version"] == "$LATEST":
            continue
        said = DESCRIPTION.match(version.get("Description", ""))
        commit, author = (said["commit"], said["author"]) if said else ("unknown", "unknown")
        image = image_of(functions, function, Qualifier=version["Version"])
        found.append(Version(version["Version"], version["LastModified"], commit, author, image))
    return found


def image_of(functions: Any, function: str, **version: str) -> str:
    code = functions.get_function(FunctionName=function, **version)["Code"]
    return str(code.get("ResolvedImageUri", code.get("ImageUri", "")))


def states(functions: Any, function: str) -> dict[str, str]:
    """The state of each version that the live alias points at."""
    found: dict[str, str] = {}
    for alias in pages(functions, "list_aliases", function, "Aliases"):
        if alias["Name"] == "live":
            found[alias["FunctionVersion"]] = "live"
            for version, share in alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {}).items():
                found[version] = f"canary {share:.0%}"
    return found


def gate(record: gate_records.Record | None) -> str:
    if record is None:
        return "not asked"
    return f"passed ({record.sent})" if record.passed else f"failed ({record.failed} of {record.sent})"


def table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def row(version: Version, state: str, record: gate_records.Record | None) -> tuple[str, ...]:
    published = version.published[:16].replace("T", " ")
    return version.number, state or "-", version.digest[:19], version.commit, published, version.author, gate(record)


def facts(version: Version, state: str, record: gate_records.Record | None) -> dict[str, Any]:
    """For programs."""
    asked = {"passed": record.passed, "sent": record.sent, "failed": record.failed} if record else None
    note = record.note if record else ""
    return asdict(version) | {"digest": version.digest, "state": state or None, "gate": asked, "note": note}


def main(function: str, bucket: str, form: str = "") -> None:
    functions, storage = clients.client("lambda"), clients.client("s3")
    pointed = states(functions, function)
    found = [
        (
            version,
            pointed.get(version.number, ""),
            gate_records.find(storage, bucket, version.number, version.published),
        )
        for version in reversed(listed(functions, function))
    ]
    if form == "--json":
        print(json.dumps([facts(*one) for one in found], indent=2))
    else:
        print(table([TITLES, *(row(*one) for one in found)]))


if __name__ == "__main__":
    main(*sys.argv[1:])
