"""What an image has fetched is not fetched again for a converter that asks for it."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

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


def test_wheels_that_are_there_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = hashlib.sha256(wheel(tmp_path / WHEEL).read_bytes()).hexdigest()
    lock = tmp_path / "tiny.txt"
    lock.write_text(f"tiny==1.0 --hash=sha256:{sha256}\n")
    fetched = tmp_path / "wheels" / "of-another-lock"
    fetched.mkdir(parents=True)
    (tmp_path / WHEEL).rename(fetched / WHEEL)
    # Nobody answers there.
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    made = environment.made_for_container(lock, tmp_path, "x86_64")
    assert (made / "tiny.py").is_file()
