"""This machine: its engine, its disk, its clock; and the model's name."""

from __future__ import annotations

import email.utils
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tools.doctor.checks import Asked, Check

GB = 10**9
# An image with its framework takes gigabytes during its build; the tools take half a gigabyte.
SCARCE, TOO_LITTLE = 5 * GB, 1 * GB
# AWS refuses requests whose signature is more than five minutes old, or in the future.
ASKEW, TOO_ASKEW = 60, 300


def name(asked: Asked, complaint: str) -> Check:
    if complaint:
        return Check("name", "problem", f"a model cannot be called {asked.project}: {complaint}", "rename the folder")
    return Check("name", "ok", f"{asked.name}, short enough for every service")


def engine(complaint: str, *, is_brought: bool) -> Check:
    if not complaint:
        return Check("engine", "ok", "answers")
    if is_brought:
        return Check("engine", "warning", f"{complaint}; the first -p starts or installs one")
    return Check("engine", "problem", f"no container engine answers: {complaint}", "start Docker, or install it")


def disk(home: Path) -> Check:
    free = shutil.disk_usage(home).free
    words = f"{free / GB:.1f} GB free at {home}"
    advice = "make room, or choose another place: PIPELINE_HOME=…"
    if free < TOO_LITTLE:
        return Check("disk", "problem", f"{words}, too little for an image", advice)
    if free < SCARCE:
        return Check("disk", "warning", f"{words}; an image with its framework may take more", advice)
    return Check("disk", "ok", words)


def clock(headers: Mapping[str, str], now: datetime | None = None) -> Check:
    """Compares with the date of an AWS response."""
    try:
        theirs = email.utils.parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError):
        return Check("clock", "warning", "AWS's answer has no date to compare with")
    apart = abs(((now or datetime.now(UTC)) - theirs).total_seconds())
    if apart < ASKEW:
        return Check("clock", "ok", "agrees with AWS's")
    words = f"{apart:.0f} s from AWS's"
    if apart < TOO_ASKEW:
        return Check("clock", "warning", f"{words}; from {TOO_ASKEW} on, AWS refuses every call", "set the clock")
    return Check("clock", "problem", f"{words}, and so AWS refuses every call", "set the clock, by NTP for instance")
