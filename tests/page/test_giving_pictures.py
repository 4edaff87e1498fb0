"""The ways to give a picture: choosing, dropping, pasting, the camera, an example; and pictures that are too large."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from PIL import Image

from browser import Browser
from page.axe import violations
from page.front import HEADLINE, Front

PANEL = "document.querySelector('#panels .stack').innerText"
PREVIEW = "document.querySelector('.preview').naturalWidth"
SEND = "document.getElementById('send').click()"
BEST = "tabby cat 91.25%"

# A file as a person's gesture brings it.
FILES = """
const bytes = Uint8Array.from(atob(document.querySelector('.example img').src.split(',')[1]), (c) => c.charCodeAt(0));
const files = new DataTransfer();
files.items.add(new File([bytes], 'gift.png', { type: 'image/png' }));
"""


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A phone's picture, of 9 MB."""
    noise = random.Random(1).randbytes(2400 * 1250 * 3)
    Image.frombytes("RGB", (2400, 1250), noise).save(tmp_path / "large.png")
    assert (tmp_path / "large.png").stat().st_size > 9e6
    return tmp_path / "large.png"


def choose(page: Browser, file: Path) -> None:
    page.choose("input[type=file]", file)
    page.until(f"{PANEL}.includes('{file.name}') || document.querySelector('.preview').src")


def test_dropped_anywhere_it_is_shown_and_can_be_asked_about(page: Browser, labels: Front) -> None:
    page.script("document.querySelectorAll('#tabs [role=tab]')[1].click()")
    for event in ("dragenter", "dragover", "drop"):
        page.script(
            FILES + "document.querySelector('h1').dispatchEvent(new DragEvent(arguments[0],"
            " { bubbles: true, cancelable: true, dataTransfer: files }))",
            event,
        )
    assert page.until(PREVIEW) == 64
    assert page.script("return document.body.className") == ""
    page.script(SEND)
    page.until(f"{HEADLINE} === '{BEST}'")
    assert labels.sent[-1]["content-type"] == "image/png"


def test_it_can_be_pasted(page: Browser, labels: Front) -> None:
    page.script(
        FILES + "document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: files, bubbles: true }))"
    )
    assert page.until(PREVIEW) == 64


def test_a_phone_offers_its_camera_and_others_do_not(page: Browser, labels: Front) -> None:
    camera = "document.querySelector('.camera')"
    assert page.script(f"return getComputedStyle({camera}).display") == "none"
    assert page.script(f"return {camera}.querySelector('input').getAttribute('capture')") == "environment"
    page.command("Emulation.setTouchEmulationEnabled", enabled=True)
    page.command("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=True)
    try:
        page.until(f"getComputedStyle({camera}).display !== 'none'")
        assert violations(page) == []
    finally:
        page.command("Emulation.clearDeviceMetricsOverride")
        page.command("Emulation.setTouchEmulationEnabled", enabled=False)


def test_an_example_is_shown_and_asked_about_and_can_be_saved(page: Browser, labels: Front) -> None:
    page.script("document.querySelectorAll('.example')[1].click()")
    page.until(f"{HEADLINE} === '{BEST}'")
    assert page.script(f"return {PREVIEW}") == 64
    assert page.script("return document.querySelector('[download]').download") == "a_red_square.png"
    assert page.script("return document.querySelector('input[type=file]').files[0].name") == "a_red_square.png"
    assert violations(page) == []


def test_the_answer_to_another_picture_goes_when_one_is_chosen(page: Browser, labels: Front, large: Path) -> None:
    page.script("document.querySelectorAll('.example')[0].click()")
    page.until(HEADLINE)
    choose(page, large)
    assert page.script(f"return {HEADLINE} || ''") == ""


def test_two_examples_in_a_row_leave_the_second_and_its_answer(page: Browser, labels: Front) -> None:
    page.script("document.querySelectorAll('.example').forEach((one) => one.click())")
    page.until(HEADLINE)
    assert page.script("return document.querySelector('[download]').download") == "a_red_square.png"
    assert len(labels.sent) == 1


def test_a_picture_that_is_too_large_is_sent_smaller_and_this_is_said(
    page: Browser, labels: Front, large: Path
) -> None:
    page.choose("input[type=file]", large)
    said = page.until(f"/2048 . 1067/.test({PANEL}) && {PANEL}")
    assert "It is 9 MB, more than the 4.4 MB that the API takes." in said
    page.script(SEND)
    page.until(f"{HEADLINE} === '{BEST}'")
    assert labels.sent[-1]["content-type"] == "image/jpeg"
    assert int(labels.sent[-1]["content-length"]) < 4.4e6
    assert page.script("return document.getElementById('code').innerText").startswith("# large.jpg: the picture in the")


def test_a_large_file_that_is_no_picture_is_refused_before_it_is_sent(
    page: Browser, labels: Front, tmp_path: Path
) -> None:
    (tmp_path / "film.png").write_bytes(bytes(5_000_000))
    page.choose("input[type=file]", tmp_path / "film.png")
    page.until(f"{PANEL}.includes('film.png is 5 MB; the API takes 4.4 MB')")
    page.script(SEND)
    assert not labels.sent
    assert violations(page) == []


def test_a_heic_picture_that_the_browser_cannot_read_has_a_sentence_of_its_own(
    page: Browser, labels: Front, tmp_path: Path
) -> None:
    (tmp_path / "IMG_1.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    page.choose("input[type=file]", tmp_path / "IMG_1.HEIC")
    page.until(f"{PANEL}.includes('This is a HEIC picture, as iPhones take them')")
