"""Write a model's template as it is deployed: stack.yaml with the folder's additions, parameters filled in.

    python tools stacks.model FOLDER OUTPUT PARAMETERS NAME=VALUE... [-- NAME=VALUE...]

The values are those of the stack's own parameters, as in stacks.template, which prints the same mark. A parameter that
the folder adds gets the setting of that name from the environment, if it is set: TopClasses gets TOP_CLASSES.
PARAMETERS gets every parameter that has a value, as NAME=VALUE in the form that `sam deploy` takes, each ended by NUL.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tools.stacks import fragment, template

STACK = Path(__file__).resolve().parents[2] / "stack.yaml"
# Names of environment variables that have another meaning.
TAKEN = re.compile(r"PATH|HOME|USER|LOGNAME|SHELL|LANG|PWD|TERM|TMPDIR|HOSTNAME|STAGE|AWS_.*|.*_LAMBDA|.*_BEANSTALK")


def read(folder: Path) -> dict[str, Any]:
    return template.construct(fragment.merged(STACK, folder / "template.yaml"))


def setting(parameter: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", parameter).upper()


def own_values(parameters: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """The values of the folder's own parameters, which stack.yaml does not have."""
    found = {}
    for name in parameters.keys() - template.read(STACK)["Parameters"].keys():
        variable = setting(name)
        if TAKEN.fullmatch(variable):
            raise ValueError(f"Parameters.{name}: its setting would be {variable}, which means something else")
        value = environment.get(variable) or parameters[name].get("Default")
        if value is None:
            raise ValueError(f"Parameters.{name}: it has no Default, and model.env does not set {variable}")
        found[name] = checked(str(value), parameters[name], f"Parameters.{name}: {variable}={value}")
    return found


def checked(value: str, parameter: Mapping[str, Any], what: str) -> str:
    """Refuses now what CloudFormation would refuse late."""
    allowed = [str(item) for item in parameter.get("AllowedValues", [])]
    if allowed and value not in allowed:
        raise ValueError(f"{what} is none of {', '.join(allowed)}")
    if not re.fullmatch(parameter.get("AllowedPattern", "(?s:.*)"), value):
        raise ValueError(f"{what} does not match {parameter['AllowedPattern']}")
    if parameter.get("Type") == "Number":
        check_number(value, parameter, what)
    return value


def check_number(value: str, parameter: Mapping[str, Any], what: str) -> None:
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"{what} is not a number") from None
    least, most = float(parameter.get("MinValue", "-inf")), float(parameter.get("MaxValue", "inf"))
    if not least <= number <= most:
        raise ValueError(f"{what} is not between {least:g} and {most:g}")


def word(name: str, value: str) -> str:
    """Quoted as sam parses it."""
    escaped = re.sub(r"([ \"'])", r"\\\1", value)
    return f"{name}={escaped}" if value else f'{name}=""'


def main(folder: str, target: str, parameters: str, *arguments: str) -> None:
    counted, uncounted = template.pairs(arguments)
    found = read(Path(folder))
    for name, value in counted.items():
        checked(value, found["Parameters"].get(name, {}), f"Parameters.{name}: {value}")
    counted |= own_values(found["Parameters"], os.environ)
    mark = template.write(found, Path(target), counted, uncounted)
    given = counted | uncounted | {"Release": mark}
    Path(parameters).write_text("".join(f"{word(*pair)}\0" for pair in given.items()))
    print(mark)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (OSError, ValueError, yaml.YAMLError) as error:
        sys.exit(template.explained(error, f"{sys.argv[1]}/template.yaml"))
