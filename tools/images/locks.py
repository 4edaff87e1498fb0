"""Lock files with lines for one machine only: `tensorflow==2.21.0 ; platform_machine == 'aarch64'`.

pip evaluates such a condition on the machine that it runs on. What it fetches here runs elsewhere.
"""

from __future__ import annotations

PYTHON = "3.11"
# AWS's names, and Linux's.
MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}


def applicable(lock: str, architecture: str) -> str:
    """The lines that apply to Linux on that architecture, without their conditions."""
    kept = [without_condition(line, architecture) for line in lock.replace("\\\n", "\\\\").splitlines()]
    return "".join(f"{line}\n" for line in kept if line is not None).replace("\\\\", "\\\n")


def without_condition(line: str, architecture: str) -> str | None:
    asked, _, hashes = line.partition("\\\\")
    if asked.startswith("#") or ";" not in asked:
        return line
    # In a dry run on a fresh machine this package is missing, and usually not needed.
    from packaging.requirements import Requirement

    requirement = Requirement(asked.strip())
    assert requirement.marker
    if not requirement.marker.evaluate(environment(architecture)):
        return None
    requirement.marker = None
    return f"{requirement} \\\\{hashes}"


def environment(architecture: str) -> dict[str, str]:
    return {
        "implementation_name": "cpython",
        "implementation_version": f"{PYTHON}.0",
        "os_name": "posix",
        "platform_machine": MACHINES[architecture],
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"{PYTHON}.0",
        "python_version": PYTHON,
        "sys_platform": "linux",
    }
