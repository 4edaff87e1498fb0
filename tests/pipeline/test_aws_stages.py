"""The stages on AWS, as near as they can be run without it: stage dev against the local AWS, where only the
endpoint, the registry host and the credentials differ, and the base image, which no hub is asked for.
The calls that it makes are held against caller.yaml."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cfnlint.data.schemas
import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from calls import DOCUMENTED_REQUEST, post
from pipeline_runs import FOLDERS, ROOT, Home, Run, copy_of
from recorder import Recorder
from tools.stacks import model, template

FOLDER = ROOT / "xgboost-example"

# What a resource type may ask for by its schema, for features that no template here uses.
UNUSED = (
    "apigateway:*TagResource",  # no such action: POST on the tags
    "dynamodb:*ContinuousBackups", "dynamodb:*ContributorInsights", "dynamodb:*Item", "dynamodb:*KinesisStreaming*",
    "dynamodb:*Replica", "dynamodb:DeleteResourcePolicy", "dynamodb:DescribeImport", "dynamodb:ImportTable",
    "dynamodb:PutResourcePolicy", "dynamodb:Query", "dynamodb:Scan", "iam:CreateServiceLinkedRole", "kinesis:*",
    "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents", "s3:GetObjectMetadata",
    "codedeploy:*", "ec2:*", "elasticfilesystem:*", "firehose:*", "kms:*", "s3files:*", "s3tables:*",
    "ecr:*LifecyclePolicy", "ecr:DeleteRepositoryPolicy",
    "iam:*PermissionsBoundary",
    "lambda:*ProvisionedConcurrencyConfig", "lambda:*RuntimeManagementConfig", "lambda:*ScalingConfig",
    "lambda:*FunctionConcurrency", "lambda:*RecursionConfig", "lambda:*CodeSigningConfig",
    "lambda:PassCapacityProvider",
    "logs:*BearerToken*", "logs:*DataProtectionPolicy", "logs:*DeletionProtection", "logs:*IndexPolic*",
    "logs:*KmsKey", "logs:*LogDelivery", "logs:*ResourcePolic*",
    "s3:*Abac", "s3:*Analytics*", "s3:*CORS", "s3:*Cors", "s3:*IntelligentTiering*", "s3:*Inventory*", "s3:*Metadata*",
    "s3:*Metrics*", "s3:*ObjectLock*", "s3:*Replication*", "s3:*Accelerate*", "s3:*Acl", "s3:*BucketLogging",
    "s3:*Notification", "s3:*Website", "s3:DeleteBucketEncryption", "s3:DeleteBucketLifecycle", "s3:REST.PUT.OBJECT",
)  # fmt: skip

# What is needed for a reason that neither a recorded call nor a schema shows.
ALSO_NEEDED = {
    "ecr:GetRepositoryPolicy": "Lambda lets itself into the repository in the caller's name",
    "ecr:SetRepositoryPolicy": "the same",
    "ecr:BatchGetImage": "Lambda checks that the caller may read the image",
    "ecr:GetDownloadUrlForLayer": "the same",
    "ecr:UploadLayerPart": "a large layer goes in parts",
    "cloudformation:TagResource": "stacks carry tags",
    "cloudformation:UntagResource": "the same, when one goes",
    "cloudformation:DeleteChangeSet": "sam removes a change set that is empty",
    "cloudformation:DescribeStackEvents": "the reasons of a failed deployment",
    "cloudformation:GetTemplate": "the same command after a killed run",
    "cloudformation:ContinueUpdateRollback": "a stack that is stuck, see test_stuck",
    "cloudformation:RollbackStack": "the same",
    "ecr:BatchDeleteImage": "--prune, where an image is older than those that run",
    "s3:DeleteObject": "emptying a bucket before it goes",
}


def surroundings(port: int) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "REGISTRY_HOST": f"localhost:{port}",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
        "AWS_REGION": "eu-central-1",
        "BASE_IMAGE": "pipeline/stand-in:python3.11-bookworm",
        # seconds between two looks of sam's; behind these stages is an AWS without limits
        "SAM_CLI_POLL_DELAY": "0.1",
    }


def dev(home: Home, port: int, *arguments: str) -> Run:
    return home.run("-s", "dev", *arguments, env=surroundings(port))


@pytest.fixture(scope="module")
def recorded(home: Home, deployed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[set[str]]:
    """A life at stage dev, from nothing to nothing, and the actions it took."""
    with Recorder(home.port) as recorder:
        run = dev(home, recorder.port, "-r", "-p", str(FOLDER), "-d").checked()
        status, answer = post(run.api_url, {"input_X": DOCUMENTED_REQUEST})
        assert (status, answer["message"]) == (200, "Succesful Prediction")
        assert dev(home, recorder.port, "-r", "-p", str(FOLDER), "-d").checked().stderr.count("unchanged") == 3
        dev(home, recorder.port, "-m", str(FOLDER), "-t", "-o").checked()
        changed = copy_of(FOLDER, tmp_path_factory.mktemp("changed") / FOLDER.name)
        with (changed / "app" / "main.py").open("a") as handler:
            handler.write("\n# another image\n")
        dev(home, recorder.port, "-p", str(changed), "-d", "--canary", "90", "--for", "0.2")
        dev(home, recorder.port, "-m", str(changed), "-d").checked()
        dev(home, recorder.port, "-m", str(FOLDER), "--versions", "--status", "--logs", "--rollback").checked()
        home.run("-s", "stage", "-r", "-m", str(FOLDER), "--promote", "dev", env=surroundings(recorder.port)).checked()
        home.run("-s", "stage", "-m", str(FOLDER), "-x", "-y", env=surroundings(recorder.port)).checked()
        dev(home, recorder.port, "-m", str(FOLDER), "--rollback", "--prune", "1").checked()
        dev(home, recorder.port, "-m", str(FOLDER), "-x", "-y").checked()
        assert recorder.unknown == []
        yield recorder.actions


def allowed() -> set[str]:
    statements = template.read(ROOT / "caller.yaml")["Resources"]["Caller"]["Properties"]["PolicyDocument"]["Statement"]
    actions = [statement["Action"] for statement in statements]
    return {name for action in actions for name in (action if isinstance(action, list) else [action])}


def permits(patterns: set[str], name: str) -> bool:
    return any(fnmatch.fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)


def resource_types() -> set[str]:
    """What CloudFormation makes in the caller's name, SAM's own resources written out."""
    types = {resource["Type"] for resource in template.read(ROOT / "registry.yaml")["Resources"].values()}
    for folder in FOLDERS:
        types |= {resource["Type"] for resource in transformed(folder)["Resources"].values()}
    return types


@pytest.fixture(autouse=True)
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SAM translator writes out names for the region it is in."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")


def transformed(folder: Path) -> dict[str, Any]:
    found = model.read(folder)
    template.fill(found, {"ImageUri": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/x@sha256:" + "0" * 64})
    plain = json.loads(json.dumps(found, default=long_form))
    translator = Translator({"AWSLambdaBasicExecutionRole": "arn:aws:iam::aws:policy/x"}, Parser())
    result = translator.translate(plain, {})
    assert isinstance(result, dict)
    return result


def long_form(tagged: template.Tagged) -> Any:
    if tagged.tag == "!Ref":
        return {"Ref": tagged.value}
    if tagged.tag == "!GetAtt":
        return {"Fn::GetAtt": tagged.value.split(".", 1)}
    return {"Fn::" + tagged.tag[1:]: tagged.value}


def schema_permissions(types: set[str]) -> set[str]:
    found: set[str] = set()
    seen = set()
    for path in (Path(cfnlint.data.schemas.__file__).parent / "resources").glob("*.json"):
        schema = json.loads(path.read_text())
        if schema.get("typeName") in types:
            seen.add(schema["typeName"])
            for kind, handler in schema.get("handlers", {}).items():
                if kind != "list":
                    found.update(handler["permissions"])
    assert seen == types
    return {name for name in found if not permits(set(UNUSED), name)}


def test_stage_dev_takes_the_same_steps_with_nothing_but_the_surroundings_changed(recorded: set[str]) -> None:
    assert "cloudformation:ExecuteChangeSet" in recorded
    assert "ecr:PutImage" in recorded


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-central-1", "000000000000.dkr.ecr.eu-central-1.amazonaws.com"),
        ("cn-north-1", "000000000000.dkr.ecr.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_the_registry_is_the_accounts_own_unless_another_is_named(
    home: Home, deployed: str, region: str, host: str
) -> None:
    environment = surroundings(home.port) | {"AWS_REGION": region}
    del environment["REGISTRY_HOST"]
    planned = home.run("-n", "-s", "dev", "-r", "-p", str(FOLDER), "-d", env=environment).checked().stdout
    assert f"login --username AWS --password-stdin {host}\n" in planned
    assert f"push {host}/xgboost-example-dev:" in planned
    assert f"ImageUri={host}/xgboost-example-dev@sha256:" in planned


def test_the_callers_policy_allows_every_call_that_was_made(recorded: set[str]) -> None:
    needed = recorded - {"sts:GetCallerIdentity"}  # which nobody needs a permission for
    assert {name for name in needed if not permits(allowed(), name)} == set()


def test_the_callers_policy_allows_what_cloudformation_does_in_the_callers_name() -> None:
    assert {name for name in schema_permissions(resource_types()) if not permits(allowed(), name)} == set()


def test_the_callers_policy_allows_nothing_else(recorded: set[str]) -> None:
    needed = recorded | schema_permissions(resource_types()) | set(ALSO_NEEDED)
    idle = {pattern for pattern in allowed() if not any(permits({pattern}, name) for name in needed)}
    assert idle == set()


def test_the_callers_policy_is_short_enough_for_a_managed_policy() -> None:
    policy = template.read(ROOT / "caller.yaml")["Resources"]["Caller"]["Properties"]["PolicyDocument"]
    compact = json.dumps(policy, default=lambda tagged: tagged.value, separators=(",", ":"))
    assert len(compact) < 6144, "a managed policy has at most 6,144 characters"
