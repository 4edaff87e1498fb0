"""A server under load: 64 connections, a minute of good and bad requests, and a stop in the middle of them."""

from __future__ import annotations

import base64
import json
import subprocess
import threading

import pytest

import model_images
from bench import load, server
from pipeline_runs import ROOT, Home

pytestmark = pytest.mark.alone

CONNECTIONS, SECONDS = 64, 60.0
FOLDER = ROOT / "tensorflow-example"
SEVEN = (FOLDER / "events" / "seven.png").read_bytes()
GOOD = load.request("POST", "/predict", {"data": base64.b64encode(SEVEN).decode()})
REQUESTS = {
    GOOD: 200,
    load.request("POST", "/predict?n_predictions=3", SEVEN, "image/png"): 200,
    load.request("POST", "/", SEVEN, "image/png"): 200,
    load.request("GET", "/health"): 200,
    load.request("POST", "/predict", {"data": base64.b64encode(SEVEN[:900]).decode()}): 400,
    load.request("POST", "/predict", {"data": "no base64"}): 400,
    load.request("POST", "/predict", b"{"): 400,
    load.request("POST", "/predict", {"input_url": "http://169.254.169.254/"}): 400,
    load.request("POST", "/predict", {"n_predictions": 10**9}): 400,
    load.request("POST", "/predict", b"a,b\n", "text/csv"): 415,
    load.request("POST", "/predict", b"x" * 6_500_000, "image/png"): 413,
    load.request("GET", "/nothing"): 404,
    load.request("DELETE", "/predict"): 405,
}


@pytest.fixture(scope="module")
def digits(home: Home) -> str:
    """The image of stage local, with the weights that ship with the folder."""
    return model_images.pushed(home, FOLDER, WEIGHTS="digits")


def megabytes(container: str) -> float:
    """What all its processes take, as the engine counts it."""
    usage = subprocess.check_output(
        ["docker", "stats", "--no-stream", "--format", "{{.MemUsage}}", container], text=True
    )
    return float(usage.partition("MiB")[0])


def test_a_minute_of_good_and_bad_requests_meets_no_fault_and_leaves_no_memory_behind(digits: str) -> None:
    with server.started(digits, "serve") as served:
        for sent, status in REQUESTS.items():
            [given] = load.run(served.address, [sent], 1, 0.05).statuses
            assert given == status, sent[:100]
        taken: list[float] = []
        over = threading.Event()

        def watch() -> None:
            while not over.wait(2):
                taken.append(megabytes(served.container))

        watching = threading.Thread(target=watch)
        watching.start()
        result = load.run(served.address, list(REQUESTS), CONNECTIONS, SECONDS)
        over.set()
        watching.join()
        log = subprocess.check_output(["docker", "logs", served.container], text=True)
    print(f"{result.rate:.0f} requests a second, {dict(result.statuses)}, {taken[0]:.0f} to {taken[-1]:.0f} MB")
    assert set(result.statuses) == set(REQUESTS.values())
    assert (result.lost, result.refused) == (0, 0)
    # Once all threads have worked, it is what it is.
    third = len(taken) // 3
    first, last = (sorted(part)[len(part) // 2] for part in (taken[third : 2 * third], taken[-third:]))
    assert last < 1.05 * first
    assert '"level":"ERROR"' not in log


def test_a_stop_under_load_loses_nothing_that_was_accepted(digits: str) -> None:
    with server.started(digits, "serve") as served:
        stopping = threading.Timer(5, subprocess.run, [["docker", "stop", "-t", "40", served.container]])
        stopping.start()
        result = load.run(served.address, [GOOD], CONNECTIONS, 10)
        stopping.join()
        state = subprocess.check_output(
            ["docker", "inspect", "--format", "{{json .State}}", served.container], text=True
        )
        lines = subprocess.check_output(["docker", "logs", served.container], text=True).splitlines()
    print(f"{result.answered} answered, {result.lost} lost, {result.refused} connections refused")
    assert set(result.statuses) == {200}
    assert result.lost == 0
    assert result.refused
    assert (json.loads(state)["ExitCode"], json.loads(state)["OOMKilled"]) == (0, False)
    # What it says it answered, callers have got: but for the /health by which the start was waited for.
    assert sum('"path":"/predict"' in line for line in lines) == result.answered
