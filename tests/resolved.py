"""A template as CloudFormation would read it in the tests' account."""

from __future__ import annotations

from pathlib import Path

from tools.stacks import resolved, template

ACCOUNT = "111122223333"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-central-1",
    "AWS::StackId": f"arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/this-stack/0",
    "AWS::URLSuffix": "amazonaws.com",
}


class Template(resolved.Template):
    def __init__(self, path: Path, **values: str) -> None:
        super().__init__(template.read(path), PSEUDO | values)
