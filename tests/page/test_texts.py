"""The page of a model of texts: a field for a text, a vector or shares as the answer, and a batch as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import serving
import tiny_texts
from browser import Browser
from page.axe import violations
from page.front import HEADLINE, Open
from serving import texts

FIELD = "document.querySelector('#panels textarea.prose')"


def handler(folder: Path) -> serving.Handler[texts.Network]:
    tiny_texts.write(folder)
    batch = {"input": ["cold", "warm"]}
    made = serving.Handler(
        lambda: texts.Network(f"{folder}/"),
        texts.embeddings,
        example={"input": "cold day"},
        examples=lambda _: {"A night": {"input": "night"}, "Two": batch},
    )
    made.add("POST", "/v1/embeddings", texts.openai)
    return made


def click(page: Browser, text: str) -> None:
    page.script(f"[...document.querySelectorAll('button')].find((one) => one.innerText === {json.dumps(text)}).click()")


def test_a_text_in_a_field_and_its_vector(page: Browser, shown: Open, tmp_path: Path) -> None:
    with shown(handler(tmp_path)):
        assert page.script(f"return {FIELD}.value") == "cold day"
        page.script("document.getElementById('send').click()")
        assert page.until(HEADLINE) == f"{tiny_texts.WIDTH} numbers"
        assert page.script("return document.querySelectorAll('#answer .values li').length") == tiny_texts.WIDTH
        assert violations(page) == []


def test_an_example_of_a_text_and_one_of_a_batch(page: Browser, shown: Open, tmp_path: Path) -> None:
    with shown(handler(tmp_path)):
        click(page, "A night")
        page.until(HEADLINE)
        assert page.script(f"return {FIELD}.value") == "night"
        click(page, "Two")
        page.until("document.getElementById('answer').textContent.includes('\"total_tokens\": 6')")
        assert page.script("return document.querySelector('[role=tab][aria-selected=true]').innerText") == "JSON"


def test_what_is_too_long_is_said_at_the_field(page: Browser, shown: Open, tmp_path: Path) -> None:
    with shown(handler(tmp_path)):
        page.script(f"{FIELD}.value = 'x'.repeat(100001); document.getElementById('send').click()")
        said = page.until(f"{FIELD}.parentNode.querySelector('.wrong').textContent")
        assert "length" in str(said)
