"""Functions for arm64 on an x86-64 machine, whose kernel hands their programs to an emulator.

They see this machine's /proc/cpuinfo there, and what chooses its code by it, as LiteRT does, ends at what it finds.
arm64.cpuinfo is what Graviton2 says.
"""

from __future__ import annotations

import functools
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docker.models.containers import ContainerCollection  # type: ignore[import-untyped]
from docker.types import Mount  # type: ignore[import-untyped]

Function = Callable[..., Any]
PROCESSOR = Path(__file__).with_name("arm64.cpuinfo")


def install() -> None:
    if platform.machine() in ("x86_64", "AMD64"):
        ContainerCollection.run = _showing_its_processor(ContainerCollection.run)


def _showing_its_processor(run: Function) -> Function:
    @functools.wraps(run)
    def running(containers: ContainerCollection, image: str, *arguments: Any, **how: Any) -> Any:
        if containers.client.images.get(image).attrs["Architecture"] == "arm64":
            shown = Mount("/proc/cpuinfo", str(PROCESSOR), type="bind", read_only=True)
            how["mounts"] = [*(how.get("mounts") or []), shown]
        return run(containers, image, *arguments, **how)

    return running
