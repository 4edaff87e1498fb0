"""The registry stack: what it makes, as the services themselves report it, and that no update can lose it."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_runs import ROOT, Home
from tools.stacks import template

BUCKET = "xgboost-example-local-000000000000"
REPOSITORY = "xgboost-example-local"


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
