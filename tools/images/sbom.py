"""The bill of materials of an image, in CycloneDX format, on stdout; on stderr its layers, for people.

    docker save IMAGE | python tools images.sbom NAME TAG

The same image has the same bill: it holds no time, and its serial number is derived from the image's digest.
"""

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from typing import Any
from urllib.parse import quote

from tools.images import contents
from tools.images.contents import Image, Layer

Component = dict[str, Any]

_NUMBERS = uuid.UUID("6f8a1f0c-6d0e-5d6c-9a53-0f4f1f5f7d11")
# A longer text is not a licence's name but its full text.
_LONGEST_LICENSE = 100
_MOST_FOLDERS = 4


def bill(image: Image, name: str, tag: str) -> dict[str, Any]:
    texts = image.texts()
    parts = [*_python(image), *_debian(texts), *_wheels(texts), *_models(image)]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_NUMBERS, image.digest)}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "container",
                "bom-ref": f"image:{image.digest}",
                "name": name,
                "version": tag,
                "hashes": [{"alg": "SHA-256", "content": image.digest}],
                "properties": [
                    {"name": f"pipeline:layer:{number}", "value": described(layer)}
                    for number, layer in enumerate(image.layers, start=1)
                ],
            }
        },
        "components": sorted(parts, key=lambda part: part["bom-ref"]),
    }


def described(layer: Layer) -> str:
    largest = [f"{folder} {_size(size)}" for folder, size in layer.folders.most_common(_MOST_FOLDERS)]
    return f"{_size(layer.size)} in {layer.files:,} files: {', '.join(largest)}"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{-(-size // 1000)} kB"


def _python(image: Image) -> Iterator[Component]:
    """The official Python images compile it and state its version; elsewhere Python is a Debian package."""
    if version := image.environment().get("PYTHON_VERSION"):
        cpe = f"cpe:2.3:a:python:python:{version}:*:*:*:*:*:*:*"
        yield {"type": "application", "bom-ref": f"python@{version}", "name": "python", "version": version, "cpe": cpe}


def _debian(texts: dict[str, str]) -> Iterator[Component]:
    release = dict(re.findall(r'^(ID|VERSION_ID)="?([^"\n]*)', _first(texts, contents.RELEASE), re.MULTILINE))
    system = f"{release.get('ID', 'debian')}-{release.get('VERSION_ID', '')}".rstrip("-")
    for file, text in texts.items():
        if contents.DEBIAN.fullmatch(file):
            for package in map(_parsed, text.split("\n\n")):
                if package["Package"] and " installed" in (package["Status"] or " installed"):
                    yield _debian_package(package, system)


def _debian_package(package: Message, system: str) -> Component:
    name, version, architecture = (package[key] for key in ("Package", "Version", "Architecture"))
    # Vulnerabilities are reported for source packages, which produce several binary ones.
    source = (package["Source"] or name).partition(" ")[0]
    more = f"arch={architecture}&distro={system}" + f"&upstream={quote(source)}" * (source != name)
    purl = f"pkg:deb/{system.partition('-')[0]}/{quote(name)}@{quote(version, safe='~:')}?{more}"
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _wheels(texts: dict[str, str]) -> Iterator[Component]:
    for file, text in texts.items():
        if contents.WHEEL.fullmatch(file):
            yield _wheel(_parsed(text), file.split("/", 1)[0] == "opt")


def _wheel(package: Message, is_ours: bool) -> Component:
    name, version = re.sub(r"[-_.]+", "-", package["Name"]).lower(), package["Version"]
    purl = f"pkg:pypi/{name}@{quote(version)}"
    # The base may have a package of the same name.
    reference = purl if is_ours else f"{purl}#base"
    found = {"type": "library", "bom-ref": reference, "name": package["Name"], "version": version, "purl": purl}
    expression, words = package["License-Expression"], (package["License"] or "").strip()
    if expression:
        found["licenses"] = [{"expression": expression}]
    elif words and "\n" not in words and len(words) <= _LONGEST_LICENSE:
        found["licenses"] = [{"license": {"name": words}}]
    return found


def _models(image: Image) -> Iterator[Component]:
    for file, digest in image.models().items():
        yield {
            "type": "data" if file.endswith((".json", ".txt")) else "machine-learning-model",
            "bom-ref": f"/{file}",
            "name": file.rpartition("/")[2],
            "hashes": [{"alg": "SHA-256", "content": digest}],
        }


def _parsed(text: str) -> Message:
    return HeaderParser().parsestr(text)


def _first(texts: dict[str, str], names: tuple[str, ...]) -> str:
    return next((texts[name] for name in names if name in texts), "")


def main(name: str, tag: str) -> None:
    image = contents.read(sys.stdin.buffer)
    for number, layer in enumerate(image.layers, start=1):
        print(f"          layer {number}: {described(layer)}", file=sys.stderr)
    json.dump(bill(image, name, tag), sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
