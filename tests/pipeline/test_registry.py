"""The registry stack: what it makes, as the services themselves report it, and that no update can lose it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline.faults import assert_explained
from pipeline.test_aws_stages import surroundings
from pipeline_runs import ROOT, Home, Run
from tools.stacks import template

BUCKET = "xgboost-example-local-000000000000-us-east-1"
REPOSITORY = "xgboost-example-local"
# Of stage dev, as it was called before two regions could have one each.
AWS_BUCKET = "xgboost-example-dev-000000000000"


def properties(resource: str) -> Any:
    return template.read(ROOT / "registry.yaml")["Resources"][resource]["Properties"]


@pytest.fixture
def repository(home: Home, deployed: str) -> Any:
    return home.aws("ecr", "describe-repositories", "--repository-names", REPOSITORY)["repositories"][0]


def test_images_cannot_be_overwritten_and_are_scanned_and_encrypted(repository: Any) -> None:
    assert repository["imageTagMutability"] == "IMMUTABLE"
    assert repository["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository["encryptionConfiguration"]["encryptionType"] == "AES256"


def test_the_bucket_is_encrypted_versioned_and_private(home: Home, deployed: str) -> None:
    def says(call: str) -> Any:
        return home.aws("s3api", call, "--bucket", BUCKET)

    rule = says("get-bucket-encryption")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert says("get-bucket-versioning")["Status"] == "Enabled"
    assert set(says("get-public-access-block")["PublicAccessBlockConfiguration"].values()) == {True}


def test_old_template_versions_expire() -> None:
    """Read from the template: MiniStack makes buckets without their lifecycle."""
    rule = properties("Bucket")["LifecycleConfiguration"]["Rules"][0]
    assert (rule["Status"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) == ("Enabled", 30)


def test_the_bucket_is_reached_by_encrypted_transport_only(home: Home, deployed: str) -> None:
    statement = properties("BucketPolicy")["PolicyDocument"]["Statement"][0]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}
    assert "aws:SecureTransport" in home.aws("s3api", "get-bucket-policy", "--bucket", BUCKET)["Policy"]


def test_only_lambda_for_this_function_may_pull(home: Home, deployed: str) -> None:
    """What Lambda would add for itself; the next change of the repository would delete that."""
    policy = json.loads(home.aws("ecr", "get-repository-policy", "--repository-name", REPOSITORY)["policyText"])
    [statement] = policy["Statement"]
    assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
    function = "arn:aws:lambda:us-east-1:000000000000:function:xgboost-example-local"
    assert statement["Condition"] == {"ArnLike": {"aws:SourceArn": [function, f"{function}:*"]}}
    bucket = json.loads(home.aws("s3api", "get-bucket-policy", "--bucket", BUCKET)["Policy"])
    assert [one["Effect"] for one in bucket["Statement"]] == ["Deny"]


def test_the_repository_is_tagged(home: Home, repository: Any) -> None:
    listed = home.aws("ecr", "list-tags-for-resource", "--resource-arn", repository["repositoryArn"])["tags"]
    tags = {tag["Key"]: tag["Value"] for tag in listed}
    assert (tags["Project"], tags["Stage"]) == ("xgboost-example", "local")


def test_the_bucket_is_tagged() -> None:
    """Read from the template: MiniStack makes buckets without their tags."""
    tags = {tag["Key"]: tag["Value"] for tag in properties("Bucket")["Tags"]}
    assert {name: reference.value for name, reference in tags.items()} == {"Project": "Project", "Stage": "Stage"}


def test_an_update_can_delete_nothing() -> None:
    for resource in template.read(ROOT / "registry.yaml")["Resources"].values():
        assert resource["UpdateReplacePolicy"] == "Retain"
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate"


def test_deleting_the_stack_leaves_images_and_templates(own_home: Home) -> None:
    own_home.run("-s", "local", "-r", "-m", "xgboost-example").checked()
    own_home.aws("cloudformation", "delete-stack", "--stack-name", "xgboost-example-local-registry")
    assert own_home.aws("ecr", "describe-repositories")["repositories"]
    assert own_home.aws("s3api", "list-buckets")["Buckets"]
    # and the pipeline clears up what is left
    own_home.run("-s", "local", "-m", "xgboost-example", "-x", "-y").checked()
    own_home.run("-s", "local", "-r", "-m", "xgboost-example").checked()


def registry_in(home: Home, region: str, *arguments: str) -> Run:
    """Of stage dev, in a region of one account."""
    env = surroundings(home.port) | {"AWS_REGION": region}
    return home.run("-s", "dev", "-m", "xgboost-example", *arguments, env=env)


def buckets(home: Home) -> dict[str, str]:
    """Those of stage dev, and where each is."""
    found = home.aws("s3api", "list-buckets")["Buckets"]
    names = [bucket["Name"] for bucket in found if bucket["Name"].startswith("xgboost-example-dev-")]
    return {name: home.aws("s3api", "head-bucket", "--bucket", name)["BucketRegion"] for name in names}


def test_two_regions_of_an_account_have_a_registry_each(own_home: Home) -> None:
    own_home.run("-s", "local", "-m", "xgboost-example", "-x", "-y").checked()
    first, second = f"{AWS_BUCKET}-eu-central-1", f"{AWS_BUCKET}-eu-west-1"
    registry_in(own_home, "eu-central-1", "-r").checked()
    registry_in(own_home, "eu-west-1", "-r").checked()
    assert buckets(own_home) == {first: "eu-central-1", second: "eu-west-1"}
    assert "unchanged" in registry_in(own_home, "eu-central-1", "-r").checked().stderr
    registry_in(own_home, "eu-central-1", "-x", "-y").checked()
    assert buckets(own_home) == {second: "eu-west-1"}


def test_a_bucket_without_a_region_in_its_name_stays_where_it_is(own_home: Home) -> None:
    """And the other regions have theirs beside it."""
    own_home.run("-s", "local", "-m", "xgboost-example", "-x", "-y").checked()
    there = ("--create-bucket-configuration", "LocationConstraint=eu-central-1")
    own_home.aws("s3api", "create-bucket", "--bucket", AWS_BUCKET, *there)
    assert f"bucket {AWS_BUCKET} and" in registry_in(own_home, "eu-central-1", "-n", "-x").checked().stderr
    registry_in(own_home, "eu-west-1", "-r").checked()
    assert buckets(own_home) == {AWS_BUCKET: "eu-central-1", f"{AWS_BUCKET}-eu-west-1": "eu-west-1"}


def test_a_stack_whose_bucket_is_gone_is_not_given_another(own_home: Home) -> None:
    own_home.run("-s", "local", "-m", "xgboost-example", "-x", "-y").checked()
    stack = {"StackName": "xgboost-example-dev-registry", "TemplateBody": (ROOT / "registry.yaml").read_text()}
    given = {"Project": "xgboost-example", "Stage": "dev", "BucketName": AWS_BUCKET}
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()]
    said = json.dumps(stack | {"Parameters": parameters})
    own_home.aws("cloudformation", "create-stack", "--region", "eu-central-1", "--cli-input-json", said)
    ready = ("stack-create-complete", "--stack-name", stack["StackName"])
    own_home.aws("cloudformation", "wait", *ready, "--region", "eu-central-1")
    # the pipeline finds it by its name
    registry_in(own_home, "eu-central-1", "-r").checked()
    assert buckets(own_home) == {AWS_BUCKET: "eu-central-1"}
    own_home.aws("s3api", "delete-bucket", "--bucket", AWS_BUCKET)
    run = registry_in(own_home, "eu-central-1", "-r")
    assert_explained(run, "has lost its repository or its bucket", "", "-x, then")
    assert buckets(own_home) == {}
