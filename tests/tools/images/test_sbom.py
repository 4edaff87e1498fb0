"""What is in an image, from what the engine saves of it, and the bill of materials that is made of that."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
from typing import Any

import pytest

from pipeline_runs import ROOT
from tools.images import contents, sbom

RELEASE = b'PRETTY_NAME="Debian"\nID=debian\nVERSION_ID="12"\n'
STATUS = b"""Package: openssl
Status: install ok installed
Architecture: amd64
Version: 3.0.15-1~deb12u1

Package: libext2fs2
Status: install ok installed
Source: e2fsprogs (1.47.0-2)
Architecture: amd64
Version: 1:1.47.0-2+b2

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1
"""
WHEEL = b"Metadata-Version: 2.4\nName: Some_Thing\nVersion: 1.0+cpu\nLicense-Expression: MIT\n\nno: header\n"
BASE = {"etc/os-release": RELEASE, "var/lib/dpkg/status": STATUS, "usr/lib/x/old-1.dist-info/METADATA": WHEEL}
OWN = {
    "opt/python/some_thing-1.0.dist-info/METADATA": WHEEL,
    "var/task/model/model.onnx": b"weights",
    "usr/lib/x/.wh.old-1.dist-info": b"",
}


def archive(files: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return made.getvalue()


def saved(*names: str, config: dict[str, Any] | None = None, link: str = "") -> bytes:
    """As the engine names the parts: two layers, and the second once more where it is linked to."""
    made = json.dumps(config or {"config": {"Env": ["PYTHON_VERSION=3.11.4"]}}).encode()
    layers = [names[0], names[1], *([link] if link else [])]
    manifest = json.dumps([{"Config": names[2], "Layers": layers}]).encode()
    parts = {names[0]: archive(BASE), names[1]: archive(OWN), names[2]: made, "manifest.json": manifest}
    return archive(parts, {link: f"../{names[1]}"} if link else None)


OLDER, NEWER = ("a/layer.tar", "b/layer.tar", "c.json"), ("blobs/sha256/a", "blobs/sha256/b", "blobs/sha256/c")


@pytest.mark.parametrize("names", [OLDER, NEWER], ids=["older engines", "newer engines"])
def test_a_bill_names_what_is_seen_from_the_top_once(names: tuple[str, ...]) -> None:
    image = contents.read(io.BytesIO(saved(*names)))
    parts = {part["bom-ref"]: part for part in sbom.bill(image, "prices", "abc")["components"]}
    assert list(parts) == [
        "/var/task/model/model.onnx",
        "pkg:deb/debian/libext2fs2@1:1.47.0-2%2Bb2?arch=amd64&distro=debian-12&upstream=e2fsprogs",
        "pkg:deb/debian/openssl@3.0.15-1~deb12u1?arch=amd64&distro=debian-12",
        "pkg:pypi/some-thing@1.0%2Bcpu",
        "python@3.11.4",
    ]
    assert parts["pkg:pypi/some-thing@1.0%2Bcpu"]["licenses"] == [{"expression": "MIT"}]
    assert parts["/var/task/model/model.onnx"]["hashes"][0]["content"] == hashlib.sha256(b"weights").hexdigest()


def test_the_same_image_has_the_same_bill_and_another_another_number() -> None:
    configs: list[dict[str, Any]] = [{"config": {}}, {"config": {}}, {"config": {"Env": None}}]
    images = [contents.read(io.BytesIO(saved(*OLDER, config=config))) for config in configs]
    first, same, other = (sbom.bill(image, "prices", "abc") for image in images)
    assert first == same
    assert first["serialNumber"] != other["serialNumber"]


def test_a_layer_that_stands_twice_is_told_twice() -> None:
    image = contents.read(io.BytesIO(saved(*OLDER, link="d/layer.tar")))
    assert len(image.layers) == 3
    assert image.layers[1] is image.layers[2]


def test_layers_are_told_apart_from_the_bill() -> None:
    program = [sys.executable, "tools", "images.sbom", "prices", "abc"]
    run = subprocess.run(program, cwd=ROOT, input=saved(*OLDER), capture_output=True, check=True)
    assert json.loads(run.stdout)["bomFormat"] == "CycloneDX"
    lines = run.stderr.decode().splitlines()
    assert len(lines) == 2
    assert "layer 2: 1 kB in 2 files: /opt/python/some_thing-1.0.dist-info 1 kB, /var/task/model 1 kB" in lines[1]
