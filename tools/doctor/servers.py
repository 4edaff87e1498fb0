"""What -e needs of an account that has never had a balancer or a group of servers. Nothing else needs it."""

from __future__ import annotations

from collections.abc import Iterator

import botocore.exceptions

from tools.doctor import account
from tools.doctor.checks import Asked, Check

# AWS makes each in the name of whoever comes first, and nobody who deploys may let it:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
ROLES = {
    "AWSServiceRoleForElasticLoadBalancing": "elasticloadbalancing.amazonaws.com",
    "AWSServiceRoleForAutoScaling": "autoscaling.amazonaws.com",
}


def check(asked: Asked) -> Check:
    # who was not given the policy for servers may not look for their boundary
    if not account.has_policy(f"{asked.name}-{asked.region}-servers-boundary", {"NoSuchEntity", "AccessDenied"}):
        return Check("servers", "ok", "-e is not used here: caller.yaml is deployed without Servers=on")
    commands = [*missing_roles(), *missing_network()]
    if not commands:
        return Check("servers", "ok", "the account has what -e needs")
    words = "-e would fail: nobody in this account has made what servers need"
    return Check("servers", "warning", words, f"as administrator: {' && '.join(commands)}")


def missing_roles() -> Iterator[str]:
    for role, service in ROLES.items():
        try:
            account.client("iam").get_role(RoleName=role)
        except botocore.exceptions.ClientError as error:
            if account.code(error) != "NoSuchEntity":
                raise
            yield f"aws iam create-service-linked-role --aws-service-name {service}"


def missing_network() -> Iterator[str]:
    """The environment is in the default VPC."""
    if not account.client("ec2").describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]:
        yield "aws ec2 create-default-vpc"
