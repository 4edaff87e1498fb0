"""What a PyTorch file holds, as far as can be told without PyTorch."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO

from tools.models.reading import Refused

PROGRAM, SCRIPT, WEIGHTS = "a program of torch.export", "TorchScript", "weights alone"


def holds(file: Path | IO[bytes]) -> str:
    if not zipfile.is_zipfile(file):
        return WEIGHTS  # as PyTorch wrote them before 1.6
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    if any("aotinductor" in name for name in names):
        raise Refused(
            "the file is a program that AOTInductor compiled for one machine",
            "",
            "write it with torch.export.save(program, 'model.pt2') and give that file",
        )
    if any(name.endswith(("archive_format", "serialized_exported_program.json")) for name in names):
        return PROGRAM
    return SCRIPT if any("/code/" in name for name in names) else WEIGHTS


def check(file: Path, arch: str | None, inputs: str | None) -> None:
    """Options must supply what the file lacks, and may not contradict it."""
    found = holds(file)
    if found == WEIGHTS and not arch:
        raise Refused(
            f"{file.name} holds weights alone",
            "what computes with them is not in it",
            "name the network: --arch torchvision:resnet18, or --arch network.py:make, a function that returns it",
        )
    if found != WEIGHTS and arch:
        raise Refused("--arch has no effect here", f"{file.name} is {found}, and has its network", "leave --arch out")
    if found == PROGRAM and inputs:
        raise Refused("--inputs has no effect here", f"{found} says itself what it takes", "leave --inputs out")
