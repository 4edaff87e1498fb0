"""Lock files with lines that hold for one machine only."""

from __future__ import annotations

import pytest

from tools.images import locks

LOCK = """# of two machines
general==1.0 ; platform_machine == 'aarch64' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
small==1.0 ; platform_machine != 'aarch64' \\
    --hash=sha256:cc
windows==1.0 ; sys_platform == 'win32' \\
    --hash=sha256:dd
shared[extra]==2.0 \\
    --hash=sha256:ee
"""


@pytest.mark.parametrize(
    ("architecture", "kept"),
    [("arm64", ["general==1.0", "aa", "bb", "shared[extra]==2.0", "ee"]), ("x86_64", ["small==1.0", "cc", "ee"])],
)
def test_a_machine_gets_the_lines_that_hold_for_it(architecture: str, kept: list[str]) -> None:
    found = locks.applicable(LOCK, architecture)
    assert all(word in found for word in kept)
    assert ";" not in found
    assert "windows" not in found
    assert len([line for line in found.splitlines() if line[0].isalpha()]) == 2


def test_a_lock_without_conditions_stays_as_it_is() -> None:
    lock = "# one\nshared==2.0 \\\n    --hash=sha256:ee\n"
    assert locks.applicable(lock, "arm64") == lock
