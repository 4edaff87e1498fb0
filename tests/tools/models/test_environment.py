"""What an image has fetched is not fetched again for a converter that asks for the same."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from pipeline_runs import ROOT
from tools.images import locks, wheels
from tools.models import environment

WHEEL = "tiny-1.0-py3-none-any.whl"


def wheel(to: Path) -> Path:
    about = {"METADATA": "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n", "RECORD": ""}
    about["WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(to, "w") as archive:
        archive.writestr("tiny.py", "")
        for name, text in about.items():
            archive.writestr(f"tiny-1.0.dist-info/{name}", text)
    return to


def test_wheels_of_the_same_lock_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = hashlib.sha256(wheel(tmp_path / WHEEL).read_bytes()).hexdigest()
    lock = tmp_path / "tiny.txt"
    lock.write_text(f"tiny==1.0 --hash=sha256:{sha256}\n")
    fetched = wheels.folder_of(locks.applicable(lock.read_text(), "x86_64"), "x86_64", tmp_path)
    fetched.mkdir(parents=True)
    (tmp_path / WHEEL).rename(fetched / WHEEL)
    # Nobody answers there.
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    made = environment.made_for_container(lock, tmp_path, "x86_64")
    assert (made / "tiny.py").is_file()


def test_keras_is_converted_with_what_tensorflow_example_exports_with() -> None:
    ours, exports = environment.LOCKS / "keras.txt", ROOT / "tensorflow-example" / "requirements-export.txt"
    assert ours.read_text() == exports.read_text()
