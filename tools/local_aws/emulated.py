"""Functions for arm64 on an x86-64 machine, whose kernel runs their programs in an emulator.

They would see this machine's /proc/cpuinfo, and code that reads it to choose instructions, such as LiteRT's, would
crash. arm64.cpuinfo is Graviton2's.
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
