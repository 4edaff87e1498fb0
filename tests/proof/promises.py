"""What SECURITY.md promises, by the words that each promise begins with there, and what tries it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    name: str
    kinds: tuple[str, ...] = ()
    # Files and folders of tests.
    suites: tuple[str, ...] = ()


PROMISES = (
    Promise(
        "Pictures and requests",
        ("pictures", "envelopes", "bodies", "requests"),
        ("tests/serving/pictures/test_hostile.py", "tests/serving/requests", "tests/serving/server/test_connection.py"),
    ),
    Promise("Addresses", ("addresses", "origins"), ("tests/serving/fetching",)),
    Promise("Logs", ("envelopes", "bodies"), ("tests/serving/test_log.py", "tests/serving/test_streams.py")),
    Promise("Models are data", (), ("tests/serving/storage/test_artefacts.py",)),
    Promise("Containers", (), ("tests/images/test_limits.py",)),
    Promise("Rights", (), ("tests/ci/test_escalation.py", "tests/ci/test_ci_role.py")),
    Promise("Names and values", (), ("tests/pipeline/test_hostile_values.py",)),
    Promise("Builds", (), ("tests/tools/images/test_locks.py", "tests/tools/images/test_sbom.py")),
)
