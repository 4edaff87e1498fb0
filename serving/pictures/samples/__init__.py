"""Pictures to try a classifier on, small ones that ship with it, and what people are told of its weights.

All from exporting/pictures, whose SOURCES says whose they are; scaled and saved again as JPEG.
"""

from os.path import dirname, join

from serving.pictures.classification import Query

# The weights of the catalogues that are there to be tried without a download.
STAND_IN = "digits"
_NOTE = "These weights are a small stand-in: they know the ten digits, written by hand, and nothing else."

_DIGITS = {"A two": "digits/2.jpg", "A three": "digits/3.jpg", "A seven": "digits/7.jpg"}
_PHOTOGRAPHS = {"A cat": "photographs/cat.jpg", "A cup": "photographs/coffee.jpg", "A rocket": "photographs/rocket.jpg"}


def examples(weights: str) -> dict[str, Query]:
    """Requests by what they show, for weights of this name. The files are read here, when somebody asks for them."""
    files = _DIGITS if weights == STAND_IN else _PHOTOGRAPHS
    return {title: Query(data=_content(file)) for title, file in files.items()}


def note(weights: str) -> str:
    """What `GET /health` says where these weights should not be taken for the real ones, else nothing."""
    return _NOTE if weights == STAND_IN else ""


def _content(file: str) -> bytes:
    with open(join(dirname(__file__), file), "rb") as opened:  # noqa: PTH118, PTH120, PTH123 (pathlib is slow to import)
        return opened.read()
