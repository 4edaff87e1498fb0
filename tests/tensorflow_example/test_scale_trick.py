"""JPEGs are decoded at a fraction of their size. The answers are those of decoding them in full."""

from types import ModuleType

import pytest
from PIL import Image

from exporting.chosen import PICTURES
from sent_pictures import saved
from serving.pictures import decoding

# Of the longer side: around each size at which the decoder takes another fraction, and far from them.
SIZES = (60, 97, 128, 191, 193, 256, 300, 383, 385, 449, 640, 769, 1000, 1546, 2047, 3000)
QUALITIES = (60, 92)


def on_paper() -> list[Image.Image]:
    paths = sorted((PICTURES / "digits").glob("*.jpg"))
    assert len(paths) >= 5
    return [Image.open(path).convert("RGB") for path in paths]


@pytest.mark.parametrize("size", SIZES)
def test_the_answer_is_that_of_the_exact_path(
    main: ModuleType, digits: list[tuple[Image.Image, int]], size: int
) -> None:
    model = main.handler.model
    pictures = [*on_paper(), *(tile.convert("RGB") for tile, _ in digits[:10])]
    for picture in pictures:
        scale = size / max(picture.size)
        width, height = (max(1, round(side * scale)) for side in picture.size)
        sized = picture.resize((width, height), Image.Resampling.BICUBIC)
        for quality in QUALITIES:
            content = saved(sized, "JPEG", quality=quality)
            exact = decoding.pixels(content, model.facts.preprocessing, field="data", exact=True)
            served, wanted = model.scores([model.pixels(content, "data"), exact])
            assert list(served) == pytest.approx(list(wanted), abs=0.01)
            best = [max(range(len(scores)), key=scores.__getitem__) for scores in (served, wanted)]
            assert best[0] == best[1]


def test_the_trick_is_at_work(main: ModuleType) -> None:
    """Else the test above would compare a thing with itself."""
    model = main.handler.model
    content = saved(on_paper()[0].resize((1600, 1200)), "JPEG")
    exact = decoding.pixels(content, model.facts.preprocessing, field="data", exact=True)
    assert model.pixels(content, "data") != exact
