"""What the page shows when: answers, waiting, failures. An answer stands beside the input that it belongs to."""

from __future__ import annotations

from typing import Any

import pytest

from browser import Browser
from page.axe import violations
from page.front import HEADLINE, Front, Open
from small_models import make_table_handler

ANSWER = "document.getElementById('answer').innerText"
SEND = "document.getElementById('send').click()"
FIELD = "document.querySelector('#panels input')"
EMPTY = "It will stand here."


def ask(page: Browser) -> str:
    page.script(SEND)
    return str(page.until(HEADLINE))


def change(page: Browser, value: str = "7") -> None:
    page.script(f"{FIELD}.value = '{value}'; {FIELD}.dispatchEvent(new Event('input', {{ bubbles: true }}))")


# --- what is served -------------------------------------------------------------------------------


def test_the_weights_the_version_and_a_warning_are_said(page: Browser, sums: Front) -> None:
    assert "Weights “of sums”, version 7" in page.script("return document.querySelector('header').innerText")
    assert page.script("return document.getElementById('note').innerText") == "Adds up only."


def test_where_there_is_nothing_to_warn_of_nothing_is_warned_of(page: Browser, shown: Open) -> None:
    with shown(make_table_handler()):
        assert page.script("return document.getElementById('note').hidden")


def test_a_column_is_called_by_its_meaning_first(page: Browser, sums: Front) -> None:
    assert page.script("return document.querySelector('#panels label').innerText") == "The number a a"


# --- an answer and its input ----------------------------------------------------------------------


def test_an_answer_goes_when_its_input_changes(page: Browser, sums: Front) -> None:
    assert ask(page) == "3.5"
    change(page)
    assert page.script(f"return {ANSWER}") == EMPTY


def test_an_answer_that_is_under_way_is_thrown_away_when_its_input_changes(page: Browser, sums: Front) -> None:
    sums.answers.clear()
    page.script(SEND)
    page.until(f"{ANSWER}.includes('Waiting')")
    change(page, "8")
    sums.answers.set()
    assert ask(page) == "10.5"


def test_an_answer_goes_when_the_next_one_fails(page: Browser, sums: Front) -> None:
    ask(page)
    sums.instead = 503, {"message": "Service Unavailable"}
    page.script(SEND)
    page.until(f"{HEADLINE} === 'The model did not answer in time.'")
    assert "3.5" not in page.script(f"return {ANSWER}")
    assert violations(page) == []


def test_an_answer_goes_when_the_server_does(page: Browser, sums: Front) -> None:
    ask(page)
    sums.is_gone = True
    page.script(SEND)
    page.until(f"{HEADLINE} === 'The API cannot be reached.'")
    assert "3.5" not in page.script(f"return {ANSWER}")
    assert violations(page) == []


def test_an_answer_goes_when_another_way_to_give_the_input_is_chosen(page: Browser, sums: Front) -> None:
    ask(page)
    page.script("document.querySelectorAll('[role=tab]')[1].click()")
    assert page.script(f"return {ANSWER}") == EMPTY


def test_waiting_is_said_and_counted(page: Browser, sums: Front) -> None:
    sums.answers.clear()
    page.script(SEND)
    page.until(f"{ANSWER}.startsWith('Waiting for the answer. 0 s')")
    page.until(f"{ANSWER}.startsWith('Waiting for the answer. 1 s')")
    assert page.script("return document.getElementById('send').getAttribute('aria-disabled')") == "true"
    assert violations(page) == []
    sums.answers.set()
    page.until(f"{HEADLINE} === '3.5'")
    assert page.script("return document.getElementById('send').getAttribute('aria-disabled')") is None


def test_pressing_again_while_it_waits_sends_nothing(page: Browser, sums: Front) -> None:
    sums.answers.clear()
    page.script(f"{SEND}; {SEND}")
    page.until(f"{ANSWER}.includes('Waiting')")
    sums.answers.set()
    page.until(HEADLINE)
    assert len(sums.sent) == 1


def test_how_long_it_took_is_said_in_words(page: Browser, sums: Front) -> None:
    ask(page)
    said = page.script(f"return {ANSWER}")
    assert "Answered in 0." in said
    assert " seconds, of which the model took " in said
    assert " ms" not in said


# --- examples -------------------------------------------------------------------------------------


def example(page: Browser, title: str) -> None:
    page.script(
        "[...document.querySelectorAll('.example')].find((one) => one.innerText === arguments[0]).click()", title
    )


