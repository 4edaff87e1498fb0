"""tools/servers/bundle.py: what an environment runs an image by."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tools.servers import bundle

REPOSITORY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/a-model-dev"
IMAGE = f"{REPOSITORY}@sha256:{'0123456789abcdef' * 4}"


def opened(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


def test_it_names_the_image_by_its_digest_and_says_how_to_run_it() -> None:
    _, content = bundle.bundle(IMAGE)
    said = json.loads(opened(content).read("Dockerrun.aws.json"))
    assert said["AWSEBDockerrunVersion"] == "1"
    assert said["Image"]["Name"] == IMAGE
    assert said["Command"] == "serve"
    assert said["Ports"] == [{"ContainerPort": 8080}]


def test_it_is_the_same_bytes_wherever_and_whenever_it_is_made(tmp_path: Path) -> None:
    elsewhere = Path(shutil.copytree(bundle.FOLDER, tmp_path / "deploy", copy_function=shutil.copyfile))
    (elsewhere / "Dockerrun.aws.json").chmod(0o600)
    assert bundle.bundle(IMAGE, elsewhere) == bundle.bundle(IMAGE)


def test_its_label_tells_images_and_settings_apart(tmp_path: Path) -> None:
    elsewhere = Path(shutil.copytree(bundle.FOLDER, tmp_path / "deploy"))
    with (elsewhere / ".platform" / "nginx" / "conf.d" / "limits.conf").open("a") as settings:
        settings.write("gzip off;\n")
    other_image = f"{REPOSITORY}@sha256:{'f' * 64}"
    labels = [bundle.bundle(IMAGE)[0], bundle.bundle(other_image)[0], bundle.bundle(IMAGE, elsewhere)[0]]
    assert len(set(labels)) == 3
    assert [label[:12] for label in labels] == ["0123456789ab", "ffffffffffff", "0123456789ab"]


@pytest.mark.parametrize("image", [REPOSITORY, f"{REPOSITORY}:latest", f"{REPOSITORY}@sha256:short"])
def test_a_tag_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match="not an image by its digest"):
        bundle.bundle(image)


def test_nginx_is_told_its_limits_where_beanstalk_looks_for_them() -> None:
    _, content = bundle.bundle(IMAGE)
    assert ".platform/nginx/conf.d/limits.conf" in opened(content).namelist()
