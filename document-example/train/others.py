"""Draws pictures of the class "invalid": what people send by mistake, and what merely resembles the other classes."""

from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from train import documents, faces, scene


def other(chance: Random) -> Image.Image:
    return chance.choice(KINDS)(chance)


def behind(chance: Random) -> Image.Image:
    """A wall, a table or an empty room, on its own or as the background of something else."""
    return scene.background(chance, scene.size(chance))


def shapes(chance: Random) -> Image.Image:
    picture = behind(chance)
    pen = ImageDraw.Draw(picture)
    for _ in range(chance.randint(1, 12)):
        x, y = chance.uniform(-0.2, 1) * picture.width, chance.uniform(-0.2, 1) * picture.height
        box = (x, y, x + chance.uniform(5, picture.width * 0.7), y + chance.uniform(5, picture.height * 0.7))
        chance.choice((pen.rectangle, pen.ellipse))(box, scene.colour(chance))
    for _ in range(chance.choice((0, 0, 5, 15))):
        ends = [(chance.random() * picture.width, chance.random() * picture.height) for _ in range(2)]
        pen.line(ends, scene.colour(chance), chance.randint(1, 12))
    return picture


def landscape(chance: Random) -> Image.Image:
    width, height = of = scene.size(chance)
    picture = scene.gradient(chance, of, scene.colour(chance, 100, 255), scene.colour(chance, 60, 255))
    pen = ImageDraw.Draw(picture)
    if chance.random() < 0.4:
        x, y, round_ = chance.random() * width, chance.random() * height * 0.4, chance.randint(8, 30)
        pen.ellipse((x - round_, y - round_, x + round_, y + round_), scene.colour(chance, 180, 255))
    for _ in range(chance.randint(1, 4)):
        ridge = height * chance.uniform(0.4, 0.9)
        points = [(width * step / 8, ridge + chance.uniform(-0.12, 0.12) * height) for step in range(9)]
        pen.polygon([(0, height), *points, (width, height)], scene.colour(chance, 0, 180))
    for _ in range(chance.choice((0, 0, 3, 8))):
        x, wide, y = chance.random() * width, chance.uniform(8, 60), height * chance.uniform(0.2, 0.7)
        pen.rectangle((x, y, x + wide, height), scene.colour(chance, 30, 220))
    return picture.filter(ImageFilter.GaussianBlur(chance.uniform(0, 2)))


def page(chance: Random) -> Image.Image:
    """A letter, a form or a receipt, either on a table or filling the whole picture."""
    width = 300
    sheet = Image.new("RGB", (width, round(width * chance.choice((1.414, 1.414, 2.2, 0.7)))), scene.colour(chance, 215))
    pen, points = ImageDraw.Draw(sheet), chance.randint(7, 16)
    y = chance.randint(10, 50)
    while y < sheet.height - 20:
        if chance.random() < 0.85:
            line = " ".join(scene.word(chance).lower() for _ in range(chance.randint(1, 9)))
            pen.text((chance.choice((18, 18, 18, 150)), y), line, documents.INK, scene.font(points))
        y += round(points * chance.choice((1.4, 1.4, 1.4, 3)))
    if chance.random() < 0.25:
        return sheet
    sheet.putalpha(255)
    return scene.laid(chance, sheet, behind(chance), chance.uniform(0.6, 1.3))


def screen(chance: Random) -> Image.Image:
    """A screenshot with bars, buttons and rows of text."""
    width, height = of = scene.size(chance)
    picture = Image.new("RGB", of, chance.choice(((250, 250, 252), (24, 26, 30), scene.colour(chance))))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, width, height * chance.uniform(0.05, 0.15)), scene.colour(chance))
    for row in range(round(height * 0.2), height, chance.randint(18, 60)):
        pen.rectangle((10, row, 10 + chance.uniform(10, 40), row + 12), scene.colour(chance))
        pen.text((60, row), scene.word(chance, 4, 20).lower(), scene.colour(chance), scene.font(10))
        if chance.random() < 0.3:
            pen.rounded_rectangle((width * 0.6, row, width * 0.95, row + 14), 5, scene.colour(chance))
    return picture


def noise(chance: Random) -> Image.Image:
    of = scene.size(chance)
    return Image.merge("RGB", [scene.noise(chance, of, chance.choice((1, 2, 5, 20))) for _ in range(3)])


def empty(chance: Random) -> Image.Image:
    """A single colour, as from a covered lens or an overexposed picture."""
    return Image.new("RGB", scene.size(chance), chance.choice(((0, 0, 0), (255, 255, 255), scene.colour(chance))))


def other_card(chance: Random) -> Image.Image:
    """A card without a photograph: a bank card, a business card or a blank one."""
    base = scene.colour(chance)
    card = scene.gradient(chance, (400, 252), base, scene.near(chance, base, 60))
    pen, ink = ImageDraw.Draw(card), scene.colour(chance)
    if chance.random() < 0.6:
        pen.rounded_rectangle((40, 90, 100, 132), 8, scene.near(chance, (205, 170, 90), 25))
        groups = "  ".join(scene.word(chance, 4, 4, documents.DIGITS) for _ in range(4))
        pen.text((38, 150), groups, ink, scene.font(30))
        pen.text((38, 206), scene.word(chance, 8, 18), ink, scene.font(18))
    elif chance.random() < 0.6:
        for row in range(chance.randint(1, 4)):
            pen.text((chance.choice((30, 120)), 60 + row * 40), scene.word(chance, 5, 14), ink, scene.font(24))
    card.putalpha(255)
    return scene.laid(chance, card, behind(chance), chance.uniform(0.5, 1.02))


def thing(chance: Random) -> Image.Image:
    """Something round without a face, sometimes skin-coloured: a ball, a plate, the back of a head, a hand."""
    picture = behind(chance)
    pen = ImageDraw.Draw(picture)
    fill = scene.near(chance, chance.choice((*faces.SKINS, *faces.HAIRS, scene.colour(chance))), 20)
    across, down = (chance.uniform(0.12, 0.35) * side for side in picture.size)
    x, y = picture.width * chance.uniform(0.35, 0.65), picture.height * chance.uniform(0.35, 0.6)
    if chance.random() < 0.5:
        pen.ellipse((x - 2 * across, y + down, x + 2 * across, y + 4 * down), scene.colour(chance))
    pen.ellipse((x - across, y - down, x + across, y + down), fill)
    if chance.random() < 0.3:
        for finger in range(4):
            at = x - across + finger * across / 2
            pen.rounded_rectangle((at, y - 2.2 * down, at + across / 2.4, y), 8, fill)
    return picture.filter(ImageFilter.GaussianBlur(chance.uniform(0, 2)))


KINDS: tuple[Callable[[Random], Image.Image], ...] = (
    behind,
    shapes,
    landscape,
    page,
    screen,
    noise,
    empty,
    other_card,
    other_card,
    thing,
    thing,
)
