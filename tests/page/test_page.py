"""The page at GET / of a deployed model, in a real browser, without a mouse."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest

from browser import CONTROL, ENTER, TAB, Browser

ANSWER = "document.getElementById('answer').innerText"
CURL = "document.getElementById('code').innerText"
FOCUSED = "document.activeElement"


@pytest.fixture
def page(deployed: str) -> Iterator[Browser]:
    with Browser() as browser:
        browser.open(urljoin(deployed, "."))
        browser.until("document.querySelectorAll('#panels input[type=number]').length === 13")
        yield browser


def tab_to(page: Browser, what: str) -> None:
    for _ in range(40):
        page.press(TAB)
        if page.script(f"return {FOCUSED}.matches({what!r})"):
            return
    raise AssertionError(f"no key reaches {what}")


def test_a_person_without_a_mouse_gets_an_answer(page: Browser) -> None:
    tab_to(page, "#panels input")
    page.press(ENTER, holding=CONTROL)
    page.until(f"{ANSWER}.startsWith('14.7')")
    assert "thousand dollars" in page.script(f"return {ANSWER}")


def test_the_button_can_be_reached_and_pressed_by_keyboard(page: Browser) -> None:
    tab_to(page, "#send")
    page.press(ENTER)
    page.until(f"{ANSWER}.includes('14.7')")


def test_every_field_has_a_label(page: Browser) -> None:
    unlabelled = "[...document.querySelectorAll('input, textarea')].filter((field) => !field.labels.length).length"
    assert page.script(f"return {unlabelled}") == 0


def test_the_curl_that_it_shows_works_as_it_stands(page: Browser, deployed: str) -> None:
    tab_to(page, "#panels input")
    page.press("2")
    shown = page.until(CURL)
    host = deployed.split("/")[2]
    resolve = f"--resolve {host}:127.0.0.1"
    typed = shown.replace("curl ", f"curl --silent {resolve} ", 1)
    answer = subprocess.run(["bash", "-c", typed], capture_output=True, text=True, check=True).stdout
    assert "Succesful Prediction" in answer


def test_an_error_stands_beside_the_field_that_it_concerns(page: Browser) -> None:
    tab_to(page, "#panels input")
    page.press(*"9e99")
    page.press(ENTER, holding=CONTROL)
    page.until("document.querySelector('#panels [aria-invalid=true]')")
    wrong = page.script("return document.querySelector('#panels [aria-invalid=true]').parentNode.innerText")
    assert wrong.startswith("Crimes per person in the town CRIM")


def test_the_page_needs_nothing_from_anywhere_else(page: Browser) -> None:
    origins = "[...new Set(performance.getEntriesByType('resource').map((entry) => new URL(entry.name).origin))]"
    assert page.script(f"return {origins}") == [page.script("return location.origin")]
