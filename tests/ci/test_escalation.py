"""Whoever has a policy of caller.yaml tries each known way to more, on paper: a policy engine says what AWS would say.

The ways are those of Rhino Security Labs, "AWS IAM Privilege Escalation: Methods and Mitigation"
(https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/, and part 2), and those that
https://pathfinding.cloud has added since. Of a way that takes several steps, the one that AWS must refuse stands here.
The engine is the local AWS's own, to which stage local is held as well.
"""

from __future__ import annotations

import functools
import json
from itertools import product
from typing import Any

import pytest
from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

from ci.trust import Role
from permissions import BATCHES, CALLER, IMAGE, SERVERS, SOURCE, allowed, caller, document, model_templates, translated
from permissions import resources as made_by
from pipeline_runs import FOLDERS
from resolved import ACCOUNT
from tools.stacks.template import Tagged

NAME = "x-example-dev"
IAM = f"arn:aws:iam::{ACCOUNT}"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
BOUNDARY = f"{IAM}:policy/{NAME}-eu-central-1-boundary"
BATCHES_BOUNDARY = f"{IAM}:policy/{NAME}-eu-central-1-batches-boundary"
SERVERS_BOUNDARY = f"{IAM}:policy/{NAME}-eu-central-1-servers-boundary"
# What an attacker could name: somebody else's, and what the pipeline makes.
OWN_ROLE = f"{IAM}:role/{NAME}-lambda-FunctionRole-1A2B"
OTHER_ROLES = [f"{IAM}:role/administrator", f"{IAM}:role/ci/{NAME}-ci-Role-1A2B"]
ROLES = [OWN_ROLE, *OTHER_ROLES]
USER = f"{IAM}:user/deployer"
POLICIES = [f"{IAM}:policy/{NAME}-caller-Caller-1A2B", BOUNDARY, SERVERS_BOUNDARY, BATCHES_BOUNDARY]
STACKS = [f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/{name}/0" for name in ("else", "this-stack")]
OWN_STACK = f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/{NAME}-lambda/0"
FUNCTIONS = [f"arn:aws:lambda:eu-central-1:{ACCOUNT}:function:{name}" for name in ("else", f"{NAME}-2")]
PRINCIPALS = {
    "who deploys": CALLER,
    "who deploys with servers": (*CALLER, "ServersCaller"),
    "who runs batches": (*CALLER, "BatchesCaller"),
    "who promotes from another account": (*CALLER, "SourceCaller"),
}

# The step, and all the resources that would serve.
WAYS: dict[str, tuple[str, list[str]]] = {
    # Rhino Security Labs
    "CreateNewPolicyVersion": ("iam:CreatePolicyVersion", POLICIES),
    "SetExistingDefaultPolicyVersion": ("iam:SetDefaultPolicyVersion", POLICIES),
    "CreateEC2WithExistingIP": ("ec2:RunInstances", ["*"]),
    "CreateAccessKey": ("iam:CreateAccessKey", [USER]),
    "CreateLoginProfile": ("iam:CreateLoginProfile", [USER]),
    "UpdateLoginProfile": ("iam:UpdateLoginProfile", [USER]),
    "AttachUserPolicy": ("iam:AttachUserPolicy", [USER]),
    "AttachGroupPolicy": ("iam:AttachGroupPolicy", [f"{IAM}:group/deployers"]),
    "AttachRolePolicy": ("iam:AttachRolePolicy", ROLES),
    "PutUserPolicy": ("iam:PutUserPolicy", [USER]),
    "PutGroupPolicy": ("iam:PutGroupPolicy", [f"{IAM}:group/deployers"]),
    "PutRolePolicy": ("iam:PutRolePolicy", ROLES),
    "AddUserToGroup": ("iam:AddUserToGroup", [f"{IAM}:group/administrators"]),
    "UpdatingAssumeRolePolicy": ("iam:UpdateAssumeRolePolicy", ROLES),
    "PassExistingRoleToNewLambdaThenInvoke": ("iam:PassRole", OTHER_ROLES),
    "PassExistingRoleToNewLambdaThenTrigger": ("lambda:CreateEventSourceMapping", ["*"]),
    "EditExistingLambdaFunctionWithRole": ("lambda:UpdateFunctionCode", FUNCTIONS),
    "PassExistingRoleToNewGlueDevEndpoint": ("glue:CreateDevEndpoint", ["*"]),
    "UpdateExistingGlueDevEndpoint": ("glue:UpdateDevEndpoint", ["*"]),
    "PassExistingRoleToNewCloudFormation": ("cloudformation:CreateStack", [*STACKS, OWN_STACK]),
    "PassExistingRoleToNewDataPipeline": ("datapipeline:CreatePipeline", ["*"]),
    "PassExistingRoleToNewCodeStarProject": ("codestar:CreateProject", ["*"]),
    "CreateCodeStarProjectFromTemplate": ("codestar:CreateProjectFromTemplate", ["*"]),
    "EditExistingLambdaFunctionWithLayer": ("lambda:PublishLayerVersion", ["*"]),
    "PassExistingRoleToNewSageMakerNotebook": ("sagemaker:CreateNotebookInstance", ["*"]),
    # pathfinding.cloud
    "AssumeRole": ("sts:AssumeRole", ROLES),
    "DeleteRolePermissionsBoundary": ("iam:DeleteRolePermissionsBoundary", ROLES),
    "DeleteUserPermissionsBoundary": ("iam:DeleteUserPermissionsBoundary", [USER]),
    "DeletePolicyVersion": ("iam:DeletePolicyVersion", POLICIES),
    "CreateServiceSpecificCredential": ("iam:CreateServiceSpecificCredential", [USER]),
    "ResyncMFADevice": ("iam:ResyncMFADevice", [USER]),
    "PassExistingRoleToNewCloudFormationStackSet": ("cloudformation:CreateStackSet", ["*"]),
    "PassRoleToUpdateCloudFormationStackSet": ("cloudformation:UpdateStackSet", ["*"]),
    "UpdateAStackThatHasARole": ("cloudformation:UpdateStack", STACKS),
    "ExecuteCloudFormationChangeSet": ("cloudformation:CreateChangeSet", STACKS),
    "PassExistingRoleToNewAppRunnerService": ("apprunner:CreateService", ["*"]),
    "AccessExistingBedrockCodeInterpreterSession": ("bedrock-agentcore:StartCodeInterpreterSession", ["*"]),
    "PassExistingRoleToNewCodeBuildProject": ("codebuild:CreateProject", ["*"]),
    "StartCodeBuildWithAnotherBuildspec": ("codebuild:StartBuild", ["*"]),
    "ModifyEC2InstanceUserDataThenRestart": ("ec2:ModifyInstanceAttribute", ["*"]),
    "PassExistingRoleToNewEC2SpotInstance": ("ec2:RequestSpotInstances", ["*"]),
    "ModifyExistingEC2LaunchTemplate": ("ec2:ModifyLaunchTemplate", ["*"]),
    "ReplaceIamInstanceProfile": ("ec2:ReplaceIamInstanceProfileAssociation", ["*"]),
    "EC2InstanceConnectSendSSHPublicKey": ("ec2-instance-connect:SendSSHPublicKey", ["*"]),
    "PassExistingRoleToNewECSTask": ("ecs:RegisterTaskDefinition", ["*"]),
    "ECSExecuteCommandOnRunningTask": ("ecs:ExecuteCommand", ["*"]),
    "PassExistingRoleToNewGlueJob": ("glue:CreateJob", ["*"]),
    "PassExistingRoleToUpdatedGlueJob": ("glue:UpdateJob", ["*"]),
    "PassExistingRoleToNewSageMakerTrainingJob": ("sagemaker:CreateTrainingJob", ["*"]),
    "CreatePresignedSageMakerNotebookUrl": ("sagemaker:CreatePresignedNotebookInstanceUrl", ["*"]),
    "SSMSendCommand": ("ssm:SendCommand", ["*"]),
    "SSMStartSession": ("ssm:StartSession", ["*"]),
    "PassExistingRoleToNewStateMachine": ("states:CreateStateMachine", ["*"]),
    "AddInstanceProfileRole": ("iam:AddRoleToInstanceProfile", [f"{IAM}:instance-profile/else"]),
}  # fmt: skip
SERVICES = ("lambda", "ec2", "elasticbeanstalk", "cloudformation")
# Everything that a request could say about itself to get through, wherever it does not bound the role.
CLAIMS: list[dict[str, Any]] = [
    {"iam:policyarn": policy, "iam:permissionsboundary": boundary, "iam:passedtoservice": service}
    for policy, boundary, service in product(
        (None, ADMINISTRATOR, POLICIES[0]),
        (None, ADMINISTRATOR, POLICIES[0]),
        (None, *(f"{service}.amazonaws.com" for service in SERVICES)),
    )
]


@functools.cache
def parsed(policy: str) -> Any:
    return parse_policy_document(document(policy))


def decides(allows: list[Any], limits: list[Any], action: str, resource: str, claims: dict[str, Any]) -> str:
    asked = EvalContext(OWN_ROLE, "AssumedRole", ACCOUNT, action, resource, "eu-central-1", service_context=claims)
    return str(evaluate(asked, allows, *([limits] if limits else [])).decision)


def says(policies: tuple[str, ...], action: str, resource: str, **claims: Any) -> str:
    return decides([parsed(policy) for policy in policies], [], action, resource, claims)


@pytest.fixture(params=list(PRINCIPALS.values()), ids=list(PRINCIPALS))
def policies(request: pytest.FixtureRequest) -> tuple[str, ...]:
    found: tuple[str, ...] = request.param
    return found


@pytest.mark.parametrize(("action", "resources"), WAYS.values(), ids=WAYS)
def test_a_way_up_is_closed(policies: tuple[str, ...], action: str, resources: list[str]) -> None:
    for resource, claims in product(resources, CLAIMS):
        assert says(policies, action, resource, **claims) != "Allow"


def test_the_engine_lets_through_what_the_pipeline_does(policies: tuple[str, ...]) -> None:
    """Else it would prove nothing that it denies the rest."""
    for action in ("iam:CreateRole", "iam:PutRolePolicy"):
        assert says(policies, action, OWN_ROLE, **{"iam:permissionsboundary": BOUNDARY}) == "Allow"
    logs = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
    bounded = {"iam:permissionsboundary": BOUNDARY, "iam:policyarn": logs}
    assert says(policies, "iam:AttachRolePolicy", OWN_ROLE, **bounded) == "Allow"
    assert says(policies, "iam:PassRole", OWN_ROLE, **{"iam:passedtoservice": "lambda.amazonaws.com"}) == "Allow"


def test_a_bounded_role_gets_no_policy_but_those_that_the_templates_attach(policies: tuple[str, ...]) -> None:
    for boundary, policy in product((BOUNDARY, SERVERS_BOUNDARY, BATCHES_BOUNDARY), (ADMINISTRATOR, *POLICIES)):
        claims = {"iam:permissionsboundary": boundary, "iam:policyarn": policy}
        assert says(policies, "iam:AttachRolePolicy", OWN_ROLE, **claims) != "Allow"


def test_who_promotes_takes_one_role_and_reads_one_project_elsewhere() -> None:
    policies, registry = ("SourceCaller",), f"arn:aws:ecr:eu-west-1:{SOURCE}:repository"
    assert says(policies, "sts:AssumeRole", f"arn:aws:iam::{SOURCE}:role/asked") == "Allow"
    assert says(policies, "sts:AssumeRole", f"arn:aws:iam::{SOURCE}:role/another") != "Allow"
    assert says(policies, "ecr:BatchGetImage", f"{registry}/{NAME.rpartition('-')[0]}-stage") == "Allow"
    assert says(policies, "ecr:BatchGetImage", f"{registry}/somebody-elses") != "Allow"
    assert says(policies, "ecr:PutImage", f"{registry}/{NAME.rpartition('-')[0]}-stage") != "Allow"
    # in another account that is the role's to ask
    assert {"lambda:GetFunction", "ecr:DescribeImages"} & allowed(*policies) == set()


def test_no_role_is_passed_to_anything_but_what_runs_the_model() -> None:
    for service in ("cloudformation", "ec2", "elasticbeanstalk", "glue", "apigateway", "states"):
        claims = {"iam:passedtoservice": f"{service}.amazonaws.com"}
        assert says(CALLER, "iam:PassRole", OWN_ROLE, **claims) != "Allow"


@pytest.mark.parametrize("boundary", ["Boundary", "ServersBoundary", "BatchesBoundary"])
@pytest.mark.parametrize(("action", "resources"), WAYS.values(), ids=WAYS)
def test_a_role_that_may_do_everything_gets_no_further_within_its_boundary(
    boundary: str, action: str, resources: list[str]
) -> None:
    """The pipeline may write any policy into a role that it makes, so nothing but the boundary holds that role."""
    # Beanstalk starts servers; what it must not do is to give them another role.
    if (boundary, action) == ("ServersBoundary", "ec2:RunInstances"):
        action, resources = "iam:PassRole", OTHER_ROLES
    everything = parse_policy_document({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    for resource, claims in product(resources, CLAIMS):
        assert decides([everything], [parsed(boundary)], action, resource, claims) != "Allow"


def test_every_role_in_every_template_is_made_within_the_boundary() -> None:
    found = [
        kind["Properties"]["PermissionsBoundary"]["Fn::Sub"]
        for path in model_templates()
        for kind in made_by(path).values()
        if kind["Type"] == "AWS::IAM::Role"
    ]
    assert found
    assert {caller().plain(Tagged("!Sub", text)) for text in found} == {BOUNDARY}
    for path, boundary in ((SERVERS, SERVERS_BOUNDARY), (BATCHES, BATCHES_BOUNDARY)):
        for resource in made_by(path).values():
            if resource["Type"] == "AWS::IAM::Role":
                assert caller().plain(resource["Properties"]["PermissionsBoundary"]) == boundary


def test_no_update_changes_whom_the_role_of_a_function_trusts() -> None:
    """Nobody who deploys may, and stacks that are older than the role in stack.yaml have the one that SAM makes."""
    function = {"PackageType": "Image", "ImageUri": IMAGE}
    plain = {"Resources": {"Function": {"Type": "AWS::Serverless::Function", "Properties": function}}}
    trusted = "AssumeRolePolicyDocument"
    for folder in FOLDERS:
        role = made_by(folder)["FunctionRole"]["Properties"]
        assert role[trusted] == translated(plain)["Resources"]["FunctionRole"]["Properties"][trusted]


@pytest.mark.parametrize("stage", ["dev", "stage", "prod"])
def test_the_role_of_a_workflow_has_the_callers_policies_and_nothing_more(stage: str) -> None:
    """So each way above is closed to it too; and it is no role that these policies may change."""
    properties = Role(Repository="acme/models", Stage=stage, Policies=POLICIES[0]).properties
    assert properties["ManagedPolicyArns"] == POLICIES[0]
    assert "Policies" not in properties
    own = f"{IAM}:role{properties['Path']}{NAME}-ci-Role-1A2B"
    for action in ("iam:UpdateRole", "iam:TagRole", "iam:DeleteRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"):
        assert says((*CALLER, "ServersCaller"), action, own, **{"iam:permissionsboundary": BOUNDARY}) != "Allow"


@pytest.mark.parametrize(
    "policy",
    ["Boundary", *CALLER, "SourceCaller", "ServersBoundary", "ServersCaller", "BatchesBoundary", "BatchesCaller"],
)
def test_a_policy_is_short_enough_for_the_longest_name_in_the_longest_region(policy: str) -> None:
    """A managed policy has at most 6,144 characters, white space not counted."""
    text = json.dumps(document(policy, project="x" * 24, stage="stage"), separators=(",", ":"))
    assert len(text.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-central-1", "ap-southeast-2")) <= 6144
