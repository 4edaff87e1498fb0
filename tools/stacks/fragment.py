"""The template of a model: stack.yaml merged with the folder's additions.

Maps are merged key by key. If both have a key, the folder's value wins. Lists are appended to. If either value is
tagged (!Sub, !If, …), the folder's replaces the stack's as a whole. There is no other rule.

Unusable input is refused with file, line, key and reason. The merge works on YAML nodes, which know their lines.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from tools.stacks import template

Key = tuple[str, ...]

SECTIONS = {"Description", "Metadata", "Parameters", "Mappings", "Rules", "Conditions", "Resources", "Outputs"}
# Sections whose entries have names, and are maps with defined keys.
NAMED = {"Parameters", "Mappings", "Rules", "Resources", "Outputs"}
OF_A_RESOURCE = {
    *("Type", "Properties", "DependsOn", "Condition", "Metadata"),
    *("DeletionPolicy", "UpdateReplacePolicy", "CreationPolicy", "UpdatePolicy"),
}
TAGS = {
    *("!And", "!Base64", "!Cidr", "!Condition", "!Equals", "!FindInMap", "!GetAZs", "!GetAtt", "!If", "!ImportValue"),
    *("!Join", "!Not", "!Or", "!Ref", "!Select", "!Split", "!Sub", "!Transform"),
}
PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float", "bool")}


class Unusable(ValueError):
    """A message for the author of the file."""

    def __init__(self, file: str, node: yaml.Node, at: Key, why: str) -> None:
        key = f"{'.'.join(at)}: " if at else ""
        super().__init__(f"{file}, line {node.start_mark.line + 1}: {key}{why}")


def merged(stack: Path, fragment: Path) -> yaml.MappingNode:
    """The merged template; the fragment may be absent or empty."""
    base = template.compose(stack)
    own = template.compose(fragment) if fragment.exists() else None
    if not isinstance(base, yaml.MappingNode):
        raise ValueError(f"{stack}: it is not a template")
    if own is not None:
        Merge(str(fragment), base).take(own)
    return base


class Merge:
    def __init__(self, file: str, stack: yaml.MappingNode) -> None:
        self.file = file
        self.stack = stack

    def take(self, own: yaml.Node) -> None:
        if not isinstance(own, yaml.MappingNode):
            raise self.refused(own, (), "a template is a map, of Resources, Outputs and the like")
        self.check(own, ())
        for key, section in own.value:
            self.check_section(key, section)
        self.merge(self.stack, own, ())

    def refused(self, node: yaml.Node, at: Key, why: str) -> Unusable:
        return Unusable(self.file, node, at, why)

    # --- validity ---------------------------------------------------------------------------------

    def check(self, node: yaml.Node, at: Key) -> None:
        """Errors that do not depend on the stack."""
        if node.tag == "tag:yaml.org,2002:null":
            raise self.refused(node, at, "it has no value")
        if node.tag not in TAGS | PLAIN:
            raise self.refused(node, at, f"CloudFormation has no tag {node.tag.replace('tag:yaml.org,2002:', '!!')}")
        if isinstance(node, yaml.MappingNode):
            self.check_map(node, at)
        elif isinstance(node, yaml.SequenceNode):
            for number, item in enumerate(node.value):
                self.check(item, (*at, str(number)))

    def check_map(self, node: yaml.MappingNode, at: Key) -> None:
        seen = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag not in PLAIN:
                raise self.refused(key, at, "a key must be a plain name")
            here = (*at, key.value)
            if key.value in seen:
                raise self.refused(key, here, "it is defined twice")
            seen.add(key.value)
            self.check(value, here)

    def check_section(self, key: yaml.Node, section: yaml.Node) -> None:
        name = key.value
        if name not in SECTIONS:
            own = "it belongs in stack.yaml alone" if find(self.stack, name) else "a template has no such section"
            raise self.refused(key, (name,), f"{own}; allowed are {', '.join(sorted(SECTIONS))}")
        if name == "Description":
            self.need(section, (name,), yaml.ScalarNode, "a text")
            return
        for entry, value in self.need(section, (name,), yaml.MappingNode, "a map").value:
            at = (name, entry.value)
            if name in NAMED:
                self.need(value, at, yaml.MappingNode, "a map")
            if name == "Resources":
                self.check_resource(value, at)
            if name == "Parameters":
                self.check_parameter(value, at)

    def need(self, node: yaml.Node, at: Key, kind: type[yaml.Node], words: str) -> yaml.Node:
        if not isinstance(node, kind) or node.tag in TAGS:
            raise self.refused(node, at, f"it must be {words}")
        return node

    def check_resource(self, resource: yaml.Node, at: Key) -> None:
        for key, _ in resource.value:
            if key.value not in OF_A_RESOURCE:
                raise self.refused(key, (*at, key.value), f"a resource has only {', '.join(sorted(OF_A_RESOURCE))}")
        self.check_type(resource, at)

    def check_parameter(self, parameter: yaml.Node, at: Key) -> None:
        default = find(parameter, "Default")
        if default and find(self.stack, *at):
            why = "the pipeline gives it its value: set what defaults.env has for it in model.env, or leave it"
            raise self.refused(default, (*at, "Default"), why)
        self.check_type(parameter, at)

    def check_type(self, entry: yaml.Node, at: Key) -> None:
        """An entry of the stack keeps its type, or deployed stacks would lose it; a new one needs a type of its own."""
        ours, theirs = find(entry, "Type"), find(self.stack, *at, "Type")
        if not ours and not theirs:
            raise self.refused(entry, at, "it has no Type, and stack.yaml has nothing of that name to change")
        if ours and theirs and ours.value != theirs.value:
            why = f"in stack.yaml it is {theirs.value} and stays so; give yours another name"
            raise self.refused(ours, (*at, "Type"), why)

    # --- the rule ---------------------------------------------------------------------------------

    def merge(self, stack: yaml.Node, own: yaml.Node, at: Key) -> None:
        places = {key.value: place for place, (key, _) in enumerate(stack.value)}
        for key, value in own.value:
            place = places.get(key.value)
            if place is None:
                stack.value.append((key, value))
            else:
                there, old = stack.value[place]
                stack.value[place] = there, self.joined(old, value, (*at, key.value))

    def joined(self, old: yaml.Node, new: yaml.Node, at: Key) -> yaml.Node:
        if old.tag in TAGS or new.tag in TAGS:
            return new
        if type(old) is not type(new):
            raise self.refused(new, at, f"it is {words(new)}, where stack.yaml has {words(old)}")
        if isinstance(old, yaml.MappingNode):
            self.merge(old, new, at)
            return old
        if isinstance(old, yaml.SequenceNode):
            old.value.extend(new.value)
            return old
        return new


def find(node: yaml.Node | None, *keys: str) -> yaml.Node | None:
    """The node below these keys, if there is one."""
    for name in keys:
        if not isinstance(node, yaml.MappingNode):
            return None
        node = next((value for key, value in node.value if key.value == name), None)
    return node


def words(node: yaml.Node) -> str:
    if isinstance(node, yaml.MappingNode):
        return "a map"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a value"
