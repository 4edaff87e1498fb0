"""Every command of the pages that the pipeline, curl or the bench takes is typed here as it stands there.

Where it would change something it is typed with -n, beside a deployed model. What is not typed stands in NOT_TYPED.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import xgboost

from pipeline.test_aws_stages import surroundings
from pipeline_runs import FOLDERS, ROOT, Home, copy_of

PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(ROOT.glob("*/README.md")),
    ROOT / "CONTRIBUTING.md",
]
NOT_TYPED = {
    r"bash tests/\S+\.sh.*": "what runs this test",
    r"API_URL=….*": "a note of what another command ended with",
    r"(export|p\(\)|p|time p|printf|echo|sleep|git|aws) .*|URL=.*": "an account; test_commands.py has a look at it",
    r"curl --aws-sigv4.*": "an account",
    r".*https://upload\.wikimedia.*": "a picture in the world; tests/serving/fetching has origins of its own",
    r".*--data-binary @dog\.jpg.*": "a picture of the reader's; tests/page/test_snippets.py types the same of the page",
    r"docker run .*|IMAGE=.*|curl .*localhost:[89]0.*|bash .* --rie": "test_serve.py and test_rie.py",
    r".* -e -t": "Elastic Beanstalk; tests/deploy/test_beanstalk.py",
    r".* --from churn\.cbm.*": "CatBoost, 600 MB; tests/tools/models/test_catboost.py",
    r".* --tune.*": "minutes, and the machine to itself; tests/tools/tuning",
    r"WEIGHTS_FILE=.*": "weights of the reader's; tests/pytorch_example/test_parity.py",
    r"\.pipeline/venv/bin/python -m bench.*": "minutes, and the machine to itself; tests/run.sh ends with it",
}
# These change nothing, and so take no -n.
LOOKING = ("--template", "--cost", "--doctor", "--new", "-o", "--status", "--versions", "--logs")


def commands(page: Path) -> Iterator[str]:
    for block in re.findall(r"```sh\n(.*?)```", page.read_text(), re.DOTALL):
        for line in block.replace("\\\n", " ").splitlines():
            command = re.sub(r"\s+#.*", "", line).strip()
            if command and not command.startswith("#"):
                yield re.sub(r"\s+", " ", command)


ALL = {command: page for page in PAGES for command in commands(page)}
TYPED = [command for command in ALL if not any(re.fullmatch(pattern, command) for pattern in NOT_TYPED)]


@pytest.fixture(scope="module")
def beside(home: Home, deployed: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place like the repository's root, with models that a reader has by then: `churn` and `my-model`."""
    folder = tmp_path_factory.mktemp("typed")
    for example in FOLDERS:
        (folder / example.name).symlink_to(example)
    rows = np.arange(40.0).reshape(20, 2)
    data = xgboost.DMatrix(rows, (rows[:, 0] > 19).astype(float), feature_names=["age", "visits"])
    xgboost.train({"objective": "binary:logistic"}, data, 3).save_model(folder / "churn.json")
    copy_of(ROOT / "xgboost-example", folder / "my-model")
    home.run("--new", "churn", "--from", "churn.json", "-y", cwd=folder).checked()
    dev = surroundings(home.port)
    home.run("-s", "dev", "-r", "-p", "./xgboost-example", "-d", env=dev, cwd=folder).checked()
    again = dev | {"MEMORY_LAMBDA": "1024"}  # another version, so that there is one to go back to
    home.run("-s", "dev", "-m", "./xgboost-example", "-d", env=again, cwd=folder).checked()
    yield folder
    home.run("-s", "dev", "-m", "./xgboost-example", "-x", "-y", env=dev, cwd=folder)


def test_little_is_not_typed() -> None:
    unused = [pattern for pattern in NOT_TYPED if not any(re.fullmatch(pattern, command) for command in ALL)]
    assert not unused
    assert len(TYPED) >= 20


@pytest.mark.parametrize("command", [each for each in TYPED if "pipeline.sh" in each])
def test_a_command_of_the_pipelines(home: Home, beside: Path, command: str) -> None:
    words = re.sub(r"bash pipeline\.sh", "", command)
    stage = re.search(r"-s (\w+)", words)
    if not any(option in words.split() for option in LOOKING):
        words += " -n"
    if "--new" in words:
        words = words.replace("--new churn", "--new another") + " -y"
    project = re.search(r"\./(\S+)", words)
    env = {}
    if stage and stage[1] != "local":
        env = surroundings(home.port, stage[1], project[1] if project else "xgboost-example")
    variables = dict(word.split("=", 1) for word in words.split() if re.match(r"[A-Z_]+=", word))
    run = home.run(
        *(word for word in words.split() if word.split("=")[0] not in variables), env=env | variables, cwd=beside
    )
    assert run.status == 0, run.stderr


@pytest.mark.parametrize("command", [each for each in TYPED if each.startswith("curl")])
def test_a_request(deployed: str, command: str) -> None:
    answer = subprocess.check_output(
        ["bash", "-c", command.replace("curl", "curl -sS")], env={"API_URL": deployed, "PATH": "/usr/bin:/bin"}
    )
    assert json.loads(answer)["prediction"] == pytest.approx(14.73906, rel=1e-5)


def test_every_command_is_typed_or_known_to_be_typed_elsewhere() -> None:
    left = [command for command in TYPED if "pipeline.sh" not in command and not command.startswith("curl")]
    assert not left
