"""Images for arm64 answer as those for x86-64 do. What is here of an arm64 machine is an emulator, which is slow."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from pipeline_runs import FOLDERS, Home
from tools.images import weights

EMULATOR = Path("/proc/sys/fs/binfmt_misc/qemu-aarch64")
ARM64 = {"ARCHITECTURE_LAMBDA": "arm64"}


@pytest.mark.emulated_arm64
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_arm64_image_answers_its_events(folder: Path, home: Home) -> None:
    assert platform.machine() == "aarch64" or EMULATOR.exists(), "apt-get install qemu-user-static binfmt-support"
    shipped = {"WEIGHTS": weights.shipped(folder)} if (folder / "weights.toml").exists() else {}
    run = home.run("-s", "local", "-r", "-p", str(folder), "-d", "-t", env=ARM64 | shipped, timeout=1500).checked()
    assert run.api_url