def test_an_example_is_filled_in_and_asked(page: Browser, sums: Front) -> None:
    example(page, "Tens")
    page.until(f"{HEADLINE} === '60'")
    assert page.script(f"return {FIELD}.value") == "10"


def test_an_example_that_the_form_cannot_hold_goes_where_it_can(page: Browser, sums: Front) -> None:
    example(page, "Two rows")
    page.until(f"{HEADLINE} === '2 numbers'")
    assert page.script("return document.querySelector('#tabs [aria-selected=true]').innerText") == "JSON"


# --- failures -------------------------------------------------------------------------------------

FAILURES: dict[int, tuple[Any, str]] = {
    403: ({"message": "Forbidden"}, "You may not ask this model."),
    404: ({"message": "Not Found"}, "There is no model here."),
    413: ({"message": "Request Too Long"}, "The input is too large."),
    415: ({"message": "", "code": "unsupported_media_type"}, "The API does not take this kind of file."),
    418: ({}, "The API refused this."),
    429: ({"message": "Too Many Requests"}, "Too many are asking at once."),
    500: ({"message": "Oh", "request_id": "id-7"}, "The model failed on this input."),
    502: ("<html>502 Bad Gateway</html>", "The model broke off."),
    503: ({"message": "Service Unavailable"}, "The model did not answer in time."),
    504: ({"message": "Endpoint request timed out"}, "The model took too long."),
}


@pytest.mark.parametrize("status", FAILURES)
def test_a_failure_has_a_sentence_of_the_page_in_the_place_of_the_answer(
    page: Browser, sums: Front, status: int
) -> None:
    body, sentence = FAILURES[status]
    sums.instead = status, body
    assert ask(page) == sentence
    said = page.script("return document.body.innerText")
    assert "Gateway" not in said
    assert "Service Unavailable" not in said
    assert violations(page) == []


def test_a_failure_of_the_model_names_the_request_for_its_log(page: Browser, sums: Front) -> None:
    sums.instead = 500, {"message": "Oh", "request_id": "id-7"}
    ask(page)
    assert "In the log it is request id-7." in page.script(f"return {ANSWER}")
    assert violations(page) == []


def test_being_offline_is_said(page: Browser, sums: Front) -> None:
    away = {"latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    page.command("Network.enable")
    page.command("Network.emulateNetworkConditions", offline=True, **away)
    try:
        assert ask(page) == "You are offline."
        assert violations(page) == []
    finally:
        page.command("Network.emulateNetworkConditions", offline=False, **away)


def test_a_field_that_needs_a_change_says_so_by_its_meaning(page: Browser, sums: Front) -> None:
    change(page, "9e99")
    assert ask(page) == "The input needs a change."
    said = page.script("return document.querySelector('#panels [aria-invalid=true]').parentNode.innerText")
    assert "The number a must be" in said
    assert "input_X" not in said
    assert violations(page) == []


# --- for everybody, everywhere --------------------------------------------------------------------


def test_nothing_keeps_anybody_from_using_it(page: Browser, sums: Front) -> None:
    assert violations(page) == []
    ask(page)
    assert violations(page) == []
    example(page, "Two rows")
    page.until(f"{HEADLINE} === '2 numbers'")
    page.script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert violations(page) == []


@pytest.mark.parametrize("width", [320, 390, 1200])
def test_nothing_is_wider_than_the_screen_and_no_number_breaks(page: Browser, sums: Front, width: int) -> None:
    page.command("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
    try:
        example(page, "Two rows")
        page.until(HEADLINE)
        assert page.script("return document.documentElement.scrollWidth <= innerWidth")
        lines = "[...document.querySelectorAll('.figure')].map((one) => one.getClientRects().length)"
        assert set(page.script(f"return {lines}")) == {1}
    finally:
        page.command("Emulation.clearDeviceMetricsOverride")


def test_it_and_its_links_stand_below_any_path_also_without_a_slash_at_the_end(page: Browser, sums: Front) -> None:
    address = page.script("return location.href")
    for at in (address, address.rstrip("/")):
        page.open(at)
        page.until(f"{FIELD} !== null")
        links = page.script("return [...document.querySelectorAll('header a')].map((link) => link.href)")
        assert links == [f"{address}docs", f"{address}openapi.json", f"{address}health"]
        assert ask(page) == "3.5"
        assert f"'{address}predict'" in page.script("return document.getElementById('code').innerText")


def test_the_models_own_address_leads_here_below_any_path(page: Browser, sums: Front) -> None:
    address = page.script("return location.href")
    page.open(f"{address}predict")
    page.until(f"{FIELD} !== null")
    assert page.script("return location.href") == address
