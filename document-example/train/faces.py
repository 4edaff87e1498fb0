"""Draws a person's head and shoulders, for a selfie or for the photograph on a card."""

from random import Random

from PIL import Image, ImageDraw, ImageFilter

from train import scene
from train.scene import Colour, Size

SKINS: tuple[Colour, ...] = (
    (255, 224, 196),
    (241, 194, 160),
    (224, 172, 130),
    (198, 134, 90),
    (141, 85, 54),
    (96, 60, 40),
    (66, 42, 30),
)
HAIRS: tuple[Colour, ...] = (
    (20, 16, 14),
    (60, 40, 26),
    (110, 74, 42),
    (190, 150, 90),
    (150, 60, 30),
    (150, 150, 150),
    (225, 225, 220),
)


def darker(colour: Colour, by: float) -> Colour:
    red, green, blue = colour
    return round(red * by), round(green * by), round(blue * by)


def person(chance: Random, picture: Image.Image, share: float) -> Image.Image:
    """`picture` with a person drawn over it, slightly rotated and off centre; the face is `share` of its height."""
    side = 320
    layer = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    _Person(chance, layer).draw()
    layer = layer.filter(ImageFilter.GaussianBlur(chance.uniform(0, 1.2)))
    layer = layer.rotate(chance.gauss(0, 6), Image.Resampling.BILINEAR, center=(side / 2, side * 0.9))
    # A head takes about half the height of the layer.
    scaled = max(8, round(picture.height * share / 0.5))
    layer = layer.resize((round(scaled * chance.uniform(0.85, 1.1)), scaled))
    left = round((picture.width - layer.width) / 2 + chance.uniform(-0.12, 0.12) * picture.width)
    top = max(round(picture.height * chance.uniform(0.45, 0.58) - scaled * 0.42), picture.height - scaled)
    result = picture.copy()
    result.paste(layer, (left, top), layer)
    return result


class _Person:
    def __init__(self, chance: Random, layer: Image.Image) -> None:
        self.chance, self.layer = chance, layer
        self.pen = ImageDraw.Draw(layer)
        self.skin = scene.near(chance, chance.choice(SKINS), 12)
        self.hair = scene.near(chance, chance.choice(HAIRS), 12) if chance.random() < 0.9 else scene.colour(chance)
        self.x, self.y = layer.width / 2, layer.height * 0.42
        self.wide = layer.width * chance.uniform(0.175, 0.215)
        self.high = layer.height * chance.uniform(0.235, 0.27)

    def oval(self, x: float, y: float, wide: float, high: float, fill: Colour) -> None:
        """Draw an ellipse; coordinates count from the middle of the head, in units of half its width and height."""
        x, y = self.x + x * self.wide, self.y + y * self.high
        self.pen.ellipse((x - wide * self.wide, y - high * self.high, x + wide * self.wide, y + high * self.high), fill)

    def draw(self) -> None:
        chance = self.chance
        length = chance.choice((0.0, 0.0, 0.5, 1.2, 1.7))
        if length:
            self.oval(0, length / 2, chance.uniform(1.15, 1.5), 0.9 + length / 2, self.hair)
        self.shoulders()
        for side in (-1, 1):
            self.oval(side, 0.05, 0.14, 0.2, darker(self.skin, 0.9))
        self.oval(0, 0, 1, 1, self.skin)
        self.pen.ellipse(
            (self.x - 0.85 * self.wide, self.y, self.x + 0.85 * self.wide, self.y + 1.12 * self.high), self.skin
        )
        self.light()
        if chance.random() < 0.3:
            self.beard()
        self.features()
        self.top()

    def shoulders(self) -> None:
        chance, width, height = self.chance, self.layer.width, self.layer.height
        shirt, half = scene.colour(chance), chance.uniform(0.33, 0.5) * width
        self.pen.rectangle(
            (self.x - 0.5 * self.wide, self.y, self.x + 0.5 * self.wide, 0.82 * height), darker(self.skin, 0.85)
        )
        self.pen.ellipse((self.x - half, 0.72 * height, self.x + half, 1.3 * height), shirt)
        if chance.random() < 0.4:
            self.oval(0, 1.42, 0.6, 0.25, darker(self.skin, 0.92))

    def light(self) -> None:
        """Shade one side of the face, as light in a room would."""
        side = self.chance.choice((-1, 1))
        shade = Image.new("L", self.layer.size)
        x = self.x + side * 0.8 * self.wide
        ImageDraw.Draw(shade).ellipse(
            (x - 0.8 * self.wide, self.y - self.high, x + 0.8 * self.wide, self.y + self.high),
            self.chance.randint(0, 110),
        )
        shade = shade.filter(ImageFilter.GaussianBlur(self.wide / 3))
        alpha = self.layer.getchannel("A")
        self.layer.paste((*darker(self.skin, 0.45), 255), (0, 0), shade)
        self.layer.putalpha(alpha)
        self.pen = ImageDraw.Draw(self.layer)

    def beard(self) -> None:
        self.oval(0, 0.62, 0.72, 0.44, self.hair)
        self.oval(0, 0.25, 0.75, 0.35, self.skin)

    def features(self) -> None:
        chance, dark = self.chance, (25, 18, 16)
        apart, level = chance.uniform(0.36, 0.46), chance.uniform(-0.12, 0.02)
        open_ = chance.choice((0.02, 0.07, 0.1))
        for side in (-1, 1):
            self.oval(side * apart, level, 0.19, open_, (245, 243, 240))
            self.oval(side * apart, level, 0.08, open_, dark)
            self.oval(side * apart, level - 0.2, 0.24, 0.035, self.hair if sum(self.hair) < 480 else dark)
        self.oval(0, 0.25, 0.14, 0.1, darker(self.skin, 0.8))
        smile, lips = chance.uniform(0.02, 0.14), darker(scene.near(chance, (190, 90, 90), 30), 0.9)
        self.oval(0, 0.58, chance.uniform(0.26, 0.42), smile + 0.03, lips)
        if smile > 0.08:
            self.oval(0, 0.57, 0.25, smile / 2, (250, 248, 240))
        if chance.random() < 0.3:
            self.glasses(apart, level, chance.choice((dark, scene.colour(chance))))

    def glasses(self, apart: float, level: float, frame: Colour) -> None:
        is_dark = self.chance.random() < 0.25
        for side in (-1, 1):
            x, y = self.x + side * apart * self.wide, self.y + level * self.high
            box = (x - 0.32 * self.wide, y - 0.19 * self.high, x + 0.32 * self.wide, y + 0.19 * self.high)
            self.pen.ellipse(box, frame if is_dark else None, frame, width=4)
        self.pen.line((self.x - 5, self.y + level * self.high, self.x + 5, self.y + level * self.high), frame, 4)

    def top(self) -> None:
        """Draw hair, a hat or nothing on the head."""
        box = (
            self.x - 1.06 * self.wide,
            self.y - 1.14 * self.high,
            self.x + 1.06 * self.wide,
            self.y + self.chance.uniform(0.2, 0.6) * self.high,
        )
        what = self.chance.random()
        if what < 0.72:
            self.pen.chord(box, 195, 345, self.hair)
        elif what < 0.86:
            self.pen.chord(box, 180, 360, scene.colour(self.chance))


def selfie(chance: Random) -> Image.Image:
    of: Size = scene.size(chance)
    picture = person(chance, scene.background(chance, of), chance.uniform(0.34, 0.72))
    if chance.random() < 0.1:
        picture = scene.glare(chance, picture)
    return picture
