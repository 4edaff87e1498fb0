"""Says what is in a picture."""

import msgspec

import serving
from app import browser, several
from app.model import Model, load
from app.network.values import Scores
from serving.pictures import classification, samples


def predict(model: Model, query: classification.Query) -> classification.Answer:
    return classification.answer(model.classes, scored(model, query), query)


def scored(model: Model, query: classification.Query) -> Scores:
    classification.check(model.classes, query)
    picture, field = classification.picture(query)
    [scores] = model.scores([model.pixels(picture, field)])
    return scores


class Best(msgspec.Struct):
    """The most likely class and its probability."""

    value: str
    score: float


def best(model: Model, query: classification.Query) -> Best:
    [(number, score)] = model.classes.best(scored(model, query), 1)
    return Best(model.classes.labels[number], round(score, 5))


def warm_up() -> classification.Query:
    """The request predicted before a snapshot, when the example's address may be unreachable."""
    from serving import snapstart

    return classification.Query(data=snapstart.picture(), n_predictions=1)


handler = serving.Handler(
    load,
    predict,
    title=lambda model: model.facts.page.title,
    description=lambda model: model.facts.page.description,
    license="Apache-2.0",
    example=lambda model: samples.example(model.facts.pictures),
    examples=lambda model: samples.examples(model.facts.pictures),
    body_readers=classification.READERS,
    about=lambda model: {
        "version": model.facts.model_sha256[:12],
        "backend": model.backend,
        "weights": model.facts.name,
        "note": model.facts.page.note,
    },
    warm_up=warm_up,
)
# Clients that post a picture to the root send no Content-Type, or the default of their tool.
UNNAMED = dict.fromkeys(
    ("application/octet-stream", "application/x-www-form-urlencoded"), classification.READERS["image/jpeg"]
)
handler.add("POST", "/", best, summary="The likeliest class", body_readers={**classification.READERS, **UNNAMED})
handler.add("POST", "/v1/predict", several.predict, summary="Several pictures", example=several.EXAMPLE)
handler.add("GET", "/handler", browser.predict, summary="For the address bar of a browser")
