"""The versions of a function as a table: which answers, what it is, where it came from, whether it was compared.

python tools releases.versions FUNCTION BUCKET          newest first
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tools.releases import gate_records, invocation

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
        code = functions.get_function(FunctionName=function, Qualifier=version["Version"])["Code"]
        said = DESCRIPTION.match(version.get("Description", ""))
        commit, author = (said["commit"], said["author"]) if said else ("unknown", "unknown")
        image = code.get("ResolvedImageUri", code.get("ImageUri", ""))
        found.append(Version(version["Version"], version["LastModified"], commit, author, image))
    return found


def states(functions: Any, function: str) -> dict[str, str]:
    """By version, what points at it."""
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


def main(function: str, bucket: str) -> None:
    functions, storage = invocation.client("lambda"), invocation.client("s3")
    pointed = states(functions, function)
    rows = [TITLES]
    for version in reversed(listed(functions, function)):
        row = (
            version.number,
            pointed.get(version.number, "-"),
            version.digest[:19],
            version.commit,
            version.published[:16].replace("T", " "),
            version.author,
            gate(gate_records.find(storage, bucket, version.number, version.published)),
        )
        rows.append(row)
    print(table(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
