"""Make a model folder from a file.

    python tools models.new NAME FROM CACHE [--samples FILE] [--labels FILE] [--preprocess WAY] [--arch NETWORK]
        [--inputs SIZES] [--signature NAME] [--converted FILE] [--ask] [--request]

With --request nothing is made: it prints the request to a converter of readers/, whose answer --converted takes.
The folder NAME appears in the current folder, whole or not at all. Progress goes to stderr. Exit status 3: the file is
refused, and stdout says what, why and what to do, one line each.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.models import copied, environment, given, held, huggingface, kinds, questions
from tools.models.conversion import Converted
from tools.models.reading import REFUSED, Reading, Refused, Table, Texts, decoded, line, told
from tools.models.writing import events, folder, readme
from tools.models.writing.made import Made, of

ROOT = Path(__file__).resolve().parents[2]

# The extension of a converted file, by its runtime.
_SUFFIXES = {"onnxruntime": ".onnx", "litert": ".tflite"}


@contextmanager
def making(name: str) -> Iterator[Path]:
    """A temporary folder that becomes the new one unless something fails. What killed runs left is removed first."""
    for left in Path().glob(f".{name}.new-*"):
        if not Path("/proc", left.suffix.rpartition("-")[2]).exists():
            shutil.rmtree(left)
    made = Path(f".{name}.new-{os.getpid()}")
    # a signal may come at once
    try:
        made.mkdir()
        yield made
        made.rename(name)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def read(kind: str, file: Path, samples: Any, variables: dict[str, str], *words: str) -> Reading:
    command = [sys.executable, "-B", str(ROOT / "tools"), f"models.readers.{kind}", str(file), *words]
    done = subprocess.run(command, input=json.dumps(samples).encode(), capture_output=True, env=variables)
    if done.returncode == REFUSED:
        raise Refused(*done.stdout.decode().split("\n"))
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Refused(f"{file.name} cannot be read", (said or [f"status {done.returncode}"])[-1], "")
    found: Reading = decoded(done.stdout, Reading)
    return found


def write(made: Path, name: str, model: Path, found: Made, variables: dict[str, str], came_from: str) -> None:
    app, reading = found.app, found.reading
    request, answer = next(iter(found.good.values()))
    text = readme.text(name, app.title, reading.summary, request, answer, app.model_file, found.notes, came_from)
    folder.write(made, found.runtime, model, app.model_file, app.source(), text)
    if found.labels:
        (made / "model" / "labels.txt").write_text("".join(f"{label}\n" for label in found.labels))
    requests = [events.request(body) for body, _ in found.compared]
    *answers, refused = held.asked(made, [*requests, events.request(app.refused())], variables)
    off = [held.check(wanted, *got, found.tolerance) for (_, wanted), got in zip(found.compared, answers, strict=True)]
    print(f"          {_asked(found)}: at most {max(off):.2g} from what the framework gives", file=sys.stderr)
    good = {
        name: events.good(body, wanted, found.tolerance, found.paths.get(name, events.PATH))
        for name, (body, wanted) in found.good.items()
    }
    written = {"health": events.HEALTH, **good, found.refusal: events.refusal(app.refused(), *refused)}
    events.write(made / "events", written, found.pictures)


def _asked(found: Made) -> str:
    if found.pictures:
        return f"{len(found.compared)} pictures"
    reading = found.reading
    if isinstance(reading, Table):
        return f"{len(reading.rows)} rows"
    return f"{len(reading.texts)} texts" if isinstance(reading, Texts) else f"{len(reading.calls)} calls"


def main(options: argparse.Namespace) -> None:
    source = Path(options.source)
    if options.request:
        print(given.write(given.request(options)))
        return
    with making(options.name) as made:
        kind = kinds.main(source)
        if kind == kinds.FOLDER:
            copied.copy(source, options.name, made)
            return
        file, reading, variables = _read(source, kind, options, made)
        given.check_pictures(reading, options.samples)
        for each in (reading.summary, *reading.notes):
            print(f"          {line(each)}", file=sys.stderr)
        labels = questions.labels(reading, options.labels, ask=options.ask)
        title, model_file = options.name.replace("-", " ").capitalize(), f"model{file.suffix}"
        found = of(reading, title, model_file, labels)
        write(made, options.name, file, found, variables, source.resolve().name if file != source else "")


def _read(source: Path, kind: str, options: argparse.Namespace, made: Path) -> tuple[Path, Reading, dict[str, str]]:
    """The file to serve, what is known of it, and the environment variables for its runtime."""
    model = made / "model" / "model.onnx"
    if options.converted:
        converted: Converted = decoded(Path(options.converted).read_bytes(), Converted)
        if converted.reading.runtime not in _SUFFIXES:
            raise Refused(f"nothing is converted to what {converted.reading.runtime} serves", "", "")
        model = model.with_suffix(_SUFFIXES[converted.reading.runtime])
        model.parent.mkdir()
        model.write_bytes(converted.model)
        return model, converted.reading, environment.variables(converted.reading.runtime, Path(options.cache))
    given.check(options, kind)
    variables = environment.variables(kind, Path(options.cache))
    if kind == kinds.HUGGINGFACE:
        request = huggingface.request(model.parent, options.samples)
        return model, read(kind, source, request, variables), variables
    if kind == kinds.CATBOOST:
        request = {"to": str(model.parent), "samples": given.asked(options, kind)}
        return model, read(kind, source, request, variables), variables
    return source, _answered(source, kind, options, variables), variables


def _answered(source: Path, kind: str, options: argparse.Namespace, variables: dict[str, str]) -> Reading:
    """Read the file, and again if the answer to a question changes how."""

    def again() -> Reading:
        words = [options.signature] * bool(options.signature)
        return read(kind, source, given.asked(options, kind), variables, *words)

    reading = again()
    if options.ask and not options.signature and (other := questions.signature(reading)):
        options.signature = other
        reading = again()
    if options.ask and not options.preprocess and not options.samples and (way := questions.preprocess(reading)):
        options.preprocess = way
        reading = again()
    reading.notes.extend(questions.said(reading) if not options.preprocess else [])
    return reading


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    for name in ("name", "source", "cache"):
        parser.add_argument(name)
    for name in ("--samples", "--labels", "--preprocess", "--arch", "--inputs", "--signature", "--converted"):
        parser.add_argument(name)
    for name in ("--ask", "--request"):
        parser.add_argument(name, action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    # Exit in the normal way, so that the temporary folder is removed.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with told():
        main(_parsed())
