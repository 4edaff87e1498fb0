"""How a folder's template.yaml and stack.yaml become one, and what is refused and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from samcli.cli.types import CfnParameterOverridesType

from tools.stacks import fragment, model, template

STACK = """
AWSTemplateFormatVersion: "2010-09-09"
Description: ours
Parameters:
  Size: {Type: Number}
Conditions:
  IsLarge: !Equals [!Ref Size, 2]
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Environment: {Variables: {A: "1"}}
      Policies: [first]
      Tracing: !If [IsLarge, Active, PassThrough]
Outputs:
  Url: {Value: !Sub "${Function}/predict"}
"""


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    file = tmp_path / "stack.yaml"
    file.write_text(STACK)
    return file


def merged(stack: Path, text: str) -> dict[str, Any]:
    file = stack.parent / "template.yaml"
    file.write_text(text)
    return template.construct(fragment.merged(stack, file))


def properties(stack: Path, text: str) -> Any:
    body = "".join(f"      {line}\n" for line in text.splitlines())
    return merged(stack, f"Resources:\n  Function:\n    Properties:\n{body}")["Resources"]["Function"]["Properties"]


def test_a_map_is_merged_key_by_key(stack: Path) -> None:
    assert properties(stack, 'Environment: {Variables: {B: "2"}}')["Environment"]["Variables"] == {"A": "1", "B": "2"}


def test_what_is_named_in_both_is_the_folders(stack: Path) -> None:
    assert properties(stack, 'Environment: {Variables: {A: "2"}}')["Environment"]["Variables"] == {"A": "2"}
    assert merged(stack, "Description: mine")["Description"] == "mine"


def test_a_list_is_appended_to(stack: Path) -> None:
    assert properties(stack, "Policies: [second, third]")["Policies"] == ["first", "second", "third"]


def test_a_tagged_value_replaces_whole_whichever_of_the_two_has_it(stack: Path) -> None:
    assert properties(stack, "Policies: !Split [',', 'a,b']")["Policies"].tag == "!Split"
    assert properties(stack, "Environment: !Ref Size")["Environment"].value == "Size"
    assert properties(stack, "Tracing: Active")["Tracing"] == "Active"
    assert merged(stack, "Outputs: {Url: {Value: !Sub '${Function}/mine'}}")["Outputs"]["Url"]["Value"].value == (
        "${Function}/mine"
    )


def test_what_only_the_folder_has_comes_after_what_is_there(stack: Path) -> None:
    found = merged(stack, "Resources:\n  Table: {Type: AWS::DynamoDB::Table}\nMappings: {M: {a: {b: c}}}\n")
    assert list(found["Resources"]) == ["Function", "Table"]
    assert found["Mappings"] == {"M": {"a": {"b": "c"}}}


@pytest.mark.parametrize("text", ["", "# nothing but words\n"])
def test_a_fragment_that_says_nothing_changes_nothing(stack: Path, text: str) -> None:
    absent = template.construct(fragment.merged(stack, stack.parent / "absent.yaml"))
    assert merged(stack, text).keys() == absent.keys()


def test_a_date_is_a_text_as_cloudformation_has_it(stack: Path) -> None:
    assert properties(stack, "Policies: [{Version: 2012-10-17}]")["Policies"][1] == {"Version": "2012-10-17"}


REFUSED = {
    "not yaml": ("Resources: [\n", 2, "", "expected the node content"),
    "two documents": ("a: b\n---\nc: d\n", 2, "", "but found another document"),
    "a list": ("- Resources\n", 1, "", "a template is a map"),
    "a text": ("Resources\n", 1, "", "a template is a map"),
    "unknown section": ("\nResource: {}\n", 2, "Resource", "a template has no such section"),
    "section of the stack": ("AWSTemplateFormatVersion: a\n", 1, "AWSTemplateFormatVersion", "stack.yaml alone"),
    "unknown section of sam": ("Globals: {}\n", 1, "Globals", "no such section"),
    "twice": ("Outputs: {}\nOutputs: {}\n", 2, "Outputs", "it is defined twice"),
    "twice below": ("Outputs:\n  A: {Value: b}\n  A: {Value: c}\n", 3, "Outputs.A", "it is defined twice"),
    "no value": ("Resources:\n", 1, "Resources", "it has no value"),
    "no value in a list": (
        "Resources:\n  Function:\n    Properties:\n      Policies: [null]\n", 4,
        "Resources.Function.Properties.Policies.0", "it has no value",
    ),
    "unknown tag": ("Outputs:\n  A:\n    Value: !Subb x\n", 3, "Outputs.A.Value", "CloudFormation has no tag !Subb"),
    "tag of python": (
        "Outputs: {A: {Value: !!python/name:os.system x}}\n", 1, "Outputs.A.Value", "has no tag !!python/name:os.system"
    ),
    "alias": ("Outputs:\n  A: &a {Value: b}\n  B: *a\n", 3, "", "an alias cannot be used here"),
    "alias to itself": ("Outputs: &a\n  A: *a\n", 2, "", "an alias cannot be used here"),
    "merge key": ("Outputs:\n  A:\n    <<: {Value: b}\n", 3, "Outputs.A", "a key must be a plain name"),
    "section as a list": ("Resources: [a]\n", 1, "Resources", "it must be a map"),
    "section by a tag": ("Resources: !Ref Size\n", 1, "Resources", "it must be a map"),
    "resource by a tag": ("Resources: {Function: !Ref Size}\n", 1, "Resources.Function", "it must be a map"),
    "description as a map": ("Description: {a: b}\n", 1, "Description", "it must be a text"),
    "map for a list": (
        "Resources:\n  Function:\n    Properties:\n      Policies: {a: b}\n", 4,
        "Resources.Function.Properties.Policies", "it is a map, where stack.yaml has a list",
    ),
    "list for a map": (
        "Resources:\n  Function:\n    Properties:\n      Environment:\n        - a\n", 5,
        "Resources.Function.Properties.Environment", "it is a list, where stack.yaml has a map",
    ),
    "value for a map": (
        "Resources: {Function: {Properties: {Environment: a}}}\n", 1,
        "Resources.Function.Properties.Environment", "it is a value, where stack.yaml has a map",
    ),
    "another type": (
        "Resources:\n  Function:\n    Type: AWS::Lambda::Function\n", 3,
        "Resources.Function.Type", "in stack.yaml it is AWS::Serverless::Function and stays so",
    ),
    "no type": ("Resources:\n  Functoin: {Properties: {}}\n", 2, "Resources.Functoin", "it has no Type, and"),
    "not an attribute": (
        "Resources:\n  Function:\n    Environment: {}\n", 3, "Resources.Function.Environment", "a resource has only"
    ),
    "default of the stack's": (
        "Parameters:\n  Size: {Default: 3}\n", 2, "Parameters.Size.Default", "the pipeline gives it its value"
    ),
    "parameter without type": ("Parameters:\n  Own: {Default: 3}\n", 2, "Parameters.Own", "it has no Type"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_used_is_refused_with_file_line_key_and_reason(stack: Path, what: str) -> None:
    text, line, key, reason = REFUSED[what]
    with pytest.raises((ValueError, yaml.YAMLError)) as refused:
        merged(stack, text)
    said = template.explained(refused.value, str(stack.parent / "template.yaml"))
    assert said.startswith(f"{stack.parent}/template.yaml, line {line}: {f'{key}: ' if key else ''}"), said
    assert reason in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("content", [b"\xff\xfe\xfa", b"a: \x00"])
def test_what_is_no_text_is_refused(stack: Path, content: bytes) -> None:
    file = stack.parent / "template.yaml"
    file.write_bytes(content)
    with pytest.raises((ValueError, yaml.YAMLError)) as refused:
        fragment.merged(stack, file)
    assert template.explained(refused.value, str(file)).startswith(f"{file}: ")


def test_a_whole_template_of_before_is_refused_and_not_merged_twice(stack: Path) -> None:
    with pytest.raises(fragment.Unusable, match=r"stack\.yaml alone"):
        merged(stack, STACK)


# --- a folder's own parameters --------------------------------------------------------------------

OWN: dict[str, Any] = {
    "TopClasses": {"Type": "Number", "Default": 5, "MinValue": 1, "MaxValue": 9},
    "Mood": {"Type": "String", "AllowedValues": ["calm", 'a bit "wild"'], "Default": "calm"},
    "Pattern": {"Type": "String", "AllowedPattern": "[a-z]*", "Default": ""},
}


def test_a_parameter_of_the_folders_own_has_its_settings_value_else_its_default() -> None:
    assert model.own_values(OWN, {}) == {"TopClasses": "5", "Mood": "calm", "Pattern": ""}
    assert model.own_values(OWN, {"TOP_CLASSES": "7", "MOOD": ""})["TopClasses"] == "7"


def test_a_parameter_of_the_stacks_is_none_of_the_folders_own() -> None:
    assert model.own_values(template.read(model.STACK)["Parameters"], {"LIVE_VERSION": "7", "MEMORY_SIZE": "1"}) == {}


@pytest.mark.parametrize(
    ("parameters", "environment", "says"),
    [
        (OWN, {"TOP_CLASSES": "many"}, "Parameters.TopClasses: TOP_CLASSES=many is not a number"),
        (OWN, {"TOP_CLASSES": "10"}, "TOP_CLASSES=10 is not between 1 and 9"),
        (OWN, {"MOOD": "angry"}, "MOOD=angry is none of calm"),
        (OWN, {"PATTERN": "A"}, "PATTERN=A does not match"),
        ({"Key": {"Type": "String"}}, {}, "model.env does not set KEY"),
        ({"Path": {"Type": "String"}}, {"PATH": "/bin"}, "its setting would be PATH, which means something else"),
        ({"MemoryLambda": {"Type": "String"}}, {}, "its setting would be MEMORY_LAMBDA"),
    ],
)
def test_a_value_that_cloudformation_would_refuse_is_refused(
    parameters: dict[str, Any], environment: dict[str, str], says: str
) -> None:
    with pytest.raises(ValueError, match=r"^Parameters\.") as refused:
        model.own_values(parameters, environment)
    assert says in str(refused.value)


@pytest.mark.parametrize("value", ["", "plain", "a b", 'a "b" c', "a,b", "sha256:…", "it's"])
def test_sam_reads_a_parameter_back_as_it_is(value: str) -> None:
    given = (model.word("Own", value), "Other=1")
    assert CfnParameterOverridesType().convert(given, None, None) == {"Own": value, "Other": "1"}
