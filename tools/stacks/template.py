"""Write a template as it is deployed: parameters filled in, and a mark by which it is known again.

    python tools stacks.template TEMPLATE OUTPUT NAME=VALUE... [-- NAME=VALUE...]

The parameters become the template's own defaults because the SAM transform decides from the template alone
whether a function has changed. The mark, printed and made the parameter `Release`, is a hash of what the template
says; comments and layout do not count, nor do the parameters after `--`, such as who deploys it.
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


def fill(template: dict[str, Any], values: dict[str, str], uncounted: dict[str, str] | None = None) -> str:
    """Make the values the parameters' defaults, add the mark, and return it."""
    _set_defaults(template, values)
    said = json.dumps(template, sort_keys=True, default=lambda tagged: [tagged.tag, tagged.value])
    mark = hashlib.sha256(said.encode()).hexdigest()[:16]
    _set_defaults(template, (uncounted or {}) | {"Release": mark})
    return mark


def _set_defaults(template: dict[str, Any], values: dict[str, str]) -> None:
    parameters = template.get("Parameters", {})
    unknown = values.keys() - parameters.keys()
    if unknown:
        raise ValueError(f"the template has no parameter {', '.join(sorted(unknown))}")
    for name, value in values.items():
        parameters[name]["Default"] = value


def main(source: str, target: str, *arguments: str) -> None:
    template = read(Path(source))
    end = arguments.index("--") if "--" in arguments else len(arguments)
    counted, uncounted = (
        dict(pair.split("=", 1) for pair in pairs) for pairs in (arguments[:end], arguments[end + 1 :])
    )
    mark = fill(template, counted, uncounted)
    Path(target).write_text(yaml.dump(template, Dumper=Dumper, sort_keys=False, width=120))
    print(mark)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError, yaml.YAMLError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
