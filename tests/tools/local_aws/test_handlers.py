"""What CloudFormation asks for, by what a resource uses."""

from __future__ import annotations

from tools.local_aws.handlers import FEATURES, NEVER, matches, needed, schema

FUNCTION = "AWS::Lambda::Function"


def test_what_a_resource_does_not_use_is_not_asked_for() -> None:
    asked = needed(FUNCTION, "create", {"FunctionName": "f"})
    assert {"lambda:CreateFunction", "lambda:GetFunction", "iam:PassRole"} <= asked
    assert not {name for name in asked if name.startswith(("ec2:", "kms:", "s3:"))}
    assert "lambda:PutFunctionConcurrency" not in asked


def test_what_it_uses_is() -> None:
    limited = {"ReservedConcurrentExecutions": 2, "KmsKeyArn": "arn", "VpcConfig": {"SubnetIds": ["s"]}}
    assert {"lambda:PutFunctionConcurrency", "kms:Decrypt", "ec2:DescribeSubnets"} <= needed(
        FUNCTION, "create", limited
    )


def test_who_gives_something_up_is_asked_as_who_has_it() -> None:
    """It has to be taken away."""
    before = {"ReservedConcurrentExecutions": 2}
    assert "lambda:DeleteFunctionConcurrency" in needed(FUNCTION, "update", {}, before)


def test_tags_are_asked_for_where_there_are_any() -> None:
    stage = "AWS::ApiGatewayV2::Stage"
    assert "apigateway:UntagResource" in needed(stage, "create", {"Tags": {"Project": "x"}})
    assert "apigateway:UntagResource" not in needed(stage, "create", {})


def test_a_role_that_trusts_somebody_else_is_asked_for_and_no_other() -> None:
    role = "AWS::IAM::Role"
    before = {"AssumeRolePolicyDocument": {"Statement": []}, "Description": "a"}
    assert "iam:UpdateAssumeRolePolicy" not in needed(role, "update", before | {"Description": "b"}, before)
    assert "iam:UpdateAssumeRolePolicy" in needed(role, "update", {"AssumeRolePolicyDocument": {}}, before)


def test_each_exception_is_one_of_something_and_has_its_property_or_its_reason() -> None:
    for kind, features in FEATURES.items():
        handlers = schema(kind)["handlers"].values()
        asked = {name for handler in handlers for name in handler["permissions"]}
        asked |= set(schema(kind).get("tagging", {}).get("permissions", []))
        for pattern, feature in features.items():
            assert any(matches(name, pattern) for name in asked), f"{kind} never asks for {pattern}"
            name = feature.removeprefix("~").partition(".")[0]
            assert name in schema(kind)["properties"] if name else pattern in NEVER, f"{kind}: {pattern}: {feature}"
