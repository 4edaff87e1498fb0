"""Shared objects lose what only debuggers read, and go on working."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import xgboost
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from pipeline_runs import ROOT

LIBRARY = Path(xgboost.__file__).parent / "lib" / "libxgboost.so"
PREDICT = "import sys; sys.path.insert(0, sys.argv[1]); import xgboost; print(xgboost.build_info()['USE_OPENMP'])"


def strip(folder: Path) -> None:
    subprocess.run([sys.executable, ROOT / "building" / "strip.py", folder], check=True)


def test_a_stripped_library_is_smaller_when_compressed_and_works(tmp_path: Path) -> None:
    for package in ("xgboost", "xgboost_cpu.libs"):
        shutil.copytree(LIBRARY.parents[2] / package, tmp_path / package)
    stripped = tmp_path / "xgboost" / "lib" / LIBRARY.name

    strip(tmp_path)

    before, after = (len(zlib.compress(file.read_bytes(), 1)) for file in (LIBRARY, stripped))
    assert after < before * 0.95
    with stripped.open("rb") as opened:
        sections = [each for each in ELFFile(opened).iter_sections() if isinstance(each, SymbolTableSection)]
        symbols = {each.name: each.num_symbols() for each in sections}
    assert symbols[".symtab"] == 0
    assert symbols[".dynsym"] > 1000
    said = subprocess.check_output([sys.executable, "-c", PREDICT, tmp_path], text=True)
    assert said == "True\n"


def test_what_is_no_shared_object_is_left_alone(tmp_path: Path) -> None:
    script = tmp_path / "lib.so"
    script.write_text("INPUT(libc.so.6)\n")
    strip(tmp_path)
    assert script.read_text() == "INPUT(libc.so.6)\n"
