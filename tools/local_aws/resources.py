"""The resources that CloudFormation's permissions apply to, as far as the resource type tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tools.local_aws import handlers

Properties = Mapping[str, Any]
# The property that names the resource, and its ARN.
ADDRESSES = {
    "AWS::ApiGatewayV2::Api": ("", "apigateway:{region}::/apis/{name}"),
    "AWS::ApiGatewayV2::Authorizer": ("ApiId", "apigateway:{region}::/apis/{name}/authorizers"),
    "AWS::ApiGatewayV2::Integration": ("ApiId", "apigateway:{region}::/apis/{name}/integrations"),
    "AWS::ApiGatewayV2::Route": ("ApiId", "apigateway:{region}::/apis/{name}/routes"),
    "AWS::ApiGatewayV2::Stage": ("ApiId", "apigateway:{region}::/apis/{name}/stages"),
    "AWS::CloudWatch::Alarm": ("AlarmName", "cloudwatch:{region}:{account}:alarm:{name}"),
    "AWS::CloudWatch::Dashboard": ("DashboardName", "cloudwatch::{account}:dashboard/{name}"),
    "AWS::DynamoDB::Table": ("TableName", "dynamodb:{region}:{account}:table/{name}"),
    "AWS::ECR::Repository": ("RepositoryName", "ecr:{region}:{account}:repository/{name}"),
    "AWS::IAM::Role": ("RoleName", "iam::{account}:role/{name}"),
    "AWS::Lambda::Alias": ("FunctionName", "lambda:{region}:{account}:function:{name}"),
    "AWS::Lambda::Function": ("FunctionName", "lambda:{region}:{account}:function:{name}"),
    "AWS::Lambda::Permission": ("FunctionName", "lambda:{region}:{account}:function:{name}"),
    "AWS::Lambda::Version": ("FunctionName", "lambda:{region}:{account}:function:{name}"),
    "AWS::Logs::LogGroup": ("LogGroupName", "logs:{region}:{account}:log-group:{name}"),
    "AWS::Logs::MetricFilter": ("LogGroupName", "logs:{region}:{account}:log-group:{name}"),
    "AWS::S3::Bucket": ("BucketName", "s3:::{name}"),
    "AWS::S3::BucketPolicy": ("Bucket", "s3:::{name}"),
    "AWS::StepFunctions::StateMachine": ("StateMachineName", "states:{region}:{account}:stateMachine:{name}"),
    "AWS::SNS::Topic": ("TopicName", "sns:{region}:{account}:{name}"),
}
ROLES = ("Role", "RoleArn", "CredentialsArn", "AuthorizerCredentialsArn")
# Services with a different name when a role is passed to them.
PRINCIPALS = {"ApiGatewayV2": "apigateway", "StepFunctions": "states"}


def asked(kind: str, action: str, name: str, properties: Properties, **where: str) -> Iterator[tuple[str, Properties]]:
    """Each resource that the action applies to, with the request's condition keys; empty if the resource is unknown."""
    service, verb = action.split(":", 1)
    if action == "iam:PassRole":
        principal = kind.split("::")[1]
        claims = {"iam:PassedToService": f"{PRINCIPALS.get(principal, principal).lower()}.amazonaws.com"}
        yield from ((properties[role], claims) for role in ROLES if properties.get(role))
    elif handlers.is_about_nothing(action):
        yield "*", {}
    elif kind == "AWS::IAM::Policy":
        for role in properties.get("Roles", []):
            yield from ((address("AWS::IAM::Role", role, {}, **where), claims) for claims in _claims(verb, properties))
    elif kind == "AWS::IAM::Role":
        yield from ((address(kind, name, properties, **where), claims) for claims in _claims(verb, properties))
    else:
        found = address(kind, name, properties, **where)
        yield found if found.startswith(f"arn:aws:{service}:") else "", {}


def address(kind: str, name: str, properties: Properties, **where: str) -> str:
    if kind not in ADDRESSES:
        return ""
    named, pattern = ADDRESSES[kind]
    found = str(properties.get(named) or name)
    return found if found.startswith("arn:") else f"arn:aws:{pattern.format(name=found, **where)}"


def _claims(verb: str, properties: Properties) -> Iterator[Properties]:
    """The condition keys of a request about a role."""
    bounded = {"iam:PermissionsBoundary": properties.get("PermissionsBoundary")}
    if verb in ("AttachRolePolicy", "DetachRolePolicy"):
        yield from (bounded | {"iam:PolicyARN": policy} for policy in properties.get("ManagedPolicyArns", []))
    else:
        yield bounded
