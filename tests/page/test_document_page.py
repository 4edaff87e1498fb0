"""The page of a model that takes a picture in a field of its own, with a text beside it, and answers with shares."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest

from browser import CONTROL, ENTER, TAB, Browser
from pipeline_runs import ROOT, Home

FOLDER = ROOT / "document-example"
CURL = "document.getElementById('code').innerText"
LABELS = "[...document.querySelectorAll('.bars .label')].map((label) => label.innerText.split(/\\s+/))"
SEND = "document.querySelector('button.main').click()"
LEAD = "document.querySelector('#panels input[type=text]')"


@pytest.fixture(scope="module")
def address(home: Home) -> str:
    return home.run("-s", "local", "-r", "-p", str(FOLDER), "-d").checked().api_url


@pytest.fixture
def page(address: str) -> Iterator[Browser]:
    with Browser() as browser:
        browser.open(urljoin(address, "."))
        browser.until("document.querySelector('input[type=file]') !== null")
        yield browser


def choose(page: Browser, file: Path) -> None:
    page.choose("input[type=file]", file)
    page.until(f"{CURL}.includes('--data-binary')")


def type_lead(page: Browser, text: str) -> None:
    page.script(f"{LEAD}.value = {json.dumps(text)}; {LEAD}.dispatchEvent(new Event('input', {{ bubbles: true }}))")


@pytest.mark.parametrize("name", ["selfie", "document", "invalid"])
def test_the_three_probabilities_are_bars_best_first(page: Browser, name: str) -> None:
    choose(page, FOLDER / "events" / f"{name}.jpg")
    assert page.until("document.querySelector('.preview').naturalWidth") > 0
    page.script(SEND)
    page.until("document.querySelectorAll('.bars li').length === 3")
    found = page.script(f"return {LABELS}")
    assert found[0][0] == name
    assert {label for label, *_ in found} == {"selfie", "document", "invalid"}
    percentages = [float(number.removesuffix("%")) if number != "under" else 0.01 for _, number, *_ in found]
    assert percentages == sorted(percentages, reverse=True)
    assert 99 < percentages[0] <= 100
    assert "photoHash" in page.script("return document.getElementById('answer').textContent")


def test_what_it_needs_beside_the_picture_can_be_typed_and_is_sent(page: Browser) -> None:
    choose(page, FOLDER / "events" / "selfie.jpg")
    type_lead(page, "lead 42")
    page.script(SEND)
    page.until("document.getElementById('answer').textContent.includes('\"leadId\": \"lead 42\"')")


def test_the_command_that_it_shows_gives_the_same_answer(page: Browser) -> None:
    choose(page, FOLDER / "events" / "document.jpg")
    lead = '100 %s of "it\'s" \\n, ü'
    type_lead(page, lead)
    command = page.script(f"return {CURL}").replace("curl", "curl --silent", 1)
    said = subprocess.check_output(["bash", "-c", command], text=True, cwd=FOLDER / "events")
    answer = json.loads(said)
    assert (answer["leadId"], answer["prediction"]["class_predicted"]) == (lead, "document")


def test_what_is_no_picture_is_said_beside_the_field(page: Browser, tmp_path: Path) -> None:
    letter = tmp_path / "letter.png"
    letter.write_text("Dear Sir or Madam")
    choose(page, letter)
    page.script(SEND)
    page.until("document.querySelector('.wrong').innerText.includes('is not a JPEG, PNG, WebP, BMP or GIF image')")
    assert page.script("return document.querySelector('input[type=file]').matches('[aria-invalid=true]')")


def test_a_text_that_is_missing_is_said_beside_its_field(page: Browser) -> None:
    choose(page, FOLDER / "events" / "selfie.jpg")
    type_lead(page, "")
    page.script(SEND)
    page.until(f"{LEAD}.matches('[aria-invalid=true]')")
    assert "must be text of length at least 1" in page.script(f"return {LEAD}.parentNode.innerText")


def test_no_picture_at_all_is_said_before_anything_is_sent(page: Browser) -> None:
    for _ in range(40):
        page.press(TAB)
        if page.script("return document.activeElement.matches('input[type=text]')"):
            break
    page.press(ENTER, holding=CONTROL)
    page.until("document.querySelector('.wrong').innerText.includes('Choose a picture first')")
