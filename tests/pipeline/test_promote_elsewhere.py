"""--promote from another account and another region: the digest stays the same, and nobody may more than is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pipeline.faults import assert_explained
from pipeline.test_aws_stages import surroundings
from pipeline_runs import ROOT, AwsCli, Home, Run, copy_of
from tools.stacks import template

NAME = "promoted-example"
DEV, PROD = "111111111111", "222222222222"
DEV_REGION, PROD_REGION = "eu-central-1", "eu-west-1"
ROLE = f"arn:aws:iam::{DEV}:role/asked-by-prod"
MODEL = "s3://${BUCKET}/models"
DEV_BUCKET = f"{NAME}-dev-{DEV}-{DEV_REGION}"
PROD_BUCKET = f"{NAME}-prod-{PROD}-{PROD_REGION}"


@dataclass
class Account:
    """One of two in one local AWS. Its administrator has its number for a key."""

    home: Home
    folder: Path
    number: str
    region: str
    stage: str

    def environment(self, key: str = "", secret: str = "test") -> dict[str, str]:
        keys = {"AWS_ACCESS_KEY_ID": key or self.number, "AWS_SECRET_ACCESS_KEY": secret}
        regions = {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        return surroundings(self.home.port, self.stage, NAME) | regions | keys

    def aws(self, *arguments: str) -> Any:
        cli = AwsCli(self.home.environment(self.environment()))
        status, said, complaint = cli.ask(*arguments, "--output", "json")
        cli.end()
        assert status == 0, complaint
        return json.loads(said or "null")

    def administer(self, **parameters: str) -> list[str]:
        """The policies that caller.yaml makes."""
        stack = f"{NAME}-{self.stage}-caller"
        given = {"Project": NAME, "Stage": self.stage} | parameters
        self.aws(
            *("cloudformation", "create-stack", "--stack-name", stack, "--capabilities", "CAPABILITY_NAMED_IAM"),
            *("--template-body", f"file://{ROOT / 'caller.yaml'}", "--parameters"),
            *(f"ParameterKey={key},ParameterValue={value}" for key, value in given.items()),
        )
        self.aws("cloudformation", "wait", "stack-create-complete", "--stack-name", stack)
        [made] = self.aws("cloudformation", "describe-stacks", "--stack-name", stack)["Stacks"]
        return [output["OutputValue"] for output in made["Outputs"]]

    def run(self, *arguments: str, **env: str) -> Run:
        return self.home.run("-s", self.stage, *arguments, env=self.environment() | env)

    def images(self) -> set[str]:
        found = self.aws("ecr", "describe-images", "--repository-name", f"{NAME}-{self.stage}")["imageDetails"]
        return {image["imageDigest"] for image in found}


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = copy_of(ROOT / "xgboost-example", tmp_path_factory.mktemp("promoted") / NAME)
    with Home(tmp_path_factory.mktemp("accounts") / "home") as home:
        home.run("-s", "local", "-m", str(folder), "--status")
        account = Account(home, folder, DEV, DEV_REGION, "dev")
        account.administer()
        account.run("-r", "-p", str(folder), "-d").checked()
        account.aws("s3api", "put-object", "--bucket", DEV_BUCKET, "--key", "models/model", "--body", __file__)
        account.aws("s3api", "put-object", "--bucket", DEV_BUCKET, "--key", "notes/private", "--body", __file__)
        yield account


@pytest.fixture(scope="module")
def role(dev: Account) -> str:
    """Who takes it may ask what is live, and no more: what docs/releases.md says, to the letter."""
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{PROD}:root"}, "Action": "sts:AssumeRole"}
    of = ("--role-name", ROLE.rpartition("/")[2])
    dev.aws("iam", "create-role", *of, "--assume-role-policy-document", json.dumps(policy(trust)))
    dev.aws("iam", "put-role-policy", *of, "--policy-name", "ask", "--policy-document", documented())
    return ROLE


def documented() -> str:
    """The page's own account and region are those here."""
    found = re.search(r"```json\n(.*?)```", (ROOT / "docs" / "releases.md").read_text(), re.DOTALL)
    assert found
    assert f":{DEV_REGION}:{DEV}:" in found[1]
    return json.dumps(json.loads(found[1].replace("xgboost-example", NAME)))


def test_the_role_that_the_page_describes_may_ask_about_the_alias_too() -> None:
    """AWS asks for the address with the alias in it, where the local AWS is content with the function's."""
    [functions, _] = json.loads(documented())["Statement"]
    function = f"arn:aws:lambda:{DEV_REGION}:{DEV}:function:{NAME}-dev"
    assert functions["Resource"] == [function, f"{function}:live"]


