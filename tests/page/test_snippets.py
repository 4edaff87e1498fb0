"""The programs that the page shows, run as they stand: each prints the answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from browser import Browser
from generators import installed
from page.conftest import square
from page.front import BASE, Front, Open
from small_models import make_note_handler

LANGUAGES = ["curl", "Python", "JavaScript"]
CODE = "document.getElementById('code').innerText"
TYPE = "const field = document.querySelector(arguments[0]); field.value = arguments[1];"
TYPE += "field.dispatchEvent(new Event('input', { bubbles: true }))"


def shown_in(page: Browser, language: str) -> str:
    page.script(
        "[...document.querySelectorAll('#languages button')].find((tab) => tab.innerText === arguments[0]).click()",
        language,
    )
    return str(page.script(f"return {CODE}"))


def run(language: str, code: str, folder: Path) -> Any:
    if language == "curl":
        command = ["bash", "-c", code.replace("curl -X", "curl --silent -X")]
    elif language == "Python":
        command = [sys.executable, "-c", code]
    else:
        (folder / "ask.mjs").write_text(code)
        command = ["node", "ask.mjs"]
    environment = installed.environment()
    said = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout
    return said if language != "curl" else json.loads(said)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form(page: Browser, sums: Front, language: str, tmp_path: Path) -> None:
    page.script(TYPE, "#panels input", "4")
    assert "6.5" in str(run(language, shown_in(page, language), tmp_path))


@pytest.mark.parametrize("language", LANGUAGES)
def test_json_as_it_was_typed(page: Browser, sums: Front, language: str, tmp_path: Path) -> None:
    page.script("document.querySelectorAll('#tabs [role=tab]')[1].click()")
    page.script(TYPE, "textarea", '{"input_X": [[1, 2, null], [3, 4, 5]]}')
    assert "12" in str(run(language, shown_in(page, language), tmp_path))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_no_json_is_sent_as_it_stands_too(page: Browser, sums: Front, language: str, tmp_path: Path) -> None:
    page.script("document.querySelectorAll('#tabs [role=tab]')[1].click()")
    page.script(TYPE, "textarea", """it's no "json"\\n, ü""")
    assert "not_json" in str(run(language, shown_in(page, language), tmp_path))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    (tmp_path / "it's a square.png").write_bytes(square("teal"))
    return tmp_path / "it's a square.png"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_picture_that_is_the_body(page: Browser, labels: Front, language: str, picture: Path) -> None:
    page.choose("input[type=file]", picture)
    page.until(f"!{CODE}.includes('Choose')")
    assert "tiger cat" in str(run(language, shown_in(page, language), picture.parent))
    assert labels.sent[-1]["content-type"] == "image/png"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_picture_within_json_with_a_text_beside_it(page: Browser, shown: Open, language: str, picture: Path) -> None:
    with shown(make_note_handler()):
        page.choose("input[type=file]", picture)
        text = '100 %s of "it\'s" \\n, ü'
        page.until(f"!{CODE}.includes('Choose')")
        page.script(TYPE, "#panels input[type=text]", text)
        said = run(language, shown_in(page, language), picture.parent)
    if language == "curl":
        assert said == {"note": text, "size": len(square("teal"))}
    else:
        assert f"{len(square('teal'))}" in said
        assert "100 %s of" in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address(page: Browser, labels: Front, language: str, tmp_path: Path) -> None:
    page.script("document.querySelectorAll('#tabs [role=tab]')[1].click()")
    page.script(TYPE, "#panels input[type=url]", "https://example.com/a.png")
    assert "tabby cat" in str(run(language, shown_in(page, language), tmp_path))


def test_a_program_names_the_address_at_which_the_page_stands(page: Browser, sums: Front) -> None:
    for language in LANGUAGES:
        assert f"{BASE}/predict" in shown_in(page, language)


def test_the_button_copies_it_or_selects_it(page: Browser, sums: Front) -> None:
    page.script("document.getElementById('copy').click()")
    page.until("['Copied', 'Selected'].includes(document.getElementById('copy').innerText)")
