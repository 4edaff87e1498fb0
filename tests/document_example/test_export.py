"""What the build does with the weights: both back ends answer alike, and an export that does not ends it."""

from __future__ import annotations

import urllib.parse
from pathlib import Path

import pytest

import calls
from document_example.conftest import FOLDER, given
from exporting import pictures
from pipeline_runs import Home, copy_of
from tools.releases import events

PICTURES = [content for _, content in pictures.all_kinds()]
# Files that the folder's events have not shown it.
PICTURES += [path.read_bytes() + b"anew" for path in sorted((FOLDER / "events").glob("*.jpg"))]


@pytest.mark.every_back_end
def test_both_back_ends_answer_alike(home: Home) -> None:
    """Through the whole stack. The native one is TensorFlow, which the fast image has not."""
    found: dict[str, list[dict[str, float]]] = {}
    versions = set()
    for backend in ("native", "fast"):
        run = home.run("-s", "local", "-r", "-p", str(FOLDER), "-d", env={"BACKEND": backend}).checked()
        assert urllib.parse.urlsplit(run.api_url).path.endswith("/classifier")
        status, health = calls.get(run.api_url, "/health")
        assert (status, health["backend"]) == (200, backend)
        versions.add(health["version"])
        found[backend] = []
        for content in PICTURES:
            status, answer = calls.post(run.api_url, given(content), "/classifier")
            # What the other one found is not taken for its own.
            assert (status, answer["cached"]) == (200, False)
            found[backend].append(answer["prediction"]["probabilities"])
        assert events.main(run.api_url, str(FOLDER / "events")) == 0
    assert len(versions) == 2
    for fast, native in zip(found["fast"], found["native"], strict=True):
        assert fast == pytest.approx(native, abs=1e-3)
        assert max(fast, key=fast.__getitem__) == max(native, key=native.__getitem__)


def test_a_parity_that_fails_fails_the_build(home: Home, tmp_path: Path) -> None:
    """An export of other scores: nothing but the comparison can tell."""
    folder = copy_of(FOLDER, tmp_path / "sabotaged")
    source = folder / "export" / "__main__.py"
    honest = 'network(keras.ops.cast(given, "float32"), training=False)'
    assert source.read_text().count(honest) == 1
    source.write_text(source.read_text().replace(honest, f"{honest} * 1.01"))
    run = home.run("-s", "local", "-r", "-p", str(folder))
    assert run.status == 1
    [line] = [line for line in run.stderr.splitlines() if "export: " in line]
    assert "in the framework and" in line


@pytest.mark.every_build
def test_weights_of_another_network_fail_the_build(home: Home, tmp_path: Path) -> None:
    folder = copy_of(FOLDER, tmp_path / "other")
    (folder / "model" / "document.weights.h5").write_text("<!doctype html>")
    run = home.run("-s", "local", "-r", "-p", str(folder))
    assert run.status == 1
    assert "Traceback" not in run.stderr
    assert [line for line in run.stderr.splitlines() if "export: " in line]
