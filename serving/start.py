"""The start of a handler: loads its model and finds its name.

Garbage collection is off until then: imports create many objects and hardly any garbage, and looking for it would
take a twentieth of a start.
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
    """MODEL_NAME, which the image sets, or else the name of the folder that holds the package of `load`."""
    module = sys.modules.get(getattr(load, "__module__", ""))
    folders = (getattr(module, "__file__", None) or "").split("/")[:-2]
    return os.environ.get("MODEL_NAME") or "".join(folders[-1:]) or "model"


def loaded(load: Callable[[], Model]) -> Model:
    if not _UNDER_THE_RUNTIME:
        return load()
    # Under the runtime, nothing else takes care of the streams.
    from serving import streams

    streams.adopt()
    with streams.captured():
        model = load()
    # What is loaded now stays, so later collections skip it.
    gc.freeze()
    gc.enable()
    return model
