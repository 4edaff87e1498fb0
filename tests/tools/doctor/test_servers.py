"""What --doctor says of an account in which -e is to make servers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.iam import models

from clients import aws_at
from pipeline_runs import ROOT
from tools.doctor import servers
from tools.doctor.checks import Asked, Check

ASKED = Asked("x-example", "dev", str(ROOT / "xgboost-example"), "eu-central-1", {})
SERVICES = servers.ROLES.values()
ANYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in (aws_at("") | {"AWS_DEFAULT_REGION": ASKED.region}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    # as AWS writes it
    monkeypatch.setitem(models.SERVICE_NAME_CONVERSION, "elasticloadbalancing", "ElasticLoadBalancing")
    with mock_aws():
        yield


def client(service: str) -> Any:
    make: Any = boto3.client
    return make(service)


def administer() -> None:
    """As caller.yaml with Servers=on does."""
    name = "x-example-dev-eu-central-1-servers-boundary"
    client("iam").create_policy(PolicyName=name, PolicyDocument=json.dumps(ANYTHING))


def type_in(check: Check) -> None:
    """What it says is to be typed, by an administrator."""
    for command in check.next.removeprefix("as administrator: ").split(" && "):
        match command.split():
            case ["aws", "iam", "create-service-linked-role", "--aws-service-name", service]:
                client("iam").create_service_linked_role(AWSServiceName=service)
            case ["aws", "ec2", "create-default-vpc"]:
                client("ec2").create_default_vpc()
            case words:
                raise AssertionError(words)


def test_who_makes_no_servers_needs_nothing() -> None:
    assert servers.check(ASKED).state == "ok"
    assert "without Servers=on" in servers.check(ASKED).words


def test_a_new_account_is_told_what_an_administrator_makes_once() -> None:
    administer()
    found = servers.check(ASKED)
    assert found.state == "warning"
    assert all(f"--aws-service-name {service}" in found.next for service in SERVICES)
    assert "create-default-vpc" not in found.next
    type_in(found)
    assert servers.check(ASKED) == Check("servers", "ok", "the account has what -e needs")


def test_an_account_whose_network_was_deleted_is_told_so() -> None:
    administer()
    type_in(servers.check(ASKED))
    [network] = client("ec2").describe_vpcs()["Vpcs"]
    for subnet in client("ec2").describe_subnets()["Subnets"]:
        client("ec2").delete_subnet(SubnetId=subnet["SubnetId"])
    client("ec2").delete_vpc(VpcId=network["VpcId"])
    found = servers.check(ASKED)
    assert found.next == "as administrator: aws ec2 create-default-vpc"
    type_in(found)
    assert servers.check(ASKED).state == "ok"
