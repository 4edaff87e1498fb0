"""What a decoder raises, in whatever way, is the picture's fault and is told in a sentence."""

from __future__ import annotations

import pytest
from PIL import Image

from hostile_pictures import png
from serving.pictures import decoding
from serving.pictures.formats import png as png_format
from serving.requests.errors import Invalid

END, BROKEN = ("broken_image", "data ends too early."), ("broken_image", "data cannot be decoded.")
FAILURES = {
    "an end": (EOFError(), END),
    "bytes that are not there": (IndexError(), END),
    "Pillow's word for it": (OSError("Image File is Truncated (5 bytes not processed)"), END),
    "a library's": (ValueError("unexpected end of data"), END),
    "anything else": (ZeroDivisionError(), BROKEN),
    "too little memory": (MemoryError(), ("image_too_large", "data takes more memory to decode than there is.")),
}


@pytest.mark.parametrize("name", FAILURES)
def test_whatever_a_decoder_raises_is_the_pictures_fault(name: str) -> None:
    error, told = FAILURES[name]

    def fail(image: Image.Image) -> None:
        raise error

    with pytest.raises(Invalid) as caught:
        decoding.opened(png(1, 1), fail, field="data")
    assert (caught.value.code, caught.value.message, caught.value.field) == (*told, "data")


def test_who_sent_a_body_is_told_of_the_body() -> None:
    with pytest.raises(Invalid, match=r"^The body is empty\.$"):
        decoding.opened(b"", lambda image: image, field=None)


def test_a_decoder_that_sees_another_size_than_was_reckoned_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(png_format, "decoder", lambda _: Image.new("L", (9, 8)))
    with pytest.raises(Invalid) as caught:
        decoding.opened(png(8, 8), lambda image: image, field="data")
    assert caught.value.code == "broken_image"


@pytest.mark.parametrize("cut", [b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\4ab", b"\x89PNG\r\n\x1a\n\0\0"])
def test_who_sent_a_part_is_told_that_it_ends_too_early(cut: bytes) -> None:
    with pytest.raises(Invalid, match=r"^data ends too early\.$"):
        decoding.opened(cut, lambda image: image, field="data")


def test_who_refuses_a_picture_says_why_himself() -> None:
    def refuse(_: Image.Image) -> None:
        raise Invalid("data is too dark.", field="data", code="too_dark")

    with pytest.raises(Invalid, match=r"^data is too dark\.$") as caught:
        decoding.opened(png(8, 8), refuse, field="data")
    assert caught.value.code == "too_dark"
