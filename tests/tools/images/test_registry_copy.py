"""An image goes from registry to registry as it is, or not at all; a second run ends what a first one began."""

from __future__ import annotations

import base64
import hashlib
import io
import itertools
import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import local_servers
from pipeline_runs import ROOT, Home
from registries import DOCKER, IMAGE, LOGIN, OCI, PASSWORD, SIGNATURE, Image, Registry, image
from tools.images import manifests, registry_copy

PROGRAM = (sys.executable, str(ROOT / "tools"), "images.registry_copy")


@pytest.fixture
def source() -> Iterator[Registry]:
    with local_servers.running(registry := Registry()):
        yield registry


@pytest.fixture
def target() -> Iterator[Registry]:
    with local_servers.running(registry := Registry()):
        yield registry


Copy = Callable[..., tuple[int, str, str]]


@pytest.fixture
def copy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Copy:
    """Status, stdout and stderr of a run."""

    def run(
        source: str, target: str, digest: str, tag: str = "new", password: str = PASSWORD, *, targets: str = PASSWORD
    ) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n{targets}\n"))
        status = registry_copy.main(source, target, digest, tag)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def there(registry: Registry) -> str:
    return f"{registry.host}/to/there"


@pytest.mark.parametrize("media_type", [DOCKER, OCI])
def test_an_image_arrives_as_it_was(source: Registry, target: Registry, copy: Copy, media_type: str) -> None:
    one = image(b"{}", b"", b"layer " * 100_000, b"layer " * 100_000, media_type=media_type)
    status, stdout, stderr = copy(source.hold(one), there(target), one.digest)
    assert (status, stdout) == (0, f"{sum(map(len, one.blobs.values()))}\n")
    assert target.holds(one, "to/there", "new")
    assert [line.split()[0] for line in stderr.splitlines()] == ["copied"] * 3, "a blob that is named twice goes once"


def test_a_manifest_that_does_not_name_its_type_keeps_the_one_it_was_pushed_with(
    source: Registry, target: Registry, copy: Copy
) -> None:
    manifest = json.loads(IMAGE.manifest)
    del manifest["mediaType"]
    silent = Image(IMAGE.blobs, json.dumps(manifest).encode(), OCI)
    assert copy(source.hold(silent), there(target), silent.digest)[0] == 0
    assert target.holds(silent, "to/there", "new")


def test_a_second_run_sends_nothing(source: Registry, target: Registry, copy: Copy) -> None:
    name = source.hold(IMAGE)
    assert copy(name, there(target), IMAGE.digest)[0] == 0
    # Some registries take no tag twice, the same image or not.
    target.tags_move = False
    target.asked.clear()
    status, stdout, stderr = copy(name, there(target), IMAGE.digest)
    assert (status, stdout) == (0, "0\n")
    assert {line.split()[0] for line in stderr.splitlines()} == {"there"}
    assert target.count("POST") + target.count("PATCH") + target.count("PUT") == 0


def test_a_blob_that_is_there_is_not_sent_again(source: Registry, target: Registry, copy: Copy) -> None:
    digest = next(iter(IMAGE.blobs))
    target.blobs["to/there", digest] = IMAGE.blobs[digest]
    assert copy(source.hold(IMAGE), there(target), IMAGE.digest)[0] == 0
    assert target.count("PATCH") == len(IMAGE.blobs) - 1


def test_on_one_host_blobs_are_mounted(source: Registry, copy: Copy) -> None:
    status, stdout, stderr = copy(source.hold(IMAGE), there(source), IMAGE.digest)
    assert (status, stdout) == (0, "0\n")
    assert {line.split()[0] for line in stderr.splitlines()} == {"mounted"}
    assert source.holds(IMAGE, "to/there", "new")
    assert source.count("PATCH") == 0


@pytest.mark.parametrize("refusal", [202, 400, 403, 405])
def test_a_mount_that_is_not_granted_becomes_a_copy(source: Registry, copy: Copy, refusal: int) -> None:
    source.grants_mounts, source.mount_refusal = False, refusal
    assert copy(source.hold(IMAGE), there(source), IMAGE.digest)[0] == 0
    assert source.holds(IMAGE, "to/there", "new")
    assert source.count("PATCH") == len(IMAGE.blobs)


def test_a_storage_that_blobs_are_redirected_to_never_sees_the_password(
    source: Registry, target: Registry, copy: Copy
) -> None:
    with local_servers.running(storage := Registry()):
        name = source.hold(IMAGE)
        storage.blobs, source.blobs_are_at = dict(source.blobs), storage.host
        assert copy(name, there(target), IMAGE.digest)[0] == 0
        assert target.holds(IMAGE, "to/there", "new")
        assert [asked[2] for asked in storage.asked] == [None] * len(IMAGE.blobs)


