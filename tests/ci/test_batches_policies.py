"""What batches are allowed, on paper: all that AWS asks of a distributed Map, and nothing besides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from permissions import BATCHES, CALLER, allowed, document, needed_by, permits
from pipeline_runs import ROOT
from resolved import ACCOUNT, Template
from serving.batches.chunk import BadChunk
from serving.batches.results import TooMuch
from serving.batches.run import TooSlow
from serving.storage.objects import S3Busy, S3Refused

NAME = "x-example-dev"
BUCKET = f"{NAME}-{ACCOUNT}-eu-central-1"
STATES = f"arn:aws:states:eu-central-1:{ACCOUNT}"
FUNCTION = f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:{NAME}"
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
TEMPLATE = Template(BATCHES, Project="x-example", Stage="dev", BucketName=BUCKET, FunctionRole="its-role", LogDays="30")
# What the pipeline asks by itself: lib/aws/states.sh, lib/aws/iam.sh, tools/batch/watch.py.
ASKED = {
    "iam:GetPolicy",
    "states:DescribeExecution",
    "states:ListExecutions",
    "states:ListMapRuns",
    "states:StartExecution",
    "states:StopExecution",
}
MACHINE_DOES = [
    ("s3:GetObject", f"arn:aws:s3:::{BUCKET}/batches/0123456789/missing.json"),
    ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/batches/0123456789/ended/a-run/manifest.json"),
    ("lambda:InvokeFunction", f"{FUNCTION}:7"),
    ("states:StartExecution", f"{STATES}:stateMachine:{NAME}"),
    ("states:DescribeExecution", f"{STATES}:execution:{NAME}/chunks:a-child"),
    ("states:StopExecution", f"{STATES}:execution:{NAME}/chunks:a-child"),
    ("logs:CreateLogDelivery", "*"),
]
MACHINE_DOES_NOT = [
    ("s3:GetObject", f"arn:aws:s3:::{BUCKET}/models/model.onnx"),
    ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/batches/0123456789/results/000000000.jsonl"),
    ("lambda:InvokeFunction", f"{FUNCTION}-else:7"),
    ("states:StartExecution", f"{STATES}:stateMachine:{NAME}-else"),
    ("iam:PassRole", f"{ROLES}/{NAME}-batch-MachineRole-1A2B"),
]


def says(policies: list[Any], action: str, resource: str, *limits: Any, **claims: str) -> bool:
    context = EvalContext(
        f"{ROLES}/somebody", "AssumedRole", ACCOUNT, action, resource, "eu-central-1", service_context=claims
    )
    read = [parse_policy_document(policy) for policy in policies]
    return (
        str(evaluate(context, read, *([[parse_policy_document(limit) for limit in limits]] if limits else [])).decision)
        == "Allow"
    )


def of_the_machine() -> Any:
    return TEMPLATE.properties("MachineRole")["Policies"][0]["PolicyDocument"]


@pytest.mark.parametrize(("action", "resource"), MACHINE_DOES)
def test_the_machine_may_do_what_a_map_does(action: str, resource: str) -> None:
    assert says([of_the_machine()], action, resource, document("BatchesBoundary"))


@pytest.mark.parametrize(("action", "resource"), MACHINE_DOES_NOT)
def test_the_machine_may_do_nothing_else(action: str, resource: str) -> None:
    assert not says([of_the_machine()], action, resource)
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    assert not says([everything], action, resource, document("BatchesBoundary"))


def test_the_function_writes_results_and_nothing_else_of_a_batch() -> None:
    policy = TEMPLATE.properties("FunctionPolicy")["PolicyDocument"]
    objects = f"arn:aws:s3:::{BUCKET}"
    for place, may in (("batches/0/results/1.jsonl", True), ("batches/0/plan.json", False), ("models/m", False)):
        assert says([policy], "s3:PutObject", f"{objects}/{place}", document("Boundary")) == may
    assert says([policy], "s3:GetObject", f"{objects}/inputs/a.jpg", document("Boundary"))


def test_who_runs_batches_may_do_what_their_stack_needs_and_the_pipeline_asks() -> None:
    needed = needed_by(BATCHES) | ASKED
    assert {name for name in needed if not permits(allowed(*CALLER, "BatchesCaller"), name)} == set()


def test_who_runs_batches_may_do_nothing_that_nobody_needs() -> None:
    needed = needed_by(BATCHES) | ASKED
    idle = {pattern for pattern in allowed("BatchesCaller") if not any(permits({pattern}, name) for name in needed)}
    assert idle == set()


def test_a_machine_is_given_no_role_but_that_of_batches_within_its_boundary() -> None:
    policies = [document(name) for name in (*CALLER, "BatchesCaller")]
    own, of_the_function = f"{ROLES}/{NAME}-batch-MachineRole-1A2B", f"{ROLES}/{NAME}-lambda-FunctionRole-1A2B"
    to_states = {"iam:passedtoservice": "states.amazonaws.com"}
    assert says(policies, "iam:PassRole", own, **to_states)
    assert not says(policies, "iam:PassRole", of_the_function, **to_states)
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/{NAME}-eu-central-1-batches-boundary"
    assert says(policies, "iam:CreateRole", own, **{"iam:permissionsboundary": boundary})
    assert not says(policies, "iam:CreateRole", of_the_function, **{"iam:permissionsboundary": boundary})
    assert not says(policies, "iam:CreateRole", own)


def test_what_would_not_pass_by_itself_is_tried_once_or_not_again() -> None:
    """A 4xx is a row's, or a mistake of a chunk's that is the same each time."""
    [task] = json.loads(json.dumps(TEMPLATE.properties("Machine")["Definition"]))["States"]["Chunks"]["ItemProcessor"][
        "States"
    ].values()
    passing, once = task["Retry"]
    busy = {"Lambda.TooManyRequestsException", "Lambda.ServiceException", S3Busy.__name__}
    assert busy <= set(passing["ErrorEquals"])
    assert (passing["BackoffRate"], once["MaxAttempts"]) == (2, 1)
    named = {*passing["ErrorEquals"], *once["ErrorEquals"]}
    assert named.isdisjoint({"States.ALL", "States.TaskFailed"})
    # By the names of its exceptions, as the function raises them.
    assert named.isdisjoint({error.__name__ for error in (BadChunk, S3Refused, TooMuch, TooSlow)})


@pytest.mark.parametrize("file", sorted(ROOT.glob("*.yaml")), ids=lambda file: file.name)
def test_no_template_holds_a_null(file: Path) -> None:
    """CloudFormation takes none, wherever it stands; cfn-lint does."""
    nodes: list[yaml.Node] = list(yaml.compose_all(file.read_text()))
    while nodes:
        node = nodes.pop()
        assert node.tag != "tag:yaml.org,2002:null", node.start_mark
        if isinstance(node, yaml.MappingNode):
            nodes += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            nodes += node.value
