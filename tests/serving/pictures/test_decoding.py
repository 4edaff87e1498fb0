"""Pictures of every kind that people send, and of every kind that they should not."""

from __future__ import annotations

import io
import resource
import struct
import zlib
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from serving.pictures import decoding
from serving.requests.errors import Invalid
from serving.timing import Clock

KERAS = decoding.Preprocessing(224, 224, 224)
TORCHVISION = decoding.Preprocessing(224, 224, 256)
SMALL = decoding.Preprocessing(56, 56, 64)
GEOMETRIES = pytest.mark.parametrize("how", [KERAS, TORCHVISION], ids=["keras", "torchvision"])


@cache
def scene(width: int, height: int) -> Image.Image:
    """Something with large shapes and fine ones, different in every corner."""
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    noise = np.random.default_rng(7).integers(-20, 20, (height, width, 3), np.int16)
    colours = np.stack([255 * across, 255 * down, 128 + 100 * np.sin(9 * across + 5 * down)], axis=2)
    image = Image.fromarray((colours + noise).clip(0, 255).astype(np.uint8))
    ImageDraw.Draw(image).ellipse((width * 0.2, height * 0.1, width * 0.5, height * 0.4), fill="white")
    return image


@cache
def smooth(width: int, height: int) -> Image.Image:
    """Without noise: two pictures of it differ only where one is shifted against the other."""
    large = scene(width // 2, height // 2).filter(ImageFilter.GaussianBlur(3))
    return large.resize((width, height), Image.Resampling.BICUBIC)


def saved(image: Image.Image, format_: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def seen(picture: bytes, how: decoding.Preprocessing = KERAS, *, exact: bool = True) -> np.ndarray:
    flat = np.frombuffer(decoding.pixels(picture, how, field="data", exact=exact), np.uint8)
    return flat.reshape(how.height, how.width, 3).astype(int)


def refused(picture: bytes) -> Invalid:
    with pytest.raises(Invalid) as caught:
        decoding.pixels(picture, KERAS, field="data")
    assert caught.value.field == "data"
    assert caught.value.message.startswith("data ")
    return caught.value


def torchvisions(image: Image.Image) -> Image.Image:
    """Resize(256), CenterCrop(224) as torchvision documents and computes them."""
    width, height = image.size
    size = (256, int(256 * height / width)) if width <= height else (int(256 * width / height), 256)
    scaled = image.resize(size, Image.Resampling.BILINEAR)
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    return scaled.crop((left, top, left + 224, top + 224))


def kerass(image: Image.Image) -> Image.Image:
    """load_img(target_size=(224, 224), interpolation="bilinear", keep_aspect_ratio=True)."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.resize((224, 224), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (333, 500), (1001, 224), (100, 80), (224, 224), (90, 700)])
@pytest.mark.parametrize(
    ("how", "reference"), [(KERAS, kerass), (TORCHVISION, torchvisions)], ids=["keras", "torchvision"]
)
def test_the_pixels_are_those_of_the_reference(
    how: decoding.Preprocessing, reference: Callable[[Image.Image], Image.Image], size: tuple[int, int]
) -> None:
    image = scene(*size)
    assert np.abs(seen(saved(image), how) - np.asarray(reference(image)).astype(int)).max() == 0


@GEOMETRIES
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_lies_on_its_side_is_put_upright(
    how: decoding.Preprocessing, orientation: int, format_: str
) -> None:
    notes = Image.Exif()
    notes[0x0112] = orientation
    lying = saved(scene(500, 301), format_, quality=95, exif=notes)
    upright = saved(ImageOps.exif_transpose(Image.open(io.BytesIO(lying))))
    assert np.abs(seen(lying, how) - seen(upright, how)).max() <= 1


def test_notes_that_cannot_be_read_do_not_spoil_the_picture() -> None:
    lying = saved(scene(300, 300), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff broken")
    assert seen(lying).shape == (224, 224, 3)


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "BMP", "GIF", "WEBP"])
def test_every_format_shows_the_same_picture(format_: str) -> None:
    image = scene(400, 300)
    assert np.abs(seen(saved(image, format_)) - seen(saved(image))).mean() < 12  # of 255; a GIF has 256 colours


@pytest.mark.parametrize("mode", ["L", "1", "P", "RGBA", "LA", "CMYK", "YCbCr", "I;16"])
def test_every_colour_mode_becomes_rgb(mode: str) -> None:
    grey = scene(300, 300).convert("L")
    if mode == "I;16":
        picture = saved(Image.fromarray(np.asarray(grey).astype(np.uint16) * 257))
    elif mode in ("CMYK", "YCbCr"):
        picture = saved(grey.convert("RGB").convert(mode), "JPEG", quality=95)
    else:
        picture = saved(grey.convert("RGB").convert(mode) if mode == "P" else grey.convert(mode))
    expected = seen(saved(grey.convert("1") if mode == "1" else grey))
    assert np.abs(seen(picture) - expected).mean() < 6


@pytest.mark.parametrize(("mode", "options"), [("CMYK", {}), ("RGB", {"keep_rgb": True}), ("RGB", {}), ("L", {})])
def test_a_jpeg_has_the_colours_that_its_notes_say(mode: str, options: dict[str, object]) -> None:
    picture = saved(scene(300, 300).convert(mode), "JPEG", **options)
    whole = Image.open(io.BytesIO(picture)).convert("RGB")
    assert np.abs(seen(picture) - seen(saved(whole))).max() <= 1


def test_sixteen_bits_are_scaled_and_not_cut() -> None:
    ramp = np.linspace(0, 65535, 300 * 300).reshape(300, 300).astype(np.uint16)
    shown = seen(saved(Image.fromarray(ramp)))
    assert shown[0, 0].tolist() == [0, 0, 0]
    assert abs(shown[112, 112] - 127).max() <= 1
    assert shown[-1, -1].tolist() == [255, 255, 255]


def test_what_shows_through_is_white() -> None:
    glass = Image.new("RGBA", (300, 300), (200, 0, 0, 0))
    assert seen(saved(glass)).min() == 255
    assert seen(saved(glass, "WEBP")).min() == 255
    palette = Image.new("P", (300, 300), 0)
    palette.putpalette([200, 0, 0, 0, 200, 0])
    assert seen(saved(palette, transparency=0)).min() == 255
    grey = Image.fromarray(np.zeros((300, 300), np.uint16))
    for shade in (0, 40_000):
        assert seen(saved(grey, transparency=shade)).max() in (0, 255)


def test_of_a_gif_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    film = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert seen(film)[0, 0].tolist() == [255, 0, 0] or seen(film)[0, 0].tolist() == [254, 0, 0]


@pytest.mark.parametrize("how", [KERAS, TORCHVISION, SMALL], ids=["keras", "torchvision", "small"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(450, 300), (901, 897), (1546, 1213), (1803, 503)])
def test_the_scale_trick_stays_near_the_exact_path(
    how: decoding.Preprocessing, size: tuple[int, int], orientation: int
) -> None:
    notes = Image.Exif()
    notes[0x0112] = orientation
    picture = saved(smooth(*size), "JPEG", quality=95, exif=notes)
    # A shift by half a pixel at the edge of the disc would be ten times as much.
    assert np.abs(seen(picture, how, exact=False) - seen(picture, how, exact=True)).max() < 8  # of 255


@GEOMETRIES
@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (3, 40_000)])
def test_a_line_costs_no_more_than_a_picture(how: decoding.Preprocessing, size: tuple[int, int]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert seen(saved(Image.new("RGB", size, "teal")), how)[100, 100].tolist() == [0, 128, 128]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


def test_one_pixel_is_a_picture() -> None:
    assert seen(saved(Image.new("RGB", (1, 1), (1, 2, 3)))).reshape(-1, 3).tolist() == [[1, 2, 3]] * 224 * 224


def test_decoding_is_timed_as_that() -> None:
    with Clock() as clock:
        seen(saved(scene(300, 300)))
    assert clock.phases["decode"] > 0


# What nobody should send


def png(width: int, height: int, data: bytes = b"") -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [b"<html><body>no</body></html>", b"%PDF-1.7", b"hello", b"\0" * 100, b"II*\0\x08\0\0\0", b"RIFF\4\0\0\0WAVE"],
)
def test_what_is_no_image_of_these_formats_is_refused(content: bytes) -> None:
    assert refused(content).code == "not_an_image"


def test_nothing_is_refused() -> None:
    assert refused(b"").code == "not_an_image"


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "BMP", "GIF", "WEBP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.97])
def test_a_truncated_image_is_refused(format_: str, share: float) -> None:
    whole = saved(scene(300, 200), format_)
    assert refused(whole[: int(len(whole) * share)]).code in ("broken_image", "not_an_image")


@pytest.mark.parametrize("head", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x10\0\0\0WEBPVP8 ", b"BM", b"GIF89a"])
def test_a_head_without_a_body_is_refused(head: bytes) -> None:
    assert refused(head).code == "broken_image"
    assert refused(head + b"\xff" * 400).code == "broken_image"


def test_a_decompression_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = png(50_000, 50_000, b"\0" * 10_000_000)
    assert len(bomb) < 20_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    error = refused(bomb)
    assert error.code == "image_too_large"
    assert "50000 x 50000" in error.message
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # kB


@pytest.mark.parametrize("size", [(0, 100), (100, 0), (0, 0)])
def test_an_image_of_no_size_is_refused(size: tuple[int, int]) -> None:
    error = refused(png(*size))
    assert (error.code, error.message) == ("broken_image", f"data is an image of {size[0]} x {size[1]} pixels.")


@pytest.mark.parametrize("format_", ["WEBP", "PNG"])
def test_a_film_is_refused(format_: str) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue")]
    film = saved(frames[0], format_, save_all=True, append_images=frames[1:])
    assert refused(film).code == "animated_image"


def test_the_field_is_the_one_it_came_in() -> None:
    with pytest.raises(Invalid) as caught:
        decoding.pixels(b"no", KERAS, field="images[3].data")
    assert caught.value.field == "images[3].data"
    with pytest.raises(Invalid) as caught:
        decoding.pixels(b"no", KERAS, field=None)
    assert caught.value.message.startswith("The body is not")