def test_a_signed_address_is_told_to_nobody(source: Registry, target: Registry, copy: Copy) -> None:
    with local_servers.running(storage := Registry()):
        name = source.hold(IMAGE)
        storage.blobs, source.blobs_are_at, storage.storage_status = dict(source.blobs), storage.host, 403
        status, stdout, stderr = copy(name, there(target), IMAGE.digest)
        assert (status, stdout) == (1, "")
        assert stderr.startswith(f"{storage.host} refuses GET in from/here: 403 ")
        assert SIGNATURE not in stderr


def assert_refused(run: tuple[int, str, str], target: Registry, *words: str) -> None:
    status, stdout, stderr = run
    assert (status, stdout) == (1, "")
    (sentence,) = [line for line in stderr.splitlines() if not line.startswith("    ")]
    for word in words:
        assert word in sentence
    assert PASSWORD not in stderr
    assert LOGIN.split()[1] not in stderr
    assert not target.manifests


# Whoever reads what is announced and no more cannot see that there is more.
@pytest.mark.parametrize(
    ("change", "announces_all"), [(-1, True), (-300_000, True), (-1, False), (-300_000, False), (1, False)]
)
def test_a_blob_of_another_length_is_not_kept(
    source: Registry, target: Registry, copy: Copy, change: int, announces_all: bool
) -> None:
    source.announces_all = announces_all
    source.mangle = lambda content: content[:change] if change < 0 else content + b"x"
    run = copy(source.hold(IMAGE), there(target), IMAGE.digest)
    assert_refused(run, target, "does not have the 25 bytes of the manifest")
    assert not target.blobs


def test_a_blob_with_other_content_is_not_kept(source: Registry, target: Registry, copy: Copy) -> None:
    source.mangle = lambda content: content[:-1] + bytes([content[-1] ^ 1])
    run = copy(source.hold(IMAGE), there(target), IMAGE.digest)
    assert_refused(run, target, "is not what its digest says", next(iter(IMAGE.blobs)))
    assert not target.blobs


def test_another_manifest_than_the_one_asked_for_is_refused(source: Registry, target: Registry, copy: Copy) -> None:
    name = source.hold(IMAGE)
    source.manifests["from/here", IMAGE.digest] = (IMAGE.manifest + b" ", DOCKER)
    assert_refused(copy(name, there(target), IMAGE.digest), target, "another manifest", IMAGE.digest)


def test_an_image_that_is_not_there_is_a_sentence(source: Registry, target: Registry, copy: Copy) -> None:
    run = copy(f"{source.host}/from/here", there(target), IMAGE.digest)
    assert_refused(run, target, f"there is no image {source.host}/from/here@{IMAGE.digest}")


@pytest.mark.parametrize("media_type", manifests.INDEX_TYPES)
def test_an_index_is_refused(source: Registry, target: Registry, copy: Copy, media_type: str) -> None:
    manifest = json.dumps({"schemaVersion": 2, "manifests": [{"digest": IMAGE.digest}]}).encode()
    index = Image({}, manifest, media_type)
    assert_refused(copy(source.hold(index), there(target), index.digest), target, "is an index of images")


