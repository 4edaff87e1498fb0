"""What all drawn pictures share: colours, backgrounds, perspective and the effects of a camera."""

import io
from collections.abc import Callable, Sequence
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont
from PIL.Image import Resampling, Transform

Colour = tuple[int, int, int]
Size = tuple[int, int]
Point = tuple[float, float]

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def size(chance: Random) -> Size:
    """A random picture size: landscape, portrait or square."""
    longer = chance.randint(200, 380)
    shorter = round(longer / chance.choice((1, 1.2, 4 / 3, 4 / 3, 1.5, 16 / 9)))
    return (longer, shorter) if chance.random() < 0.5 else (shorter, longer)


def colour(chance: Random, darkest: int = 0, lightest: int = 255) -> Colour:
    return chance.randint(darkest, lightest), chance.randint(darkest, lightest), chance.randint(darkest, lightest)


def near(chance: Random, base: Colour, far: int = 25) -> Colour:
    red, green, blue = (min(255, max(0, value + chance.randint(-far, far))) for value in base)
    return red, green, blue


def word(chance: Random, shortest: int = 3, longest: int = 10, letters: str = LETTERS) -> str:
    return "".join(chance.choices(letters, k=chance.randint(shortest, longest)))


def font(points: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(max(6, points))


def gradient(chance: Random, of: Size, one: Colour, other: Colour) -> Image.Image:
    mask = Image.linear_gradient("L") if chance.random() < 0.6 else Image.radial_gradient("L")
    mask = mask.rotate(chance.choice((0, 90, 180, 270))).resize(of)
    return Image.composite(Image.new("RGB", of, one), Image.new("RGB", of, other), mask)


def noise(chance: Random, of: Size, grain: int) -> Image.Image:
    """Grey noise in specks of `grain` pixels."""
    width, height = max(1, of[0] // grain), max(1, of[1] // grain)
    return Image.frombytes("L", (width, height), chance.randbytes(width * height)).resize(of, Resampling.BICUBIC)


def mottled(chance: Random, of: Size) -> Image.Image:
    """Two colours blended by soft noise, like cloth, stone, plaster or a blurred room."""
    base = colour(chance)
    grain = chance.choice((2, 4, 10, 30, 60, 100))
    other = near(chance, base, chance.choice((20, 60, 130)))
    return Image.composite(Image.new("RGB", of, base), Image.new("RGB", of, other), noise(chance, of, grain))


def striped(chance: Random, of: Size) -> Image.Image:
    """Stripes, like planks, wallpaper or tiles."""
    base = colour(chance)
    picture = Image.new("RGB", of, base)
    draw = ImageDraw.Draw(picture)
    step, line = chance.randint(8, 70), chance.randint(1, 10)
    for across in chance.choice(((True,), (False,), (True, False))):
        for at in range(0, max(of), step):
            box = (at, 0, at + line, of[1]) if across else (0, at, of[0], at + line)
            draw.rectangle(box, near(chance, base, 60))
    return ImageChops.blend(picture, mottled(chance, of), chance.uniform(0, 0.3))


def room(chance: Random, of: Size) -> Image.Image:
    """A room out of focus: blurred shapes for furniture, windows and plants."""
    picture = gradient(chance, of, colour(chance), colour(chance))
    draw = ImageDraw.Draw(picture)
    for _ in range(chance.randint(2, 9)):
        x, y = chance.uniform(-0.2, 1) * of[0], chance.uniform(-0.2, 1) * of[1]
        box = (x, y, x + chance.uniform(0.05, 0.6) * of[0], y + chance.uniform(0.05, 0.6) * of[1])
        (draw.rectangle if chance.random() < 0.7 else draw.ellipse)(box, colour(chance))
    return picture.filter(ImageFilter.GaussianBlur(chance.uniform(0, 9)))


def background(chance: Random, of: Size) -> Image.Image:
    kinds: Sequence[Callable[[], Image.Image]] = (
        lambda: Image.new("RGB", of, colour(chance)),
        lambda: gradient(chance, of, colour(chance), colour(chance)),
        lambda: mottled(chance, of),
        lambda: striped(chance, of),
        lambda: room(chance, of),
    )
    return chance.choice(kinds)()


def laid(chance: Random, thing: Image.Image, on: Image.Image, share: float) -> Image.Image:
    """The background `on` with the flat RGBA picture `thing` laid on it: rotated, tilted and shifted, as by hand.

    `share` is the part of the background's width or height that it takes, whichever fills up first.
    """
    scale = share * min(on.width / thing.width, on.height / thing.height)
    wide, high = thing.width * scale / 2, thing.height * scale / 2
    angle = np.deg2rad(chance.gauss(0, 7) + chance.choice((0, 0, 0, 0, 90, 180, 270)))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    corners = np.array([(-wide, -high), (wide, -high), (wide, high), (-wide, high)]) @ turn.T
    tilt = chance.uniform(0, 0.09) * min(wide, high)
    corners += np.array([(chance.uniform(-tilt, tilt), chance.uniform(-tilt, tilt)) for _ in range(4)])
    # It may lie anywhere in the central square that the network sees, and reach slightly beyond.
    room = min(on.size)
    left, above = (max(0.0, room / 2 - np.abs(corners[:, axis]).max()) + 0.04 * room for axis in (0, 1))
    middle = on.width / 2 + chance.uniform(-left, left), on.height / 2 + chance.uniform(-above, above)
    placed = [(float(x), float(y)) for x, y in corners + np.array(middle)]
    shown = thing.transform(on.size, Transform.PERSPECTIVE, _coefficients(placed, thing.size), Resampling.BILINEAR)
    picture = on.copy()
    if chance.random() < 0.7:
        shadow = ImageChops.offset(shown.getchannel("A"), chance.randint(-4, 4), chance.randint(0, 5))
        darkness = chance.uniform(0.1, 0.6)
        shadow = shadow.filter(ImageFilter.GaussianBlur(chance.uniform(1, 6))).point(lambda value: value * darkness)
        picture.paste((0, 0, 0), (0, 0), shadow)
    picture.paste(shown, (0, 0), shown)
    return picture


def _coefficients(placed: Sequence[Point], of: Size) -> list[float]:
    """Coefficients of the perspective transform from points in the picture back to the corners of the thing."""
    corners = [(0, 0), (of[0], 0), of, (0, of[1])]
    rows, wanted = [], []
    for (x, y), (u, v) in zip(placed, corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    found: list[float] = np.linalg.solve(np.array(rows, float), np.array(wanted, float)).tolist()
    return found


def glare(chance: Random, picture: Image.Image) -> Image.Image:
    """The picture with the reflection of a lamp."""
    mask = Image.new("L", picture.size)
    x, y = chance.random() * picture.width, chance.random() * picture.height
    across, down = (chance.uniform(0.05, 0.4) * side for side in picture.size)
    ImageDraw.Draw(mask).ellipse((x - across, y - down, x + across, y + down), chance.randint(60, 255))
    mask = mask.filter(ImageFilter.GaussianBlur(chance.uniform(4, 20)))
    return Image.composite(Image.new("RGB", picture.size, (255, 255, 250)), picture, mask)


def photographed(chance: Random, picture: Image.Image) -> bytes:
    """The picture as a phone camera would save it: uneven light, imperfect focus, grain and JPEG compression."""
    if chance.random() < 0.3:
        shade = gradient(chance, picture.size, (255, 255, 255), near(chance, (130, 130, 130), 70))
        picture = ImageChops.multiply(picture, shade)
    for enhance, least, most in (
        (ImageEnhance.Brightness, 0.55, 1.4),
        (ImageEnhance.Contrast, 0.6, 1.3),
        (ImageEnhance.Color, 0.0, 1.4),
    ):
        if chance.random() < 0.7:
            picture = enhance(picture).enhance(chance.uniform(least, most))
    if chance.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(chance.uniform(0.3, 2.2)))
    if chance.random() < 0.5:
        grain = Image.merge("RGB", [noise(chance, picture.size, 1)] * 3)
        picture = ImageChops.blend(picture, grain, chance.uniform(0.01, 0.12))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=chance.randint(45, 95))
    return file.getvalue()
