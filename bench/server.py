"""Measures the images as servers: the requests per second that each model answers, and the same for FastAPI.

    .pipeline/venv/bin/python -m bench.server                 every folder
    .pipeline/venv/bin/python -m bench.server --check         only FastAPI; ours must answer 1.5 times its requests

FastAPI serves the model of tensorflow-example with the weights `digits`, from the same file, as a good tutorial would:
LiteRT's interpreter under uvicorn with its C parser and event loop, one process per processor. The two take turns.
The load generator shares the processors with the server, in the same way for both.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from typing import Any

from bench import engine, images, load
from bench.__main__ import say
from bench.asked import request
from bench.figures import quantile

CONNECTIONS, ROUNDS, SECONDS, WARM_UP_SECONDS = 64, 5, 6.0, 2.0
AT_LEAST = 1.5
RIVAL = Path(__file__).resolve().parent / "fastapi"
COMPARED = "tensorflow-example"
DIGIT = images.ROOT / COMPARED / "events" / "seven.png"
PATIENCE_S = 60.0
PORT = 8080


@dataclass(frozen=True)
class Served:
    """The medians of the rounds."""

    name: str
    rate: float  # requests answered per second
    p50: float
    p99: float


@dataclass(frozen=True)
class Server:
    address: load.Address
    container: str


class Wrong(Exception):
    """An answer is missing or wrong."""


@contextmanager
def started(image: str, *command: str) -> Iterator[Server]:
    """Run a container that listens, with minimal privileges, and remove it on exit.

    It is called at its own address, because a published port goes through a proxy process.
    """
    container = engine.run("run", "--detach", "--read-only", "--tmpfs", "/tmp", image, *command).strip()  # noqa: S108
    try:
        address = (engine.address(container), PORT)
        deadline = time.monotonic() + PATIENCE_S
        while not _is_there(address):
            if time.monotonic() > deadline:
                raise Wrong(f"{image} does not answer:\n{engine.logs(container)[-2000:]}")
            time.sleep(0.1)
        yield Server(address, container)
    finally:
        engine.run("rm", "--force", container)


def _is_there(address: load.Address) -> bool:
    try:
        return ask(address, "GET", "/health")[0] == 200
    except OSError:
        return False


def ask(address: load.Address, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
    connection = HTTPConnection(*address, timeout=30)
    try:
        connection.request(method, path, body, {"content-type": "application/json"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def measured(sides: dict[str, load.Address], body: bytes, path: str, rounds: int, seconds: float) -> list[Served]:
    """Measure the servers in turns. Their answers must be successful and alike."""
    answers = {name: ask(address, "POST", path, body) for name, address in sides.items()}
    if any(status != 200 for status, _ in answers.values()) or not _alike([body for _, body in answers.values()]):
        raise Wrong(f"the answers are not alike: {answers}")
    sent = load.request("POST", path, body)
    results: dict[str, list[load.Result]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, address in sides.items():
            result = load.run(address, [sent], CONNECTIONS, seconds if number else WARM_UP_SECONDS)
            if set(result.statuses) != {200} or result.lost:
                raise Wrong(f"{name}: {result.statuses}, {result.lost} lost")
            if number:
                results[name].append(result)
                say(f"round {number} of {rounds}: {name}: {result.rate:.0f} requests a second")
    return [
        Served(
            name,
            median(result.rate for result in found),
            median(quantile(result.milliseconds, 50) for result in found),
            median(quantile(result.milliseconds, 99) for result in found),
        )
        for name, found in results.items()
    ]


def _alike(answers: Sequence[Any]) -> bool:
    """Whether the answers have the same classes in the same order, with the same percentages up to rounding."""
    if not all(isinstance(answer, list) for answer in answers):
        return len(answers) == 1
    return all(
        a[0] == b[0] and abs(a[1] - b[1]) < 0.05 for answer in answers for a, b in zip(answers[0], answer, strict=True)
    )


def against_fastapi(rounds: int, seconds: float) -> list[Served]:
    say("FastAPI: images")
    ours = images.ours(COMPARED, images.Weights("digits"), WEIGHTS="digits")
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder, "model.tflite")
        container = engine.run("create", ours).strip()
        engine.run("cp", f"{container}:/var/task/model/model.tflite", str(model))
        engine.run("rm", container)
        labels = images.ROOT / COMPARED / "weights" / "digits.labels.txt"
        rival = images.built(RIVAL, {"model/model.tflite": model, "model/labels.txt": labels})
    body = json.dumps({"data": b64encode(DIGIT.read_bytes()).decode()}).encode()
    with started(ours, "serve") as served, started(rival) as rivals:
        return measured({"ours": served.address, "FastAPI": rivals.address}, body, "/predict", rounds, seconds)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.server", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", metavar="FOLDER", help="default: all; with --check, none")
    parser.add_argument("--check", action="store_true", help="exit with 1 if ours does not answer that many")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures")
    arguments = parser.parse_args()
    try:
        ours, fastapi = against_fastapi(ROUNDS, SECONDS)
        found = [ours, fastapi]
        for folder in arguments.folders or ([] if arguments.check else images.folders()):
            found += of_folder(folder)
    except (Wrong, engine.EngineError, images.BuildError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{'':22}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}")
    for each in found:
        print(f"{each.name:22}{each.rate:12.0f}{each.p50:9.1f}{each.p99:9.1f}")
    ratio = ours.rate / fastapi.rate
    holds = ratio >= AT_LEAST
    print(f"{'holds' if holds else 'FAILS'}  {ratio:.2f} times FastAPI (at least {AT_LEAST})")
    if arguments.json:
        arguments.json.write_text(json.dumps([asdict(each) for each in found], indent=1) + "\n")
    return 0 if holds or not arguments.check else 1


def of_folder(folder: str) -> list[Served]:
    say(f"{folder}: image")
    path = json.loads((images.NAIVE / folder / "request.json").read_text()).get("$path", "/predict")
    with started(images.ours(folder, images.weights(folder)), "serve") as served:
        return measured({folder: served.address}, request(folder), path, ROUNDS, SECONDS)


if __name__ == "__main__":
    sys.exit(main())
