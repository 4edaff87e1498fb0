"""Runs during the build: exports the checkpoint, and fails unless the export answers as PyTorch does."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from app.network.architecture import Unfit
from app.network.facts import Facts
from app.network.onnx import Network
from export import graph, parity
from exporting import chosen, program, scaling

if TYPE_CHECKING:
    from app.network.native import Network as Native


def export(weights: Path, model: Path, backend: str) -> Facts:
    found = chosen.read(weights)
    source, how = weights / found.file, found.preprocessing
    labels, categories = chosen.labels(weights)
    file = model / ("model.onnx" if backend == "fast" else f"model{source.suffix}")
    shown: dict[str, Any] = {"page": found.page, "pictures": found.pictures}
    facts = Facts(found.name, file.name, "", labels, categories, found.architecture, how, **shown)
    if backend == "fast":
        graph.write(source, facts, file)
        parity.check(source, facts, file)
        predict = Network(file, how).predict
    else:
        shutil.copyfile(source, file)
        predict = native(facts, file).predict
    exact = not scaling.holds(predict, how, found.folder_of_pictures)
    return msgspec.structs.replace(facts, model_sha256=chosen.sha256(file), exact=exact)


def native(facts: Facts, file: Path) -> "Native":
    """The native back end with the unchanged weights, after one trial prediction."""
    from app.network.native import Network as Native

    how = facts.preprocessing
    network = Native(file, facts)
    total = sum(network.predict(bytes(how.width * how.height * 3)))
    if abs(total - 1) > 1e-3:
        raise Unfit(f"{file.name}: the probabilities of a black picture add up to {total:.4f}, not to 1")
    return network


if __name__ == "__main__":
    program.run(export)
