"""Draws an identity card, a driving licence or a passport page as if photographed on a table."""

from random import Random

from PIL import Image, ImageDraw

from train import faces, scene
from train.scene import LETTERS, Colour

INK: Colour = (30, 30, 40)
DIGITS = "0123456789"
# Ratio of width to height: a card twice as often as a passport page.
SHAPES = (1.586, 1.586, 1.42)


def document(chance: Random) -> Image.Image:
    picture = scene.laid(chance, card(chance), scene.background(chance, scene.size(chance)), chance.uniform(0.62, 1.02))
    if chance.random() < 0.35:
        picture = scene.glare(chance, picture)
    return picture


def card(chance: Random) -> Image.Image:
    width = 400
    height = round(width / chance.choice(SHAPES))
    paper = scene.colour(chance, 165, 250)
    face = scene.gradient(chance, (width, height), paper, scene.near(chance, paper, 35))
    pen = ImageDraw.Draw(face)
    _guilloche(chance, pen, face.size, paper)
    top = _header(chance, pen, width)
    machine_readable = chance.random() < 0.55
    bottom = height - (chance.randint(52, 64) if machine_readable else 14)
    photo_width = chance.randint(84, 118)
    photo_height = min(round(photo_width * chance.uniform(1.15, 1.35)), bottom - top - 6)
    on_the_left = chance.random() < 0.7
    x = chance.randint(12, 24) if on_the_left else width - photo_width - chance.randint(12, 24)
    face.paste(_photo(chance, photo_width, photo_height), (x, top + 4))
    left = x + photo_width + 14 if on_the_left else 18
    right = width - 14 if on_the_left else x - 12
    _fields(chance, pen, (left, top + 4, right, bottom))
    if chance.random() < 0.3:
        _signature(chance, pen, left, bottom - 14)
    if machine_readable:
        _machine_readable(chance, pen, width, bottom + 4)
    return _cut_out(face, radius=chance.choice((0, 10, 16)))


def _guilloche(chance: Random, pen: ImageDraw.ImageDraw, of: scene.Size, paper: Colour) -> None:
    """Fine curves that are hard to copy."""
    if chance.random() < 0.3:
        return
    x, y, ink = chance.uniform(0, of[0]), chance.uniform(0, of[1]), scene.near(chance, paper, 40)
    for ring in range(10, 500, chance.randint(8, 20)):
        pen.ellipse((x - ring, y - ring * 0.7, x + ring, y + ring * 0.7), outline=ink)


def _header(chance: Random, pen: ImageDraw.ImageDraw, width: int) -> int:
    """Draw the country and the title of the document; return the header's lower edge."""
    height = chance.randint(26, 44)
    ink: Colour = INK
    if chance.random() < 0.6:
        pen.rectangle((0, 0, width, height), scene.colour(chance, 10, 150))
        ink = (245, 245, 245)
    title = " ".join(scene.word(chance, 4, 9) for _ in range(chance.randint(1, 3)))
    pen.text((chance.randint(12, 90), height * 0.2), title, ink, scene.font(height * 0.5))
    if chance.random() < 0.4:
        flag = width - 52
        for stripe in range(3):
            pen.rectangle((flag, 6 + stripe * 6, flag + 36, 12 + stripe * 6), scene.colour(chance))
    return height + 4


def _photo(chance: Random, width: int, height: int) -> Image.Image:
    behind = scene.gradient(chance, (width, height), scene.colour(chance, 150, 255), scene.colour(chance, 150, 255))
    photo = faces.person(chance, behind, chance.uniform(0.5, 0.66))
    return photo.convert("L").convert("RGB") if chance.random() < 0.4 else photo


def _fields(chance: Random, pen: ImageDraw.ImageDraw, box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    step = chance.randint(24, 36)
    for y in range(top, bottom - step + 4, step):
        pen.text((left, y), scene.word(chance, 4, 12).lower(), (90, 90, 105), scene.font(step * 0.3))
        letters = LETTERS if chance.random() < 0.6 else DIGITS + "."
        longest = max(5, (right - left) // round(step * 0.4))
        pen.text((left, y + step * 0.34), scene.word(chance, 4, longest, letters), INK, scene.font(step * 0.46))


def _signature(chance: Random, pen: ImageDraw.ImageDraw, left: float, y: float) -> None:
    points = [(left + step * 7, y + chance.uniform(-9, 9)) for step in range(chance.randint(8, 20))]
    pen.line(points, INK, 2, joint="curve")


def _machine_readable(chance: Random, pen: ImageDraw.ImageDraw, width: int, top: float) -> None:
    rows = chance.choice((2, 2, 3))
    letter = (width - 24) / 32
    if chance.random() < 0.6:
        pen.rectangle((0, top - 4, width, top + 70), (245, 245, 240))
    for row in range(rows):
        filled = scene.word(chance, 14, 26, LETTERS + DIGITS)
        text = (filled[:5] + "<" + filled[5:] + "<" * 32)[:32]
        for column, sign in enumerate(text):
            pen.text((12 + column * letter, top + row * 46 / rows), sign, INK, scene.font(letter * 1.15))


def _cut_out(face: Image.Image, radius: int) -> Image.Image:
    mask = Image.new("L", face.size)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, face.width - 1, face.height - 1), radius, 255)
    face.putalpha(mask)
    return face
