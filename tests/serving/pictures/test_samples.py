"""What a classifier's page offers to try is there, and is a picture."""

from __future__ import annotations

import msgspec
import pytest

from serving.pictures import decoding, samples

HOW = decoding.Preprocessing(28, 28, 28)


@pytest.mark.parametrize(
    ("pictures", "titles"),
    [("digits", ["A two", "A three", "A seven"]), ("photographs", ["A cat", "A cup", "A rocket"])],
)
def test_every_sample_is_a_picture_with_its_name(pictures: str, titles: list[str]) -> None:
    found = samples.examples(pictures)
    assert list(found) == titles
    for query in found.values():
        assert isinstance(query.data, bytes)
        assert len(decoding.pixels(query.data, HOW, field="data")) == 28 * 28 * 3


def test_only_photographs_have_an_address_to_try() -> None:
    assert samples.example("photographs") == {"input_url": samples.SAMOYED, "n_predictions": 5}
    assert samples.example("digits") is msgspec.UNSET
    assert samples.SAMOYED.startswith("https://upload.wikimedia.org/")


def test_a_page_says_what_it_is_about_where_nobody_says_more() -> None:
    assert samples.Page() == samples.Page("What is in a picture", "A classifier of pictures.", "")
