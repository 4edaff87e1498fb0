"""Writes models of PyTorch, in an environment that has it: python torch_models.py FOLDER"""
# mypy: ignore-errors

import sys
from pathlib import Path

import numpy as np
import torch
from networks import Convolutions, Texts, Two

from tools.models.readers.torch_networks import torchvision

folder = Path(sys.argv[1])
torch.manual_seed(0)
two, pictures, texts = Two().eval(), Convolutions().eval(), Texts().eval()
rows = {0: torch.export.Dim("rows")}
given = torch.randn(2, 3), torch.randn(2, 2)
program = torch.export.export(two, given, dynamic_shapes=(rows, rows))
torch.export.save(program, folder / "two.pt2")
torch.save(two.state_dict(), folder / "two.pth")
torch.save({"epoch": 3, "state_dict": {f"module.{k}": v for k, v in pictures.state_dict().items()}}, folder / "c.pt")
torch.jit.save(torch.jit.script(pictures), folder / "script.pt")
torch.save(texts.state_dict(), folder / "texts.pth")
torch.save(two, folder / "whole.pt")
network = torchvision("models").mobilenet_v2(num_classes=3).eval()
torch.save(network.state_dict(), folder / "mobile.pth")
with torch.no_grad():
    np.save(folder / "two.npy", two(torch.tensor([[1.0, 2, 3]]), torch.tensor([[4.0, 5]]))["sum"].numpy())
    np.save(folder / "texts.npy", texts(torch.tensor([[1, 2, 3, 4, 5]])).numpy())
