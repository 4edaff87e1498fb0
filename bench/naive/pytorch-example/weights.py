"""Weights of the catalogue's architecture with random values, for a machine that cannot download the trained ones.

    python weights.py PICTURE FOLDER    write it into FOLDER

As fast as trained ones, and like those they know the picture and do not mind a little noise: random
layers are kept where they are nearly linear, and the last one is fitted to tell PICTURE from unlike ones.
"""

import sys

import torch

# As in app.py: the names that the CPU's torch lacks.
_library = torch.library.Library("torchvision", "DEF")
_library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
_library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from PIL import Image, ImageEnhance, ImageFilter, ImageOps  # noqa: E402
from PIL.Image import Resampling  # noqa: E402
from torchvision.models import mobilenet_v2  # noqa: E402
from torchvision.models.mobilenetv2 import InvertedResidual  # noqa: E402
from torchvision.transforms._presets import ImageClassification  # noqa: E402

BILINEAR, BOX = Resampling.BILINEAR, Resampling.BOX

SEED = 7
# What keeps random layers from being chaotic: the middle of what ReLU6 lets pass unchanged.
OFFSET = 2.0
# The logit of the picture's class; those of others are about 0. It makes a probability of 0.02, twenty times that of
# any other class. Were it surer, random layers would turn the rounding of a pixel into another probability.
SURE = 3.0
# That of the classes of what it is told from.
UNSURE = 1.0
# The classes of the picture and of what it is told from.
FIRST_CLASS, APART = 7, 83


def same(picture: Image.Image) -> list[Image.Image]:
    """The picture, also as it is after being scaled by other ways."""
    width, height = picture.size
    halves = [picture.resize((width // part, height // part), how) for part in (2, 3) for how in (BILINEAR, BOX)]
    return [picture, *halves, picture.filter(ImageFilter.GaussianBlur(1))]


def others(picture: Image.Image) -> list[Image.Image]:
    """Pictures that have little in common with it."""
    red, green, blue = picture.split()
    width, height = picture.size
    return [
        ImageOps.invert(picture),
        Image.merge("RGB", (blue, red, green)),
        ImageOps.grayscale(picture).convert("RGB"),
        ImageEnhance.Brightness(picture).enhance(0.3),
        ImageEnhance.Brightness(picture).enhance(2),
        ImageEnhance.Contrast(picture).enhance(0.2),
        picture.filter(ImageFilter.GaussianBlur(30)),
        picture.transpose(Image.Transpose.ROTATE_90),
        picture.crop((0, 0, width // 4, height // 4)),
    ]


@torch.no_grad()  # type: ignore[untyped-decorator]
def main(file: str, folder: str) -> None:
    torch.manual_seed(SEED)
    picture = Image.open(file).convert("RGB")
    alike, different = same(picture), others(picture)
    preprocess = ImageClassification(crop_size=224)
    batch = torch.stack([preprocess(each) for each in (*alike, *different)])
    classes = FIRST_CLASS + APART * (torch.arange(len(batch)) - len(alike) + 1).clamp(min=0)

    model = mobilenet_v2()
    without_relu = {block.conv[-1] for block in model.modules() if isinstance(block, InvertedResidual)}
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = 1.0  # what the next call sees becomes what the layer expects
            if module not in without_relu:
                module.bias.fill_(OFFSET)
    model.train()(batch)
    model.eval()

    last = model.classifier[1]
    features = model.features(batch).mean([2, 3])
    middle = features.mean(0)
    wanted = torch.where(classes == FIRST_CLASS, SURE, UNSURE)[:, None] * torch.eye(last.out_features)[classes]
    usual = wanted.mean(0)
    kernel = torch.linalg.pinv(features - middle, rtol=1e-3) @ (wanted - usual)
    last.weight.copy_(kernel.T)
    last.bias.copy_(usual - middle @ kernel)
    torch.save(model.state_dict(), f"{folder}/random.pth")


if __name__ == "__main__":
    main(*sys.argv[1:])
