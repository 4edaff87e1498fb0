"""What happens once, when a handler is made: its model is loaded, and it learns what it is called.

Nothing is collected meanwhile: imports make many objects and next to no garbage, and looking for it takes a twentieth
of a start.
"""

import gc
import os
import sys
from collections.abc import Callable
from typing import TypeVar

Model = TypeVar("Model")

_UNDER_THE_RUNTIME = "AWS_LAMBDA_RUNTIME_API" in os.environ
if _UNDER_THE_RUNTIME:
    gc.disable()


def model_name(load: Callable[[], object]) -> str:
    """What the image says or, where there is none, the folder of the package that `load` is from."""
    module = sys.modules.get(getattr(load, "__module__", ""))
    folders = (getattr(module, "__file__", None) or "").split("/")[:-2]
    return os.environ.get("MODEL_NAME") or "".join(folders[-1:]) or "model"


def loaded(load: Callable[[], Model]) -> Model:
    if not _UNDER_THE_RUNTIME:
        return load()
    # Nobody else sees to the streams here.
    from serving import streams

    streams.adopt()
    with streams.captured():
        model = load()
    # What is here now stays: no later collection looks at it.
    gc.freeze()
    gc.enable()
    return model
