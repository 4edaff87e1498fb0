"""The resources of a deployed model: those of the registry's template, and those of the model's template as it is
filled in, with version 1 live."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.stacks.resolved import Template
from tools.stacks.template import Tagged, read

Resource = dict[str, Any]
REGISTRY = Path(__file__).resolve().parents[2] / "registry.yaml"

# Resource types whose costs lines.py computes.
COUNTED = {
    *("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::DynamoDB::Table", "AWS::ECR::Repository"),
    *("AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::Serverless::Function"),
}
# Free, or only what goes through them is charged. A topic's mails cost something after the first thousand a month.
FREE = {
    *("AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Integration"),
    *("AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Stage", "AWS::IAM::Role", "AWS::Lambda::Alias"),
    *("AWS::Lambda::Permission", "AWS::S3::BucketPolicy", "AWS::SNS::Topic"),
}
# Properties and algorithms by which a resource asks for a KMS key.
KEYS = {"KmsKeyId", "KMSMasterKeyId", "KmsMasterKeyId", "KMSMasterKeyID", "KmsKeyArn", "KmsKey"}
ALGORITHMS = {"aws:kms", "aws:kms:dsse", "KMS", "KMS_DSSE"}


class Deployed:
    def __init__(self, template: dict[str, Any]) -> None:
        parameters = {name: said.get("Default") for name, said in template["Parameters"].items()}
        self.parameters = parameters | {"LiveVersion": "1", "CanaryVersion": "none"}
        self.holds = Template(template, self.parameters).holds
        self.resources: dict[str, Resource] = dict(read(REGISTRY)["Resources"])
        for name, resource in template["Resources"].items():
            if "Condition" not in resource or self.holds(resource["Condition"]):
                self.resources[name] = resource

    def of(self, kind: str) -> list[Resource]:
        return [resource for resource in self.resources.values() if resource["Type"] == kind]

    def uncounted(self) -> list[str]:
        """Resource types whose costs are unknown here."""
        return sorted({resource["Type"] for resource in self.resources.values()} - COUNTED - FREE)

    def asking_for_keys(self) -> list[str]:
        return [name for name, resource in self.resources.items() if any(_asks_for_key(resource.get("Properties")))]


def _asks_for_key(said: Any) -> Iterator[bool]:
    if isinstance(said, Tagged):
        said = said.value
    if isinstance(said, dict):
        table = said.get("SSESpecification")
        yield isinstance(table, dict) and table.get("SSEEnabled") is True
        for key, value in said.items():
            yield key in KEYS or (isinstance(value, str) and value in ALGORITHMS)
            yield from _asks_for_key(value)
    elif isinstance(said, list):
        for item in said:
            yield from _asks_for_key(item)
