"""Runs during the build: exports the checkpoint, and fails unless the export answers as TensorFlow does."""

from pathlib import Path

import msgspec
from msgspec.structs import replace

from app.network import litert, native
from app.network.facts import Architecture, Facts
from export import checkpoint, parity, tflite
from exporting import chosen, program, scaling
from serving.runtimes.session import Failed


def export(weights: Path, model: Path, backend: str) -> Facts:
    found = chosen.read(weights)
    labels, categories = chosen.labels(weights)
    source = weights / found.file
    facts = Facts(
        name=found.name,
        # Keras recognises weights by the file's extension, so it is kept.
        file=found.file if backend == "native" else "model.tflite",
        model_sha256="",
        labels=labels,
        categories=categories,
        architecture=msgspec.convert(found.architecture, Architecture),
        preprocessing=found.preprocessing,
        page=found.page,
        pictures=found.pictures,
    )
    if source.suffix == ".tflite":
        if backend == "native":
            raise native.Unfit("a .tflite file is served by LiteRT: BACKEND=fast")
        facts = tflite.take(source, model, facts)
    elif backend == "native":
        facts = checkpoint.keep(source, model, facts)
    else:
        facts = checkpoint.convert(source, model, facts)
        parity.check(source, model, facts)
    facts = replace(facts, model_sha256=chosen.sha256(model / facts.file))
    network = opened(model / facts.file, backend, facts)
    holds = scaling.holds(lambda pixels: network.scores([pixels])[0], facts.preprocessing, found.folder_of_pictures)
    return replace(facts, exact=not holds)


def opened(file: Path, backend: str, facts: Facts) -> litert.Network | native.Network:
    if backend == "native":
        return native.Network(file, facts.architecture, facts.preprocessing, len(facts.labels))
    return litert.Network(str(file), facts.preprocessing, softmax=facts.softmax)


if __name__ == "__main__":
    program.run(export, Failed)
