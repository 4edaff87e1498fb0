"""Texts for a scikit-learn model that counts words: TfidfVectorizer or CountVectorizer."""

from __future__ import annotations

import random
from typing import Any

from sklearn.feature_extraction.text import CountVectorizer

# For ONNX Runtime's tokenizer, the words of scikit-learn's default pattern: `\w` is ASCII there.
_DEFAULT, _WORDS = r"(?u)\b\w\w+\b", r"[\pL\pN_][\pL\pN_]+"
_EXAMPLES = 60
_BETWEEN = (" ", " ", ", ", "! ", "-", "'s ", "\n")


def is_alone(model: Any) -> bool:
    """Whether the model takes texts and nothing else."""
    return hasattr(model, "steps") and isinstance(model.steps[0][1], CountVectorizer)


def examples(step: Any) -> list[int | str]:
    """Texts of words that the model knows, with what tells one tokenizer from another."""
    chance = random.Random(0)  # noqa: S311 - the same texts every time
    known = sorted({word for words in step.vocabulary_ for word in str(words).split()})
    found: list[int | str] = [" ".join(chance.choices(known, k=4))]
    for _ in range(_EXAMPLES):
        words = [*chance.choices(known, k=chance.randint(1, 12)), "unseen", "Ä", "x", "3"]
        chance.shuffle(words)
        written = [chance.choice((word, word.upper(), word.capitalize())) for word in words]
        found.append(
            "".join(word + chance.choice((" ", " ", ", ", "! ", "-", "'s ", "\n")) for word in written).strip()
        )
    return found


def options(step: Any) -> dict[str, Any]:
    """The options with which skl2onnx finds the same words, with a locale that the image has."""
    words = {"tokenexp": _WORDS} if step.token_pattern == _DEFAULT and step.analyzer == "word" else {}
    return {"locale": "C.UTF-8"} | words
