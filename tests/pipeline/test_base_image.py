"""One variable chooses the base of every folder's images; the one that runs follows from the one that builds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import engine, images
from pipeline.shell import shell
from pipeline.test_aws_stages import surroundings
from pipeline_runs import FOLDERS, ROOT, Home

BUSTER = ("python:3.11-buster", "python:3.11-slim-buster")
BOOKWORM = ("python:3.11-bookworm", "python:3.11-slim-bookworm")
MIRROR = "public.ecr.aws/docker/library"
DIGEST = "python@sha256:" + "0" * 64
# What is named, and what builds and runs then.
NAMES = {
    "": BUSTER,
    BUSTER[0]: BUSTER,
    BOOKWORM[0]: BOOKWORM,
    "python:3.11.9-bookworm": ("python:3.11.9-bookworm", "python:3.11.9-slim-bookworm"),
    # slim builds as well: every dependency is a wheel
    BUSTER[1]: (BUSTER[1], BUSTER[1]),
    BOOKWORM[1]: (BOOKWORM[1], BOOKWORM[1]),
    f"{MIRROR}/{BOOKWORM[0]}": (f"{MIRROR}/{BOOKWORM[0]}", f"{MIRROR}/{BOOKWORM[1]}"),
    f"localhost:5000/{BOOKWORM[0]}": (f"localhost:5000/{BOOKWORM[0]}", f"localhost:5000/{BOOKWORM[1]}"),
    # of these nobody knows a twin
    DIGEST: (DIGEST, DIGEST),
    "python:3.11": ("python:3.11", "python:3.11"),
    "example/mypython:3.11-bookworm": ("example/mypython:3.11-bookworm",) * 2,
    "example/base:1": ("example/base:1", "example/base:1"),
}
CHOOSE = 'base_image::choose; printf "%s %s" "$BASE_IMAGE" "$RUN_IMAGE"'


def chosen(folder: Path, named: str, architecture: str = "x86_64", before: str = "") -> tuple[str, ...]:
    env = {"BASE_IMAGE": named, "ARCHITECTURE_LAMBDA": architecture}
    return tuple(shell(f"{before}{CHOOSE}", folder, env).checked().stdout.split())


@pytest.mark.parametrize("named", NAMES)
def test_what_runs_is_the_slim_twin_of_what_builds(named: str, tmp_path: Path) -> None:
    assert chosen(tmp_path, named) == NAMES[named]


@pytest.mark.parametrize("named", NAMES)
def test_the_bench_chooses_alike(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "has_image", lambda _: True)
    monkeypatch.setenv("BASE_IMAGE", named or BUSTER[0])
    assert images.base_images() == NAMES[named]


def test_arm64_runs_on_bookworm_unless_a_base_is_named(tmp_path: Path) -> None:
    assert chosen(tmp_path, "", "arm64") == (BUSTER[0], BOOKWORM[1])
    for pair in (BUSTER, BOOKWORM):
        assert chosen(tmp_path, pair[0], "arm64") == pair


def test_a_setting_chooses_it_and_what_is_exported_wins(tmp_path: Path) -> None:
    """A line of defaults.env for all folders, or of a model.env for one."""
    (tmp_path / "defaults.env").write_text(f"BASE_IMAGE={BOOKWORM[0]}\n")
    read = f"PROJECT_LAMBDA=x STAGE=dev; model_folder::read {tmp_path}/defaults.env; "
    assert chosen(tmp_path, "", before=read) == BOOKWORM
    assert chosen(tmp_path, BUSTER[0], before=read) == BUSTER


def test_one_variable_chooses_bookworm_for_every_folder(home: Home, deployed: str) -> None:
    # as the administrator, for all four
    env = surroundings(home.port) | {"BASE_IMAGE": BOOKWORM[0], "AWS_ACCESS_KEY_ID": "test"}
    plan = home.run("-n", "-s", "dev", "--all", "-r", "-p", env=env).checked().stdout
    for folder in FOLDERS:
        own = "\n".join(line for line in plan.splitlines() if line.startswith(f"{folder.name} "))
        pulled = re.findall(r"docker pull .* (\S+)$", own, re.MULTILINE)
        [build] = re.findall(r"docker build .*", own)
        assert pulled == [*BOOKWORM]
        assert f"BASE_IMAGE={BOOKWORM[0]} " in build
        assert f"RUN_IMAGE={BOOKWORM[1]} " in build
        assert "buster" not in own


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_dockerfile_builds_and_runs_on_what_is_chosen(folder: Path) -> None:
    bases = re.findall(r"^FROM (?:--platform=\S+ )?(\S+)", (folder / "Dockerfile").read_text(), re.MULTILINE)
    assert bases == ["$BASE_IMAGE", "$RUN_IMAGE"]


def test_the_page_says_what_the_default_means() -> None:
    page = (ROOT / "docs" / "options.md").read_text()
    section = page.partition("## The base image")[2]
    for words in ("3.11.4", "no security updates", f"BASE_IMAGE={BOOKWORM[0]}"):
        assert words in section
