"""Write a template as it is deployed: parameters filled in, and a mark by which it is known again.

    python release.py TEMPLATE OUTPUT NAME=VALUE...

The parameters become the template's own defaults because the SAM transform decides from the template alone
whether a function has changed. The mark, printed and added as the output `Release`, is a hash of what
the template says; comments and layout do not count.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import yaml


class Tagged:
    """A short-form intrinsic such as !Ref, carried through unread."""

    def __init__(self, tag: str, value: Any) -> None:
        self.tag = tag
        self.value = value


class Loader(yaml.SafeLoader):
    pass


class Dumper(yaml.SafeDumper):
    pass


def _load_tagged(loader: Loader, suffix: str, node: yaml.Node) -> Tagged:
    if isinstance(node, yaml.ScalarNode):
        return Tagged("!" + suffix, loader.construct_scalar(node))
    if isinstance(node, yaml.SequenceNode):
        return Tagged("!" + suffix, loader.construct_sequence(node, deep=True))
    assert isinstance(node, yaml.MappingNode)
    return Tagged("!" + suffix, loader.construct_mapping(node, deep=True))


def _dump_tagged(dumper: Dumper, tagged: Tagged) -> yaml.Node:
    if isinstance(tagged.value, dict):
        return dumper.represent_mapping(tagged.tag, tagged.value)
    if isinstance(tagged.value, list):
        return dumper.represent_sequence(tagged.tag, tagged.value)
    return dumper.represent_scalar(tagged.tag, str(tagged.value))


Loader.add_multi_constructor("!", _load_tagged)
Dumper.add_representer(Tagged, _dump_tagged)


def read(path: Path) -> dict[str, Any]:
    template = yaml.load(path.read_text(), Loader)  # noqa: S506  (a subclass of SafeLoader)
    assert isinstance(template, dict)
    return template


def fill(template: dict[str, Any], values: dict[str, str]) -> str:
    """Make the values the parameters' defaults, add the mark, and return it."""
    parameters = template.get("Parameters", {})
    unknown = values.keys() - parameters.keys()
    if unknown:
        raise ValueError(f"the template has no parameter {', '.join(sorted(unknown))}")
    for name, value in values.items():
        parameters[name]["Default"] = value
    said = json.dumps(template, sort_keys=True, default=lambda tagged: [tagged.tag, tagged.value])
    mark = hashlib.sha256(said.encode()).hexdigest()[:16]
    template.setdefault("Outputs", {})["Release"] = {"Description": "What is deployed", "Value": mark}
    return mark


def main(source: str, target: str, *pairs: str) -> None:
    template = read(Path(source))
    mark = fill(template, dict(pair.split("=", 1) for pair in pairs))
    Path(target).write_text(yaml.dump(template, Dumper=Dumper, sort_keys=False, width=120))
    print(mark)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError, yaml.YAMLError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
