"""How a classifier is introduced: what the catalogue says of its weights, and small pictures that it knows.

The pictures are from exporting/pictures, whose SOURCES says whose they are; scaled and saved again as JPEG.
"""

from os.path import dirname, join

import msgspec

from serving.pictures.classification import Query

SAMOYED = "https://upload.wikimedia.org/wikipedia/commons/3/34/Samoyed.jpg"
_SHIPPED = {
    "digits": {"A two": "digits/2.jpg", "A three": "digits/3.jpg", "A seven": "digits/7.jpg"},
    "photographs": {
        "A cat": "photographs/cat.jpg",
        "A cup": "photographs/coffee.jpg",
        "A rocket": "photographs/rocket.jpg",
    },
}


class Page(msgspec.Struct, frozen=True):
    title: str = "What is in a picture"
    description: str = "A classifier of pictures."
    # What whoever uses the model should know of its weights; mostly nothing.
    note: str = ""


def example(pictures: str) -> object:
    """A request body that works with weights that know pictures of this kind."""
    return {"input_url": SAMOYED, "n_predictions": 5} if pictures == "photographs" else msgspec.UNSET


def examples(pictures: str) -> dict[str, Query]:
    """More requests by what they show. The files are read here, when somebody asks for them."""
    return {title: Query(data=_content(file)) for title, file in _SHIPPED[pictures].items()}


def _content(file: str) -> bytes:
    with open(join(dirname(__file__), file), "rb") as opened:  # noqa: PTH118, PTH120, PTH123 (pathlib is slow to import)
        return opened.read()
