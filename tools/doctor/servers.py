"""What -e needs in an account that has never had a load balancer or an Auto Scaling group. Nothing else needs it."""

from __future__ import annotations

from collections.abc import Iterator

import botocore.exceptions

from tools.doctor import account
from tools.doctor.checks import Asked, Check

# AWS makes each for the first user who needs it, but deployers have no permission for that:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
ROLES = {
    "AWSServiceRoleForElasticLoadBalancing": "elasticloadbalancing.amazonaws.com",
    "AWSServiceRoleForAutoScaling": "autoscaling.amazonaws.com",
}


def check(asked: Asked) -> Check:
    # callers without the policy for servers may not look for the servers' boundary
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
