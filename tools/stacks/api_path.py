"""Print a model's own path from its template: what follows the address in the output ApiUrl.

python tools stacks.api_path FOLDER
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import yaml

from tools.stacks import model, template


def path(content: dict[str, Any]) -> str:
    url = content.get("Outputs", {}).get("ApiUrl", {}).get("Value")
    found = isinstance(url, template.Tagged) and re.fullmatch(r"\$\{[^}]+\}(/[^${}]+)", str(url.value))
    if not found:
        raise ValueError("Outputs.ApiUrl.Value: it is not an address and a path, !Sub ${Api.ApiEndpoint}/path")
    return found[1]


if __name__ == "__main__":
    try:
        print(path(model.read(Path(sys.argv[1]))))
    except (OSError, ValueError, yaml.YAMLError) as error:
        sys.exit(template.explained(error, f"{sys.argv[1]}/template.yaml"))
