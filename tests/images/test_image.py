"""What is in an image, and that it is the same for the same input."""

from __future__ import annotations

import io
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection

from built_images import HOST, STAND_IN, STAND_INS, build
from pipeline_runs import FOLDERS, ROOT, Home, copy_of
from tools.images import context, root_image, wheels

MACHINES = {"x86_64": "EM_X86_64", "arm64": "EM_AARCH64"}
# LiteRT is built for arm64 on a newer system than its wheel says, which is why arm64 runs on bookworm.
NEWER = {"arm64": {"/opt/python/ai_edge_litert/libLiteRt.so"}}
BOOKWORM = (2, 36)
ARGUMENTS = [f"BASE_IMAGE={STAND_IN}", f"RUN_IMAGE={STAND_IN}", "BACKEND=fast"]
FORBIDDEN = ("gcc", "aws-lambda-rie", "/train/", "/events/", "README.md", "/tests/", "/pip/", "/wheels", "/export/")
NOT_SERVED = ("numpy", "/framework/", "/layers/", ".pyi", "ai_edge_litert/interpreter", "onnxruntime/capi/_pybind")
SECRETS = re.compile(
    rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*[A-Za-z0-9+/]{30}|\b(?:AKIA|ASIA)[A-Z2-7]{16}\b|\bgh[pousr]_\w{36}\b"
    rb"|\bpypi-AgEIcHlwaS5vcmc\w{20}|aws_secret_access_key\s*=\s*[A-Za-z0-9/+]{40}"
)
SECRET_FILES = re.compile(
    r"/(?:\.env|\.netrc|\.pypirc|\.npmrc|pip\.conf|id_[a-z0-9]+|\.git|\.aws|\.ssh|\.docker)(?:/|$)|\.(?:pem|key|p12|pfx)$"
)
SECRET_NAMES = re.compile(r"KEY|SECRET|TOKEN|PASSW|CREDENTIAL", re.IGNORECASE)

pytestmark = pytest.mark.usefixtures("deployed")  # which makes the base image


@dataclass(frozen=True)
class Built:
    folder: Path
    architecture: str
    image: str


def inspected(image: str, wanted: str) -> str:
    return subprocess.check_output(["docker", "image", "inspect", "-f", wanted, image], text=True).strip()


def layers(image: str) -> list[str]:
    found = json.loads(inspected(image, "{{json .RootFS.Layers}}"))
    assert isinstance(found, list)
    return found


def own_files(built: Built) -> Iterator[tuple[str, bytes]]:
    """Every file that the image adds to its base."""
    base = layers(STAND_IN if built.architecture == HOST else STAND_INS[built.architecture])
    saved = subprocess.check_output(["docker", "save", built.image])
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
def foreign_base(home: Home) -> None:
    """The stand-in of the other architecture, which the pipeline makes when it builds for it."""
    other = "x86_64" if HOST == "arm64" else "arm64"
    env = {"ARCHITECTURE_LAMBDA": other, "PROJECT_LAMBDA": "other-machine-example"}
    home.run("-s", "local", "-r", "-p", "xgboost-example", env=env).checked()


# One folder with an export and one without; the others are by name.
EACH_TIME = ("tensorflow-example", "xgboost-example")
PARAMETERS = {
    each: pytest.param(each, id=each.name, marks=() if each.name in EACH_TIME else pytest.mark.every_build)
    for each in FOLDERS
}
CASES = [
    pytest.param((each, machine), id=f"{each.name}-{machine}", marks=PARAMETERS[each].marks)
    for each in FOLDERS
    for machine in MACHINES
]


@pytest.fixture(scope="module", params=CASES)
def built(request: pytest.FixtureRequest, foreign_base: None) -> Built:
    folder, architecture = request.param
    return Built(folder, architecture, build(folder, architecture, buildkit=False))


@pytest.fixture(scope="module")
def files(built: Built) -> dict[str, bytes]:
    return dict(own_files(built))


