"""What is in an image, and that it is the same for the same input."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from pipeline_runs import FOLDERS, MAIN_HOME, ROOT
from tools.images import context, weights, wheels

STAND_IN = "pipeline/stand-in:python3.11-bookworm"
ARGUMENTS = [f"BASE_IMAGE={STAND_IN}", f"RUN_IMAGE={STAND_IN}", "BACKEND=fast"]
FORBIDDEN = ("gcc", "aws-lambda-rie", "/train/", "/events/", "README.md", "/tests/", "/pip/", "/wheels", "/export/")

pytestmark = pytest.mark.usefixtures("deployed")  # which makes the base image


def context_of(folder: Path, cache: Path) -> bytes:
    """With the weights that ship with the folder."""
    chosen = cache / "weights" / folder.name if (folder / "weights.toml").exists() else None
    if chosen:
        weights.from_catalogue(folder, cache, chosen, weights.catalogue(folder)["stand_in"], dry_run=False)
    locks = context.requirements(folder, ARGUMENTS)
    fetched = {lock.replace("requirements", "wheels").removesuffix(".txt"): path for lock, path in locks.items()}
    archive = io.BytesIO()
    found = {name: wheels.fetch(path, "x86_64", cache) for name, path in fetched.items()}
    context.archive(archive, folder, ARGUMENTS, found, chosen)
    return archive.getvalue()


def build(folder: Path, cache: Path, *, buildkit: bool, client: str = "docker") -> str:
    """The image's id. Each builder has a cache of its own, so that what one made the other makes anew."""
    arguments = [word for argument in ARGUMENTS for word in ("--build-arg", argument)]
    command = [client, "build", "--quiet", *arguments, "-"]
    environment = os.environ | {"DOCKER_BUILDKIT": str(int(buildkit)), "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
    done = subprocess.run(command, input=context_of(folder, cache), capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split()[-1]


def layers(image: str) -> list[str]:
    inspected = subprocess.check_output(["docker", "image", "inspect", "-f", "{{json .RootFS.Layers}}", image])
    found = json.loads(inspected)
    assert isinstance(found, list)
    return found


def own_files(image: str) -> Iterator[tuple[str, bytes]]:
    """Every file that the image adds to its base."""
    base = layers(STAND_IN)
    saved = subprocess.check_output(["docker", "save", image])
    with tarfile.open(fileobj=io.BytesIO(saved)) as archive:
        listed = archive.extractfile("manifest.json")
        assert listed
        paths = json.load(listed)[0]["Layers"]
        for path in paths[len(base) :]:
            layer = archive.extractfile(path)
            assert layer
            with tarfile.open(fileobj=io.BytesIO(layer.read())) as files:
                for member in files:
                    content = files.extractfile(member) if member.isfile() else None
                    if content:
                        yield "/" + member.name, content.read()


def newest_glibc(content: bytes) -> tuple[int, ...]:
    """The newest version of the C library that a shared object asks for."""
    newest: tuple[int, ...] = (0,)
    for section in ELFFile(io.BytesIO(content)).iter_sections():
        if isinstance(section, GNUVerNeedSection):
            for _, auxiliaries in section.iter_versions():
                for auxiliary in auxiliaries:
                    if auxiliary.name.startswith("GLIBC_2"):
                        newest = max(newest, tuple(map(int, auxiliary.name.removeprefix("GLIBC_").split("."))))
    return newest


@pytest.fixture(scope="module")
def cache() -> Path:
    """The wheels of frameworks are too large to fetch twice."""
    return MAIN_HOME / "cache"


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.name)
def built(request: pytest.FixtureRequest, cache: Path) -> tuple[Path, str]:
    return request.param, build(request.param, cache, buildkit=False)


def test_every_shared_object_starts_on_the_c_library_of_buster(built: tuple[Path, str]) -> None:
    objects = {name: content for name, content in own_files(built[1]) if content.startswith(b"\x7fELF")}
    assert objects
    too_new = {name: newest_glibc(content) for name, content in objects.items() if newest_glibc(content) > wheels.GLIBC}
    assert too_new == {}


def test_an_image_holds_nothing_that_a_request_does_not_need(built: tuple[Path, str]) -> None:
    names = [name for name, _ in own_files(built[1])]
    assert [name for name in names for word in FORBIDDEN if word in name] == []


def test_an_image_is_compiled_ahead(built: tuple[Path, str]) -> None:
    names = {name for name, _ in own_files(built[1])}
    sources = {name for name in names if name.endswith(".py") and name.startswith("/var/task/")}
    assert sources
    for source in sources:
        folder, _, file = source.rpartition("/")
        assert f"{folder}/__pycache__/{file.removesuffix('.py')}.cpython-311.pyc" in names


def test_the_same_input_makes_the_same_layers_with_buildkit_too(built: tuple[Path, str], cache: Path) -> None:
    """With the client of the distribution, which has BuildKit of its own. One empty layer more is its WORKDIR."""
    image = build(built[0], cache, buildkit=True, client=client_with_buildkit())
    assert layers(image)[: len(layers(built[1]))] == layers(built[1])


def client_with_buildkit() -> str:
    for client in ("docker", "/usr/bin/docker"):
        version = subprocess.run([client, "version", "-f", "{{.Client.Version}}"], capture_output=True, text=True)
        has_plugin = subprocess.run([client, "buildx", "version"], capture_output=True).returncode == 0
        if has_plugin or version.stdout.startswith(("18.", "19.", "20.")):
            return client
    raise AssertionError("no docker client here can use BuildKit")


def test_what_only_people_read_does_not_change_the_tag(folder_copy: Path) -> None:
    before = context.tag(folder_copy, ARGUMENTS)
    (folder_copy / "README.md").write_text("other words")
    (folder_copy / "model.env").write_text("A=B")
    assert context.tag(folder_copy, ARGUMENTS) == before


@pytest.mark.parametrize("name", ["app/main.py", "Dockerfile", "requirements.txt"])
def test_what_goes_into_the_image_changes_the_tag(folder_copy: Path, name: str) -> None:
    before = context.tag(folder_copy, ARGUMENTS)
    file = folder_copy / name
    file.write_text(file.read_text() + "\n#\n")
    assert context.tag(folder_copy, ARGUMENTS) != before


def test_another_base_image_is_another_tag() -> None:
    folder = ROOT / "xgboost-example"
    assert context.tag(folder, ["BASE_IMAGE=a"]) != context.tag(folder, ["BASE_IMAGE=b"])
