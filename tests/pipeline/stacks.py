"""One of a model's two stacks, and what befalls it.

What blocks a stack is made for real: by resources that cannot be made, taken back or deleted, and by people who began
something and left it.
"""

from __future__ import annotations

import itertools
import json
import re
import time

from pipeline.versions import Model
from pipeline_runs import Home

EXTRA = "stuck-extra"
_numbers = itertools.count(1)
# A bucket that somebody has: it can never be made.
REFUSED = (
    "  Refused:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: stuck-example-local-000000000000-us-east-1}\n"
)
# Something that cannot be deleted as soon as there is something in it.
FULL = f"  Full:\n    Type: AWS::ECR::Repository\n    Properties: {{RepositoryName: {EXTRA}}}\n"


def extra(number: int) -> str:
    """Something that cannot be changed, back or forth, without the log group that it belongs to."""
    metric = f"{{MetricName: extra, MetricNamespace: stuck, MetricValue: '{number}'}}"
    return (
        "  Extra:\n    Type: AWS::Logs::MetricFilter\n"
        f"    Properties: {{LogGroupName: {EXTRA}, FilterPattern: extra, MetricTransformations: [{metric}]}}\n"
    )


def until_told(after: str) -> str:
    """The operation goes on until somebody says how it ends."""
    return (
        f"  Slow:\n    Type: AWS::CloudFormation::WaitCondition\n    DependsOn: {after}\n"
        "    CreationPolicy: {ResourceSignal: {Timeout: PT5M, Count: 1}}\n"
    )


class Stack:
    """One of a model's two stacks, and what befalls it."""

    def __init__(self, model: Model, kind: str) -> None:
        self.model = model
        self.home = model.home
        self.name = f"{model.name}-local-{kind}"

    def cloudformation(self, verb: str, *arguments: str) -> None:
        self.home.aws("cloudformation", verb, "--stack-name", self.name, *arguments)

    def status(self) -> str:
        # By its name, a stack that is deleted is not found.
        for stack in self.home.aws("cloudformation", "describe-stacks")["Stacks"]:
            if stack["StackName"] == self.name:
                return str(stack["StackStatus"])
        return ""

    def await_status(self, *wanted: str) -> None:
        deadline = time.monotonic() + 60
        while (status := self.status()) not in wanted:
            assert time.monotonic() < deadline, status
            time.sleep(0.3)

    def create(self, resources: str, *options: str) -> None:
        self.cloudformation("create-stack", "--template-body", f"Resources:\n{resources}", *options)

    def update(self, resources: str, *options: str) -> None:
        """The stack as it is, and these resources too."""
        found = self.home.aws(
            "cloudformation", "get-template", "--stack-name", self.name, "--template-stage", "Original"
        )
        template = found["TemplateBody"]
        assert isinstance(template, str)
        template = re.sub(r"^  (Extra|Full|Refused|Slow):.*\n(    .*\n)*", "", template, flags=re.MULTILINE)
        described = self.home.aws("cloudformation", "describe-stacks", "--stack-name", self.name)["Stacks"][0]
        names = [parameter["ParameterKey"] for parameter in described["Parameters"]]
        file = self.model.folder.parent / "stuck.yaml"
        file.write_text(template.replace("Resources:\n", f"Resources:\n{resources}", 1))
        self.cloudformation(
            "update-stack",
            *("--template-body", f"file://{file}", "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
            *("--parameters", *(f"ParameterKey={name},UsePreviousValue=true" for name in names)),
            *options,
        )

    def delete(self) -> None:
        self.cloudformation("delete-stack")
        self.await_status("")

    # --- states -----------------------------------------------------------------------------------

    def tell(self, status: str) -> None:
        """How what is waited for has ended. Whoever tells it too early is not heard."""
        deadline = time.monotonic() + 60
        while not self.waits():
            assert time.monotonic() < deadline
            time.sleep(0.3)
        self.cloudformation(
            "signal-resource", "--logical-resource-id", "Slow", "--unique-id", "told", "--status", status
        )

    def waits(self) -> bool:
        events = self.home.aws("cloudformation", "describe-stack-events", "--stack-name", self.name)["StackEvents"]
        slow = [event["ResourceStatus"] for event in events if event["LogicalResourceId"] == "Slow"]
        return slow[:1] in (["CREATE_IN_PROGRESS"], ["UPDATE_IN_PROGRESS"])

    def leave_a_change_set(self) -> None:
        self.cloudformation(
            *("create-change-set", "--change-set-name", "left", "--change-set-type", "CREATE"),
            *("--template-body", f"Resources:\n{FULL}"),
        )
        self.await_status("REVIEW_IN_PROGRESS")

    def fail_to_create(self) -> None:
        self.create(REFUSED)
        self.await_status("ROLLBACK_COMPLETE")

    def fail_to_create_and_to_roll_back(self) -> None:
        """Something was put into what is to be deleted again."""
        self.create(FULL + until_told("Full"))
        while not self.waits():
            time.sleep(0.3)
        fill(self.home)
        self.tell("FAILURE")
        self.await_status("ROLLBACK_FAILED")

    def fail_to_create_and_stay(self, resources: str = FULL) -> None:
        self.create(resources + until_told("Full"), "--disable-rollback")
        self.tell("FAILURE")
        self.await_status("CREATE_FAILED")

    def fail_to_update_and_stay(self) -> None:
        self.update(FULL + until_told("Full"), "--disable-rollback")
        self.tell("FAILURE")
        self.await_status("UPDATE_FAILED")

    def fail_to_update_and_to_roll_back(self) -> None:
        """The log group is gone when the update is to be taken back."""
        self.make_group()
        self.update(extra(next(_numbers)))
        self.await_status("UPDATE_COMPLETE")
        self.update(extra(next(_numbers)) + until_told("Extra"))
        while not self.waits():
            time.sleep(0.3)
        self.home.aws("logs", "delete-log-group", "--log-group-name", EXTRA)
        self.tell("FAILURE")
        self.await_status("UPDATE_ROLLBACK_FAILED")

    def make_group(self) -> None:
        self.home.aws("logs", "create-log-group", "--log-group-name", EXTRA)

    def fail_to_delete(self) -> None:
        self.update(FULL)
        self.await_status("UPDATE_COMPLETE")
        fill(self.home)
        self.cloudformation("delete-stack")
        self.await_status("DELETE_FAILED")

    def be_said_to_be(self, status: str) -> None:
        """Nothing of it has changed but this word, in what the local AWS has saved."""
        self.home.run("-s", "local", "--down").checked()
        file = self.home.path / "aws" / "state" / "cloudformation.json"
        saved = json.loads(file.read_text())
        stacks = saved["payload"]["stacks"]["data"].values()
        (stack,) = (stack for stack in stacks if stack["StackName"] == self.name)
        stack["StackStatus"] = status
        file.write_text(json.dumps(saved))


def fill(home: Home) -> None:
    home.aws("ecr", "put-image", "--repository-name", EXTRA, "--image-manifest", "{}", "--image-tag", "left")


def empty(home: Home) -> None:
    home.aws("ecr", "batch-delete-image", "--repository-name", EXTRA, "--image-ids", "imageTag=left")