@pytest.mark.parametrize(
    "manifest",
    [
        b"no json",
        b"[]",
        b'{"layers": []}',
        b'{"config": {"digest": "sha256:../../x", "size": 1}, "layers": []}',
        b'{"config": {"digest": "sha256:%s", "size": -1}, "layers": []}' % (b"0" * 64),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(
    source: Registry, target: Registry, copy: Copy, manifest: bytes
) -> None:
    senseless = Image({}, manifest, DOCKER)
    run = copy(source.hold(senseless), there(target), senseless.digest)
    assert_refused(run, target, "cannot be read")
    assert not target.asked


def test_a_password_that_is_not_accepted_is_a_sentence(source: Registry, target: Registry, copy: Copy) -> None:
    run = copy(source.hold(IMAGE), there(target), IMAGE.digest, password="another")
    assert_refused(run, target, f"{source.host} does not accept the password")
    run = copy(source.hold(IMAGE), there(target), IMAGE.digest, targets="another")
    assert_refused(run, target, f"{target.host} does not accept the password")


def test_a_tag_that_cannot_be_moved_is_a_sentence(source: Registry, target: Registry, copy: Copy) -> None:
    other = image(b"another", b"image")
    target.hold(other, "to/there", "new")
    target.tags_move = False
    status, stdout, stderr = copy(source.hold(IMAGE), there(target), IMAGE.digest)
    assert (status, stdout) == (1, "")
    assert stderr.splitlines()[-1].endswith("400 TAG_INVALID the tag new is immutable")
    assert target.holds(other, "to/there", "new")


@pytest.mark.parametrize(
    ("source_name", "digest", "tag", "password", "words"),
    [
        ("no-host", IMAGE.digest, "t", PASSWORD, "not a repository"),
        ("127.0.0.1:1/a b", IMAGE.digest, "t", PASSWORD, "not a repository"),
        ("127.0.0.1:1/a", "latest", "t", PASSWORD, "not a digest"),
        ("127.0.0.1:1/a", IMAGE.digest, "a/b", PASSWORD, "not a tag"),
        ("127.0.0.1:1/a", IMAGE.digest, "t", "", "passwords must come on stdin"),
        ("127.0.0.1:1/a", IMAGE.digest, "t", PASSWORD, "127.0.0.1:1 does not answer"),
    ],
)
def test_what_cannot_be_copied_is_a_sentence(
    target: Registry, copy: Copy, source_name: str, digest: str, tag: str, password: str, words: str
) -> None:
    assert_refused(copy(source_name, there(target), digest, tag, password), target, words)
    assert not target.asked


def test_only_this_machine_is_talked_to_in_the_clear() -> None:
    def base(host: str) -> str:
        return registry_copy.Repository(f"{host}/name", PASSWORD)._base

    assert base("localhost:4566") == "http://localhost:4566"
    assert base("127.0.0.1") == "http://127.0.0.1"
    for host in ("111122223333.dkr.ecr.eu-central-1.amazonaws.com", "localhost.example.com", "127.0.0.10:80"):
        assert base(host) == f"https://{host}"


def test_this_machine_is_asked_without_a_proxy(
    source: Registry, target: Registry, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert copy(source.hold(IMAGE), there(target), IMAGE.digest)[0] == 0


def test_a_run_that_was_killed_anywhere_is_ended_by_the_next(source: Registry, target: Registry, copy: Copy) -> None:
    name = source.hold(IMAGE)
    for last in itertools.count(1):
        target.blobs, target.manifests = {}, {}
        command = [*PROGRAM, name, there(target), IMAGE.digest, "new"]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        requests = itertools.count(1)

        def kill(last: int = last, process: Any = process, requests: Iterator[int] = requests) -> None:
            if next(requests) == last:
                process.send_signal(signal.SIGKILL)
                process.wait()

        source.before = target.before = kill
        process.communicate(f"{PASSWORD}\n" * 2, timeout=60)
        source.before = target.before = lambda: None
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        status, _, stderr = copy(name, there(target), IMAGE.digest)
        assert status == 0, stderr
        assert target.holds(IMAGE, "to/there", "new")
    # a manifest, five requests a blob, and the manifest there: asked, put, read back
    assert last == 1 + 5 * len(IMAGE.blobs) + 3 + 1


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads the memory that was used from /proc")
def test_a_large_blob_takes_no_more_memory_than_a_small_one(source: Registry, target: Registry) -> None:
    program = (
        "import sys, pathlib, re; from tools.images import registry_copy; status = registry_copy.main(*sys.argv[1:]);"
        "print(re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())[1]); sys.exit(status)"
    )

    def kilobytes(size: int) -> int:
        one = image(b"{}", bytes(size))
        command = [sys.executable, "-c", program, source.hold(one), there(target), one.digest, f"of-{size}"]
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        said = subprocess.check_output(
            command, input=f"{PASSWORD}\n" * 2, text=True, env=environment, stderr=subprocess.DEVNULL
        )
        return int(said.split()[-1])

    assert kilobytes(40 << 20) < kilobytes(1) + (8 << 10)


@pytest.fixture
def repository(home: Home, deployed: str) -> Iterator[str]:
    # MiniStack keeps the blobs of one that is deleted.
    name = f"copied-{uuid.uuid4()}"
    home.aws("ecr", "create-repository", "--repository-name", name, "--image-tag-mutability", "IMMUTABLE")
    yield name
    home.aws("ecr", "delete-repository", "--repository-name", name, "--force")


def described(home: Home, repository: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = home.aws("ecr", "describe-images", "--repository-name", repository)["imageDetails"]
    return sorted(found, key=lambda one: one["imagePushedAt"])


# By one name of the host the blobs are mounted, by two they are streamed.
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_newest_image_is_copied_to_another_repository_of_the_local_aws(
    home: Home, repository: str, host: str
) -> None:
    newest = described(home, "xgboost-example-local")[-1]
    password = base64.b64decode(
        home.aws("ecr", "get-authorization-token")["authorizationData"][0]["authorizationToken"]
    ).decode()
    command = [
        *PROGRAM, f"localhost:{home.port}/xgboost-example-local",
        f"{host}:{home.port}/{repository}", newest["imageDigest"], newest["imageTags"][0],
    ]  # fmt: skip
    copied = []
    for _ in range(2):
        run = subprocess.run(
            command,
            input=f"{password.partition(':')[2]}\n" * 2,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        copied.append(int(run.stdout))
    assert copied[1] == 0
    assert (copied[0] == 0) == (host == "localhost")
    (arrived,) = described(home, repository)
    for fact in ("imageDigest", "imageTags", "imageManifestMediaType"):
        assert arrived[fact] == newest[fact]
    contents = [
        home.aws(
            "ecr", "batch-get-image", "--repository-name", name, "--image-ids", f"imageDigest={newest['imageDigest']}"
        )
        for name in ("xgboost-example-local", repository)
    ]
    manifests = [content["images"][0]["imageManifest"] for content in contents]
    assert manifests[0] == manifests[1]
    assert f"sha256:{hashlib.sha256(manifests[1].encode()).hexdigest()}" == newest["imageDigest"]