def test_every_shared_object_is_for_its_machine_and_the_c_library_that_it_runs_on(
    built: Built, files: dict[str, bytes]
) -> None:
    objects = {name: content for name, content in files.items() if content.startswith(b"\x7fELF")}
    assert objects
    machines = {ELFFile(io.BytesIO(content)).header["e_machine"] for content in objects.values()}
    assert machines == {MACHINES[built.architecture]}
    too_new = {name for name, content in objects.items() if newest_glibc(content) > wheels.GLIBC}
    assert too_new == too_new & NEWER.get(built.architecture, set())
    assert all(newest_glibc(objects[name]) <= BOOKWORM for name in too_new)


def test_an_image_says_what_it_is_for_and_what_it_is_called(built: Built) -> None:
    wanted = "{{.Architecture}} {{.Config.User}} {{json .Config.Env}}"
    machine, user, environment = inspected(built.image, wanted).split(" ", 2)
    assert machine == root_image.ARCHITECTURES[built.architecture]
    assert user == "65534:65534"
    assert {f"MODEL_NAME={built.folder.name}", "BACKEND=fast"} <= set(json.loads(environment))


def test_an_image_holds_nothing_that_a_request_does_not_need(files: dict[str, bytes]) -> None:
    assert [name for name in files for word in FORBIDDEN + NOT_SERVED if word in name] == []


def test_an_image_holds_no_secret(built: Built, files: dict[str, bytes]) -> None:
    """Nor do its environment and its history, which anybody reads who may pull it."""
    assert [name for name in files if SECRET_FILES.search(name)] == []
    assert [name for name, content in files.items() if SECRETS.search(content)] == []
    environment = json.loads(inspected(built.image, "{{json .Config.Env}}"))
    assert [entry for entry in environment if SECRET_NAMES.search(entry.partition("=")[0])] == []
    history = subprocess.check_output(["docker", "history", "--no-trunc", "--format", "{{.CreatedBy}}", built.image])
    assert not SECRETS.search(history)
    assert not re.search(rb"://[^/\s]*@", history)


def test_an_image_is_compiled_ahead(files: dict[str, bytes]) -> None:
    sources = {name for name in files if name.endswith(".py") and name.startswith("/var/task/")}
    assert sources
    for source in sources:
        folder, _, file = source.rpartition("/")
        assert f"{folder}/__pycache__/{file.removesuffix('.py')}.cpython-311.pyc" in files


def test_the_same_input_makes_the_same_layers_with_buildkit_too(built: Built) -> None:
    """With the client of the distribution, which has BuildKit of its own."""
    image = build(built.folder, built.architecture, buildkit=True, client=client_with_buildkit())
    assert layers(image) == layers(built.image)


@pytest.mark.parametrize("folder", PARAMETERS.values())
def test_architectures_differ_in_packages_alone(folder: Path, foreign_base: None) -> None:
    """Model and code are the same layers: what makes them runs on the machine that builds."""
    ours, others = (layers(build(folder, machine, buildkit=False))[-3:] for machine in MACHINES)
    assert ours[1:] == others[1:]
    assert ours[0] != others[0]


def entries(folder: Path) -> dict[str, bytes]:
    return {entry.name: entry.opened().read() for entry in context.entries(folder, ARGUMENTS)}


@pytest.mark.parametrize("folder", [each for each in FOLDERS if context.exports(each)], ids=lambda folder: folder.name)
@pytest.mark.parametrize(
    ("changed", "steps"),
    [("app/main.py", {"code"}), ("app/network/__init__.py", {"code", "export"}), ("export/__init__.py", {"export"})],
)
def test_a_changed_file_repeats_the_steps_that_it_is_part_of(
    folder: Path, tmp_path: Path, changed: str, steps: set[str]
) -> None:
    """A changed handler exports nothing again."""
    copied = copy_of(folder, tmp_path / "copied-example")
    before = entries(copied)
    with (copied / changed).open("a") as file:
        file.write("# changed\n")
    assert {name.partition("/")[0] for name, content in entries(copied).items() if before[name] != content} == steps


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
