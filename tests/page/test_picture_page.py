"""The page of a model that classifies pictures: choose one, see bars; choose something else, see why not."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from PIL import Image, ImageDraw

from browser import Browser
from pipeline_runs import FOLDERS, Home

ANSWER = "document.getElementById('answer').innerText"
BARS = "document.querySelectorAll('.bars li').length"


@pytest.fixture(
    scope="module",
    params=[folder for folder in FOLDERS if (folder / "weights.toml").exists()],
    ids=lambda folder: folder.name,
)
def address(request: pytest.FixtureRequest, home: Home) -> str:
    digits = {"WEIGHTS": "digits"}
    return home.run("-s", "local", "-r", "-p", str(request.param), "-d", env=digits).checked().api_url


@pytest.fixture
def page(address: str) -> Iterator[Browser]:
    with Browser() as browser:
        browser.open(urljoin(address, "."))
        browser.until("document.querySelector('input[type=file]') !== null")
        yield browser


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    image = Image.new("RGB", (200, 200), "white")
    ImageDraw.Draw(image).line([(60, 50), (140, 50), (90, 160)], fill="black", width=18, joint="curve")
    image.save(tmp_path / "a seven.png")
    return tmp_path / "a seven.png"


def test_a_chosen_picture_is_shown_and_answered_with_bars(page: Browser, seven: Path) -> None:
    page.choose("input[type=file]", seven)
    page.until("document.querySelector('.preview').naturalWidth === 200")
    page.script("document.querySelector('button.main').click()")
    assert page.until(BARS) == 5
    assert "%" in page.script(f"return {ANSWER}")


def test_the_command_that_it_shows_gives_the_same_answer(page: Browser, seven: Path) -> None:
    page.choose("input[type=file]", seven)
    page.until("document.getElementById('code').innerText.includes('--data-binary')")
    command = page.script("return document.getElementById('code').innerText").replace("curl", "curl --silent", 1)
    answer = subprocess.check_output(["bash", "-c", command], text=True, cwd=seven.parent)
    page.script("document.querySelector('button.main').click()")
    page.until(BARS)
    best = page.script("return document.querySelector('.bars .label span').innerText")
    assert answer.startswith(f'[["{best}",')


def test_what_is_no_picture_is_said_beside_the_field(page: Browser, tmp_path: Path) -> None:
    other = tmp_path / "letter.png"
    other.write_text("Dear Sir or Madam")
    page.choose("input[type=file]", other)
    page.until("document.getElementById('code').innerText.includes('--data-binary')")
    page.script("document.querySelector('button.main').click()")
    page.until(
        "document.querySelector('.wrong').innerText === 'The picture is not a JPEG, PNG, WebP, BMP or GIF image.'"
    )


def test_the_weights_that_stand_in_are_said_and_its_examples_are_what_they_know(page: Browser) -> None:
    page.until("document.getElementById('note').innerText.includes('the ten digits')")
    header = page.script("return document.querySelector('header').innerText")
    assert "Which digit is it" in header
    assert "Weights “digits”, version " in header
    for index, label in enumerate(("2", "3", "7")):
        page.script(f"document.querySelectorAll('.example')[{index}].click()")
        page.until(f"document.querySelector('#answer .headline span')?.innerText === '{label}'")
