"""The texts of a classifier's page, from weights.toml, and small example pictures.

The pictures are from exporting/pictures, whose SOURCES lists their origins, scaled and saved again as JPEG.
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
    # What users of the model should know about its weights; usually nothing.
    note: str = ""


def example(pictures: str) -> object:
    """A request body that suits weights for pictures of this kind."""
    return {"input_url": SAMOYED, "n_predictions": 5} if pictures == "photographs" else msgspec.UNSET


def examples(pictures: str) -> dict[str, Query]:
    """Further request bodies, keyed by title. The files are read on demand."""
    return {title: Query(data=_content(file)) for title, file in _SHIPPED[pictures].items()}


def _content(file: str) -> bytes:
    with open(join(dirname(__file__), file), "rb") as opened:  # noqa: PTH118, PTH120, PTH123 (pathlib is slow to import)
        return opened.read()