def policy(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


@pytest.fixture(scope="module")
def caller(dev: Account, role: str) -> dict[str, str]:
    """Whoever promotes: the policies of caller.yaml and nothing else. What is exported for it."""
    prod = Account(dev.home, dev.folder, PROD, PROD_REGION, "prod")
    prod.aws("iam", "create-user", "--user-name", "promoter")
    for arn in prod.administer(SourceAccount=DEV, SourceRegion=DEV_REGION, SourceRole=role):
        prod.aws("iam", "attach-user-policy", "--user-name", "promoter", "--policy-arn", arn)
    made = prod.aws("iam", "create-access-key", "--user-name", "promoter")["AccessKey"]
    return prod.environment(made["AccessKeyId"], made["SecretAccessKey"]) | {"MODEL_S3_URI": MODEL}


def promote(dev: Account, caller: dict[str, str], **env: str) -> Run:
    return dev.home.run("-s", "prod", "-r", "-m", str(dev.folder), "--promote", "dev", env=caller | env)


def test_what_is_elsewhere_is_not_found_without_saying_where(dev: Account, caller: dict[str, str]) -> None:
    run = promote(dev, caller)
    assert_explained(run, "no version of promoted-example is live at stage dev", f"account {PROD}", "PROMOTE_REGION")


def test_the_image_and_the_model_come_from_another_account_and_region(
    dev: Account, caller: dict[str, str], role: str
) -> None:
    where = {"PROMOTE_ROLE_ARN": role, "PROMOTE_REGION": DEV_REGION}
    # only once that account lets this one in
    refused = promote(dev, caller, **where)
    assert_explained(
        refused, f"cannot read s3://{DEV_BUCKET}/models", "", f"READERS_LAMBDA={PROD} bash pipeline.sh -s dev"
    )
    dev.run("-r", "-m", str(dev.folder), READERS_LAMBDA=PROD).checked()

    promote(dev, caller, **where).checked()

    prod = Account(dev.home, dev.folder, PROD, PROD_REGION, "prod")
    assert prod.images() == dev.images()
    # it answers the events as expected, or it would not be live
    live = prod.aws("lambda", "get-function", "--function-name", f"{NAME}-prod", "--qualifier", "live")
    assert live["Code"]["ImageUri"].partition("@")[2] in dev.images()
    # the model, and nothing else of what lies there
    kept = {found["Key"] for found in prod.aws("s3api", "list-objects-v2", "--bucket", PROD_BUCKET)["Contents"]}
    assert "models/model" in kept
    assert "notes/private" not in kept
    assert "unchanged" in promote(dev, caller, **where).checked().stderr


def test_a_profile_says_where_as_well_as_a_role(dev: Account, caller: dict[str, str], tmp_path: Path) -> None:
    """And whoever has keys in the environment uses the profile for that alone."""
    profiles = tmp_path / "credentials"
    profiles.write_text(f"[of-dev]\naws_access_key_id = {DEV}\naws_secret_access_key = test\n")
    env = {"AWS_SHARED_CREDENTIALS_FILE": str(profiles), "PROMOTE_PROFILE": "of-dev", "PROMOTE_REGION": DEV_REGION}
    run = promote(dev, caller, **env).checked()
    assert "unchanged" in run.stderr


def test_a_role_that_cannot_be_taken_is_told(dev: Account, caller: dict[str, str]) -> None:
    other = f"arn:aws:iam::{DEV}:role/another"
    run = promote(dev, caller, PROMOTE_ROLE_ARN=other, PROMOTE_REGION=DEV_REGION)
    assert_explained(run, f"{other} cannot be taken", "sts:AssumeRole", f"SourceRole={other}")


def test_another_account_reads_images_and_models_and_nothing_else(dev: Account) -> None:
    dev.run("-r", "-m", str(dev.folder), READERS_LAMBDA=PROD).checked()
    said = dev.aws("ecr", "get-repository-policy", "--repository-name", f"{NAME}-dev")["policyText"]
    [readers] = [one for one in json.loads(said)["Statement"] if one["Sid"] == "Readers"]
    assert readers["Action"] == ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    assert readers["Principal"] == {"AWS": [PROD]}
    cli = AwsCli(dev.home.environment(dev.environment(PROD)))
    try:
        statuses = {
            key: cli.ask("s3api", "get-object", "--bucket", DEV_BUCKET, "--key", key, "/dev/null")[0]
            for key in ("models/model", "notes/private")
        }
        written = cli.ask("s3api", "put-object", "--bucket", DEV_BUCKET, "--key", "models/model", "--body", __file__)[0]
    finally:
        cli.end()
    assert (statuses["models/model"], statuses["notes/private"] != 0, written != 0) == (0, True, True)


def test_nobody_is_let_in_by_default() -> None:
    given = template.read(ROOT / "registry.yaml")
    assert given["Parameters"]["Readers"]["Default"] == ""
