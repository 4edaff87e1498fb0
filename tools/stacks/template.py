"""Write a template as it is deployed: parameters filled in, with a mark that identifies it.

    python tools stacks.template TEMPLATE OUTPUT NAME=VALUE... [-- NAME=VALUE...]

The values become the template's own defaults because the SAM transform decides from the template alone whether a
function has changed. The mark, which is printed and becomes the parameter `Release`, is a hash of the template's
content; comments, layout and the parameters after `--`, such as who deploys, do not count.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml


class Tagged:
    """A short-form intrinsic such as !Ref, carried through unread."""

    def __init__(self, tag: str, value: Any) -> None:
        self.tag = tag
        self.value = value


class Loader(yaml.SafeLoader):
    """Reads as CloudFormation does: dates are text, and there are no aliases."""

    yaml_implicit_resolvers = {  # noqa: RUF012
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            at = self.get_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias cannot be used here: write it out", at)
        return super().compose_node(parent, index)


class Dumper(yaml.SafeDumper):
    def ignore_aliases(self, _: Any) -> bool:
        return True


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
    text = str(tagged.value)
    return dumper.represent_scalar(tagged.tag, text, style="|" if "\n" in text else None)


Loader.add_multi_constructor("!", _load_tagged)
Dumper.add_representer(Tagged, _dump_tagged)


def compose(path: Path) -> yaml.Node | None:
    """The YAML nodes, not yet made into values; None for an empty file."""
    return yaml.compose(path.read_text(), Loader)


def construct(node: yaml.Node | None) -> dict[str, Any]:
    found = Loader("").construct_document(node) if node else None
    if not isinstance(found, dict):
        raise ValueError("it is not a template, which is a map")
    return found


def read(path: Path) -> dict[str, Any]:
    return construct(compose(path))


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
        # A number, so that it equals one of the allowed numbers.
        is_whole = parameters[name].get("Type") == "Number" and value.isdecimal()
        parameters[name]["Default"] = int(value) if is_whole else value


def write(template: dict[str, Any], target: Path, values: dict[str, str], uncounted: dict[str, str]) -> str:
    """Write the filled template; return its mark."""
    mark = fill(template, values, uncounted)
    target.write_text(yaml.dump(template, Dumper=Dumper, sort_keys=False, width=120, allow_unicode=True))
    return mark


def pairs(arguments: Sequence[str]) -> tuple[dict[str, str], dict[str, str]]:
    """NAME=VALUE before `--`, and after it."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    before, after = (dict(pair.split("=", 1) for pair in part) for part in (arguments[:end], arguments[end + 1 :]))
    return before, after


def explained(error: Exception, file: str) -> str:
    """A message without a traceback, which names the file."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"{file}, line {error.problem_mark.line + 1}: {error.problem}"
    return str(error) if str(error).startswith(file) else f"{file}: {error}"


def main(source: str, target: str, *arguments: str) -> None:
    print(write(read(Path(source)), Path(target), *pairs(arguments)))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError, yaml.YAMLError) as error:
        sys.exit(explained(error, sys.argv[1]))
