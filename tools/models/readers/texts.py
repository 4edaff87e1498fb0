"""Texts for a model: what people write, and what trips tokenizers up."""

from __future__ import annotations

from pathlib import Path

# What does not fit on a line of a file: nothing, blanks, line breaks; texts that are too long; words without end.
_OTHERS = ["", " ", "\n", "two\nlines", "\x00\x07 control", "word " * 3000, "x" * 5000, "漢" * 1500, "👍🏽" * 700]


def chosen() -> list[str]:
    return Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").splitlines() + _OTHERS
