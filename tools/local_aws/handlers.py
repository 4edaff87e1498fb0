"""The permissions that CloudFormation needs when it makes, changes or deletes a resource in somebody's name.

A resource type's schema, which AWS publishes and cfn-lint includes, lists what its handlers may call: everything that
the type can ever need. Permissions for unused features are not asked for, so each of them stands below, beside the
property that turns the feature on.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

Properties = Mapping[str, Any]
# After CloudFormation makes or changes something, it reads it back.
HANDLERS = {"create": ("create", "read"), "update": ("update", "read"), "delete": ("delete", "read")}
# Paths into nested properties are written with dots; `~` marks a property that an update changes.
FEATURES: dict[str, dict[str, str]] = {
    "AWS::ApiGatewayV2::Api": {"s3:getObject": "BodyS3Location"},
    "AWS::ApiGatewayV2::Authorizer": {"iam:PassRole": "AuthorizerCredentialsArn"},
    "AWS::ApiGatewayV2::Integration": {"iam:PassRole": "CredentialsArn"},
    "AWS::DynamoDB::Table": {
        "dynamodb:*Item": "",
        "dynamodb:*Replica": "",
        "dynamodb:ImportTable": "ImportSourceSpecification",
        "dynamodb:DeleteResourcePolicy": "~ResourcePolicy",
        "dynamodb:PutResourcePolicy": "ResourcePolicy",
        "dynamodb:Query": "",
        "dynamodb:Scan": "",
        "dynamodb:UpdateContinuousBackups": "PointInTimeRecoverySpecification",
        "dynamodb:UpdateContributorInsights": "ContributorInsightsSpecification",
        "dynamodb:*able*Kinesis*": "KinesisStreamSpecification",
        "dynamodb:UpdateKinesis*": "KinesisStreamSpecification",
        "iam:CreateServiceLinkedRole": "",
        "kinesis:*": "KinesisStreamSpecification",
        "kms:*": "SSESpecification",
        "logs:*": "ImportSourceSpecification",
        "s3:*": "ImportSourceSpecification",
    },
    "AWS::ECR::Repository": {"kms:*": "EncryptionConfiguration.KmsKey"},
    "AWS::ElasticBeanstalk::Application": {"s3:PutBucketAcl": "", "s3:PutBucketObjectLockConfiguration": ""},
    "AWS::IAM::Role": {
        "iam:AttachRolePolicy": "ManagedPolicyArns",
        "iam:DeleteRolePermissionsBoundary": "",
        "iam:PutRolePermissionsBoundary": "PermissionsBoundary",
        "iam:PutRolePolicy": "Policies",
        "iam:UpdateAssumeRolePolicy": "~AssumeRolePolicyDocument",
    },
    "AWS::IAM::Policy": {"iam:*UserPolicy": "Users", "iam:*GroupPolicy": "Groups"},
    "AWS::Lambda::Alias": {"lambda:*ProvisionedConcurrencyConfig": "ProvisionedConcurrencyConfig", "codedeploy:*": ""},
    "AWS::Lambda::Function": {
        "ec2:*": "VpcConfig",
        "elasticfilesystem:*": "FileSystemConfigs",
        "kms:*": "KmsKeyArn",
        "lambda:*FunctionConcurrency": "ReservedConcurrentExecutions",
        "lambda:*CodeSigningConfig": "CodeSigningConfigArn",
        "lambda:GetLayerVersion": "Layers",
        "lambda:PassCapacityProvider": "CapacityProviderConfig",
        "lambda:PutFunctionRecursionConfig": "RecursiveLoop",
        "lambda:PutFunctionScalingConfig": "FunctionScalingConfig",
        "lambda:PutRuntimeManagementConfig": "RuntimeManagementConfig",
        "s3:*": "Code.S3Bucket",
        "s3files:*": "FileSystemConfigs",
    },
    "AWS::Lambda::Version": {
        "lambda:*ProvisionedConcurrencyConfig": "ProvisionedConcurrencyConfig",
        "lambda:PutFunctionScalingConfig": "FunctionScalingConfig",
        "lambda:PutRuntimeManagementConfig": "RuntimePolicy",
    },
    "AWS::Logs::LogGroup": {
        "firehose:*": "DataProtectionPolicy",
        "logs:*BearerToken*": "BearerTokenAuthenticationEnabled",
        "logs:*KmsKey": "KmsKeyId",
        "logs:*LogDelivery": "DataProtectionPolicy",
        "logs:DeleteDataProtectionPolicy": "DataProtectionPolicy",
        "logs:DeleteIndexPolicy": "~FieldIndexPolicies",
        "logs:DeleteResourcePolicy": "~ResourcePolicyDocument",
        "logs:PutDataProtectionPolicy": "DataProtectionPolicy",
        "logs:PutIndexPolicy": "FieldIndexPolicies",
        "logs:PutLogGroupDeletionProtection": "DeletionProtectionEnabled",
        "logs:PutResourcePolicy": "ResourcePolicyDocument",
        "s3:REST.PUT.OBJECT": "",
    },
    "AWS::S3::Bucket": {
        "iam:PassRole": "ReplicationConfiguration",
        "s3:*Abac": "AbacStatus",
        "s3:*Accelerate*": "AccelerateConfiguration",
        "s3:*Acl": "AccessControl",
        "s3:*Analytics*": "AnalyticsConfigurations",
        "s3:*BucketCors": "CorsConfiguration",
        "s3:*BucketLogging": "LoggingConfiguration",
        "s3:*BucketMetadata*": "MetadataConfiguration",
        "s3:*IntelligentTiering*": "IntelligentTieringConfigurations",
        "s3:*Inventory*": "InventoryConfigurations",
        "s3:*MetricsConfiguration": "MetricsConfigurations",
        "s3:*Notification": "NotificationConfiguration",
        "s3:*ObjectLock*": "ObjectLockConfiguration",
        "s3:*Replication*": "ReplicationConfiguration",
        "s3:*Website": "WebsiteConfiguration",
        "s3:DeleteBucketEncryption": "",
        "s3:DeleteBucketLifecycle": "",
        "s3:DeleteBucketTagging": "",
        "s3tables:*": "MetadataConfiguration",
    },
    "AWS::SNS::Subscription": {"iam:*": "SubscriptionRoleArn"},
    "AWS::StepFunctions::StateMachine": {"kms:*": "EncryptionConfiguration", "s3:*": "DefinitionS3Location"},
    "AWS::SNS::Topic": {
        "iam:*": "DeliveryStatusLogging",
        "sns:PutDataProtectionPolicy": "DataProtectionPolicy",
        "sns:*ubscribe": "Subscription",
    },
}
REPLICAS = (
    "only a table of another type has replicas: "
    "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html"
)
# Why nobody is asked for the permissions that belong to no property.
NEVER = {
    "dynamodb:*Item": REPLICAS,
    "dynamodb:*Replica": REPLICAS,
    "dynamodb:Query": REPLICAS,
    "dynamodb:Scan": REPLICAS,
    "iam:CreateServiceLinkedRole": REPLICAS,
    "codedeploy:*": "an alias that CodeDeploy moves says so beside its properties, in UpdatePolicy",
    "iam:DeleteRolePermissionsBoundary": "no role here goes without: who could take a boundary away would have none",
    "s3:DeleteBucketEncryption": "no such action, deleting needs the permission to put: "
    "https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html",
    "s3:DeleteBucketLifecycle": "the same: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html",
    "s3:DeleteBucketTagging": "the same: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html",
    "s3:PutBucketAcl": "Beanstalk's bucket has object ownership enforced, which turns lists of access off: "
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html",
    "s3:PutBucketObjectLockConfiguration": "Beanstalk locks no objects unless the account's default does",
    "s3:REST.PUT.OBJECT": "no action of any policy, but how S3's access log calls an upload: "
    "https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html",
}


def needed(kind: str, operation: str, properties: Properties, before: Properties | None = None) -> set[str]:
    """The actions that the caller needs for this operation on this resource; none for a type without a schema."""
    asked = {*_handled(kind, operation), *_tagging(kind, operation, properties, before or {})}
    features = FEATURES.get(kind, {})
    return {action for action in asked if not _is_idle(action, features, properties, before or {})}


def _is_idle(action: str, features: dict[str, str], properties: Properties, before: Properties) -> bool:
    """Whether the action belongs to one or more features, none of which is used."""
    found = [feature for pattern, feature in features.items() if matches(action, pattern)]
    return bool(found) and not any(_is_used(feature, properties, before) for feature in found)


def _is_used(feature: str, properties: Properties, before: Properties) -> bool:
    """A feature that is removed was used until now, and its removal needs the permission as well."""
    if feature.startswith("~"):
        name = feature[1:]
        return bool(before) and properties.get(name) != before.get(name)
    return any(_value(feature, given) not in (None, "", [], {}) for given in (properties, before))


def _value(feature: str, properties: Properties) -> Any:
    value: Any = properties
    for name in feature.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _handled(kind: str, operation: str) -> Iterator[str]:
    handlers = schema(kind).get("handlers", {})
    for name in HANDLERS[operation]:
        yield from handlers.get(name, {}).get("permissions", [])


def _tagging(kind: str, operation: str, properties: Properties, before: Properties) -> Iterable[str]:
    """CloudFormation puts the stack's tags on every resource that can have tags."""
    tagging = schema(kind).get("tagging", {})
    name = str(tagging.get("tagProperty", "/properties/Tags")).rpartition("/")[2]
    is_tagged = operation != "delete" and (name in properties or name in before)
    return tagging.get("permissions", []) if is_tagged else []


def matches(action: str, pattern: str) -> bool:
    """Matches as in a policy, ignoring case."""
    return fnmatchcase(action.lower(), pattern.lower())


def is_about_nothing(action: str) -> bool:
    """Whether the action supports no resource: a policy that names one instead of `*` does not allow it."""
    service, verb = action.lower().split(":", 1)
    known = _read("AdditionalSpecs", "Policies.json").get(service, {}).get("Actions", {}).get(verb)
    return known is not None and not known.get("Resources")


@functools.cache
def schema(kind: str) -> dict[str, Any]:
    name = _read("schemas", "providers", "us-east-1.json").get(kind)
    return _read("schemas", "resources", f"{name}.json") if name else {}


@functools.cache
def _read(*path: str) -> dict[str, Any]:
    """A data file of cfn-lint; importing cfn-lint itself takes longer than most operations."""
    found = importlib.util.find_spec("cfnlint")
    assert found
    assert found.submodule_search_locations
    read = json.loads(Path(found.submodule_search_locations[0], "data", *path).read_text())
    assert isinstance(read, dict)
    return read
