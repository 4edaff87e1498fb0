"""Images for another machine than the one that builds."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.faults import STAND_IN, assert_explained, docker_that_cannot, path_with, steps
from pipeline_runs import Home
from tools.images import root_image

OTHER = "x86_64" if platform.machine() in ("aarch64", "arm64") else "arm64"
BASE = "test/base:of-two-machines"
KEPT = f"pipeline/base-{OTHER}:test_base_of-two-machines"
ENVIRONMENT = {"ARCHITECTURE_LAMBDA": OTHER}


def inspected(image: str, wanted: str) -> str:
    return subprocess.check_output(["docker", "image", "inspect", "--format", wanted, image], text=True).strip()


@pytest.fixture
def base(deployed: str) -> Iterator[str]:
    """A base image that this machine has for itself, and nobody has pulled for the other."""
    subprocess.run(["docker", "tag", STAND_IN, BASE], check=True)
    yield BASE
    subprocess.run(["docker", "image", "rm", "--force", BASE, KEPT], check=True, capture_output=True)


def test_the_base_of_another_machine_leaves_this_ones_alone(
    home: Home, folder_copy: Path, base: str, tmp_path: Path
) -> None:
    """What is pulled for the other machine takes the name from this one's; the pipeline gives it back."""
    home.run("-s", "local", "-r", "-p", str(folder_copy), env=ENVIRONMENT).checked()  # which makes a stand-in
    pull = f'if [[ $1 == pull ]]; then exec "$REAL" tag {STAND_IN}-{OTHER} "${{@: -1}}"; fi; exec "$REAL" "$@"'
    named = {"PATH": path_with(tmp_path / "bin", "docker", pull), "BASE_IMAGE": base} | ENVIRONMENT
    before = inspected(base, "{{.Id}}")

    run = home.run("-s", "local", "-p", str(folder_copy), env=named).checked()

    assert f"pull {base}" in run.stderr
    assert inspected(base, "{{.Id}}") == before
    assert inspected(KEPT, "{{.Architecture}}") == root_image.ARCHITECTURES[OTHER]
    assert "base" not in steps(home.run("-s", "local", "-p", str(folder_copy), env=named).checked())


def test_what_this_machine_cannot_run_is_not_deployed_on_it(home: Home, folder_copy: Path, tmp_path: Path) -> None:
    folder = folder_copy.rename(folder_copy.parent / "unable-example")
    path = docker_that_cannot(tmp_path / "bin", "run", "exec /bin/true: exec format error")
    run = home.run("-s", "local", "-r", "-p", str(folder), "-d", env={"PATH": path} | ENVIRONMENT)
    assert_explained(run, f"does not run images for {OTHER}", "exec format error", "qemu-user-static")
    assert "registry" not in steps(run)
