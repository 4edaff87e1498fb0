"""Versions of a model that a test makes: as good as the one before, wrong, slow, failing."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline_runs import ROOT, Home, Run, copy_of
from tools.releases import events

REQUEST = {"input_X": [0.95577, 0, 8.14, 0, 0.538, 6.047, 88.8, 4.4534, 4, 307, 21, 306.38, 17.28]}
_numbers = itertools.count(1)


@dataclass
class Model:
    """A copy of xgboost-example under a name of its own."""

    home: Home
    folder: Path
    name: str

    @staticmethod
    def new(home: Home, folder: Path, name: str) -> Model:
        copied = copy_of(ROOT / "xgboost-example", folder / name)
        return Model(home, copied, name)

    def run(self, *arguments: str, stage: str = "local", env: dict[str, str] | None = None) -> Run:
        # At prod, -x wants the name.
        return self.home.run("-s", stage, "-m", str(self.folder), *arguments, env=env, stdin=f"{self.name}\n")

    def deploy(self, *arguments: str) -> Run:
        return self.home.run("-s", "local", "-r", "-p", str(self.folder), "-d", *arguments)

    # --- what the next version is like ------------------------------------------------------------

    def change(self, body: str = "") -> None:
        """Another image; before each prediction it does what `body` says, with `calls` counting them."""
        source = (ROOT / "xgboost-example" / "app" / "main.py").read_text()
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        head = f"calls = 0\nmade = {next(_numbers)}\n\n\ndef predict(model: Model, query: Query) -> Answer:\n"
        head += f"    global calls\n    calls += 1\n{lines}"
        (self.folder / "app" / "main.py").write_text(
            source.replace("def predict(model: Model, query: Query) -> Answer:\n", head)
        )

    # --- what is ----------------------------------------------------------------------------------

    def aliases(self, stage: str = "local") -> dict[str, str]:
        found = self.home.aws("lambda", "list-aliases", "--function-name", f"{self.name}-{stage}")["Aliases"]
        return {alias["Name"]: alias["FunctionVersion"] for alias in found}

    def live(self, stage: str = "local") -> str:
        return self.aliases(stage)["live"]

    def versions(self, stage: str = "local") -> list[str]:
        found = self.home.aws("lambda", "list-versions-by-function", "--function-name", f"{self.name}-{stage}")
        return [version["Version"] for version in found["Versions"] if version["Version"] != "$LATEST"]

    def digest(self, version: str = "live", stage: str = "local") -> str:
        function = f"{self.name}-{stage}"
        said = self.home.aws("lambda", "get-function", "--function-name", function, "--qualifier", version)
        return str(said["Code"]["ImageUri"]).partition("@")[2]

    def drift(self, stage: str = "local") -> str:
        stack = f"{self.name}-{stage}-lambda"
        begun = self.home.aws("cloudformation", "detect-stack-drift", "--stack-name", stack)["StackDriftDetectionId"]
        said: dict[str, Any] = {"DetectionStatus": "DETECTION_IN_PROGRESS"}
        while said["DetectionStatus"] == "DETECTION_IN_PROGRESS":
            said = self.home.aws(
                "cloudformation", "describe-stack-drift-detection-status", "--stack-drift-detection-id", begun
            )
        return str(said["StackDriftStatus"])

    def gate_records(self, stage: str = "local") -> dict[str, bool]:
        bucket = f"{self.name}-{stage}-000000000000-us-east-1"
        listed = self.home.aws("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "releases/")
        found = {}
        for item in listed.get("Contents", []):
            if item["Key"].endswith(".json"):
                file = self.folder.parent / "record.json"
                self.home.aws("s3api", "get-object", "--bucket", bucket, "--key", item["Key"], str(file))
                record = json.loads(file.read_text())
                found[record["version"]] = record["passed"]
        return found


def ask(url: str) -> tuple[int, Any]:
    return events.send(url, {"method": "POST", "path": "/predict", "body": REQUEST})
