"""The obvious way: torchvision builds the model and the transforms, torch predicts eagerly."""

import base64
import io
import re
import time
from pathlib import Path
from typing import Any

import torch

# The torchvision of the general index was built beside CUDA's torch. Beside the CPU's it only
# lacks these two names, which no classifier uses.
_library = torch.library.Library("torchvision", "DEF")
_library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
_library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

from PIL import Image  # noqa: E402
from torchvision.models import mobilenet_v2  # noqa: E402
from torchvision.transforms._presets import ImageClassification  # noqa: E402

# One virtual processor, one thread.
torch.set_num_threads(1)

started = time.perf_counter()
labels = [re.sub(r"^n\d{8} ", "", line) for line in Path("model/labels.txt").read_text().splitlines()]
model = mobilenet_v2()
model.load_state_dict(torch.load(next(Path("model").glob("*.pth")), weights_only=True))
model.eval()
# What MobileNet_V2_Weights.IMAGENET1K_V1.transforms() is: resize 256, centre crop 224, normalise.
preprocess = ImageClassification(crop_size=224)
load_seconds = time.perf_counter() - started


def handler(event: dict[str, Any], _context: object) -> list[list[Any]]:
    picture = Image.open(io.BytesIO(base64.b64decode(event["data"]))).convert("RGB")
    with torch.inference_mode():
        scores = model(preprocess(picture).unsqueeze(0)).softmax(1)[0]
    best = scores.argsort(descending=True)[:5].tolist()
    return [[labels[index], round(100 * float(scores[index]), 2)] for index in best]
