"""Names, paths and values that a shell would take for something else: accepted and right, or refused in a sentence.

None is executed.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipeline_runs import ROOT, Home, copy_of

OPTIONS = re.findall(
    r"^\t'(-\S+) +\S+ +(must|may) ", (ROOT / "lib" / "command" / "option_table.sh").read_text(), re.MULTILINE
)
OF_NEW = ("--from", "--samples", "--labels", "--preprocess", "--arch", "--inputs", "--signature")
KEYS = re.findall(r"^([A-Z_]+)=", (ROOT / "defaults.env").read_text(), re.MULTILINE)
KEYS += ["WEIGHTS", "BASE_IMAGE", "A_KEY_OF_ITS_OWN"]
# Each leaves a file behind where it is executed.
VALUES = {
    "a command": "$(touch executed)",
    "an older command": "`touch executed`",
    "a command after another": "x; touch executed",
    "a command behind quotes": "x'; touch executed; '",
    "a command behind double quotes": 'x"; touch executed; "',
    "an index": "a[$(touch executed)]",
    "an expansion": "${x:=$(touch executed)}",
    "a redirection": ">executed",
    "another line": "x\ntouch executed\n",
    "spaces": "  a  b  ",
    "a pattern": "*",
    "an option": "--help",
    "a dash": "-",
    "a backslash": "a\\",
    "a quote": "it's",
    "letters of others": "münchen-東京",
    "a percent sign": "%s%n%1000000d",
    "nothing": "",
    "a number that is none": "08",
    "a number of 40 digits": "9" * 40,
    "an arithmetic": "1+1",
}
# The part of a run that reads the command line and the settings, once for each value on stdin; it ends before anything
# would be asked or changed. {} among the arguments is the value.
READING = """
set -Eeuo pipefail
shopt -s inherit_errexit
ROOT=$1 how=$2 key=$3 out=$4
shift 4
for file in "$ROOT"/lib/*/*.sh; do source "$file"; done
RUN_DIR=$out
main() {
	options::parse "$@"
	if option NEW || option LOCK || option DOWN || option ALL; then return; fi
	model_folder::find
	printf '%s\\0' "$MODEL" "${!key-}"
}
mapfile -d '' -t values
for number in "${!values[@]}"; do
	value=${values[number]} status=0
	if [[ $how == exported ]]; then export "$key=$value"; fi
	if [[ $how == written ]]; then printf '%s=%s\\n' "$key" "$value" >"$MODEL_ENV"; fi
	set +e
	(set -e; main "${@/#\\{\\}/"$value"}") >"$out/$number.out" 2>"$out/$number.err" </dev/null
	printf '%s' "$?" >"$out/$number.status"
	set -e
done
"""
# What bash says of what it does not understand.
OF_BASH = re.compile(r"line \d+: |unbound variable|command not found|syntax error|bad substitution|division by")


@dataclass
class Read:
    status: int
    found: list[str]
    said: str


class Place:
    """An empty folder in which what is executed would leave its file, and a model folder."""

    def __init__(self, folder: Path) -> None:
        self.here, self.out = folder / "here", folder / "out"
        self.here.mkdir()
        self.out.mkdir()
        self.model = copy_of(ROOT / "xgboost-example", folder / "xgboost-example")

    def read(self, values: Iterable[str], *arguments: str, how: str = "argument", key: str = "X") -> list[Read]:
        """What comes of each value: settled, or refused in words of ours that say what to do."""
        told = list(values)
        command = ["bash", "-c", READING, "reading", str(ROOT), how, key, str(self.out), *arguments]
        run = subprocess.run(
            command,
            cwd=self.here,
            env=os.environ | {"MODEL_ENV": str(self.model / "model.env"), "NO_COLOR": "1"},
            input="".join(f"{value}\0" for value in told),
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert (run.returncode, run.stderr) == (0, "")
        assert not list(self.here.iterdir()), f"a value was executed: {arguments} {key}"
        return [self._read(number, value) for number, value in enumerate(told)]

    def _read(self, number: int, value: str) -> Read:
        out, said, status = ((self.out / f"{number}.{part}").read_text() for part in ("out", "err", "status"))
        assert not OF_BASH.search(said), (value, said)
        if status != "0":
            assert status in ("1", "2"), (value, said)
            assert said.startswith("error: "), (value, said)
            assert "\n  next: " in said, (value, said)
        return Read(int(status), out.split("\0"), said)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.mark.parametrize("option", [option for option, _ in OPTIONS])
def test_no_value_of_an_option_is_executed(place: Place, option: str) -> None:
    before = {
        "-s": [],
        "--new": ["--from", "x"],
        "--canary": ["-s", "local", "-d"],
        "--for": ["-s", "local", "-d", "--canary", "5"],
        "--changed": ["-s", "local", "-p", str(place.model)],
    }
    usual = ["--new", "x", "--from", "y"] if option in OF_NEW else ["-s", "local", "-r"]
    place.read(VALUES.values(), *before.get(option, usual), option, "{}")


@pytest.mark.parametrize("key", KEYS)
def test_a_setting_is_what_was_written_or_is_refused(place: Place, key: str) -> None:
    asked = ("-s", "local", "-r", "-m", str(place.model))
    values = [value for value in VALUES.values() if value]
    exported = place.read(values, *asked, how="exported", key=key)
    for value, read in zip(values, exported, strict=True):
        assert read.status or read.found[1] == value
    # A value in a file is a line. How it is read does not depend on its key, so of all values there are some.
    lines = [value for value in values[KEYS.index(key) % 3 :: 3] if "\n" not in value]
    refused = [bool(read.status) for value, read in zip(values, exported, strict=True) if value in lines]
    written = place.read(lines, *asked, how="written", key=key)
    assert [bool(read.status) for read in written] == refused
    for value, read in zip(lines, written, strict=True):
        assert read.status or read.found[1] == value


@pytest.mark.parametrize("line", ["$(touch executed)=x", "A B=x", "touch executed", "export A=x", "=x", "é=x"])
def test_a_line_that_is_no_setting_is_refused_with_its_number(place: Place, line: str) -> None:
    (place.model / "model.env").write_text(f"# said\n{line}\n")
    [read] = place.read(["x"], "-s", "local", "-r", "-m", str(place.model))
    assert "line 2 of " in read.said


@pytest.mark.parametrize("name", [value for value in VALUES.values() if value and "/" not in value])
def test_a_folder_may_lie_anywhere_and_is_called_what_a_model_may_be(place: Place, tmp_path: Path, name: str) -> None:
    inside = copy_of(place.model, tmp_path / "in" / name / "xgboost-example")
    called = copy_of(place.model, tmp_path / "called" / name)
    found, refused = place.read([str(inside), str(called)], "-s", "local", "-r", "-m", "{}")
    assert (found.status, found.found[0]) == (0, str(inside))
    assert refused.status == 1
    assert "a model cannot be called" in refused.said


def test_a_path_is_a_path_whatever_it_begins_with(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the folder before this one, not an option of `cd`, and not another of that name elsewhere."""
    monkeypatch.setenv("CDPATH", str(tmp_path))
    monkeypatch.setenv("OLDPWD", str(place.model))
    for read in place.read(["-", "--", "-P", "~", "xgboost-example"], "-s", "local", "-r", "-m", "{}"):
        assert "there is no folder" in read.said


def test_a_model_goes_all_the_way_from_wherever_it_lies(home: Home, tmp_path: Path) -> None:
    above = tmp_path / "a 'b\" $(touch executed) `touch executed`; touch executed \\ -ü\n東京"
    above.mkdir()
    copy_of(ROOT / "xgboost-example", above / "hostile-path")
    run = home.run("-s", "local", "-r", "-p", "./hostile-path", "-d", "-t", cwd=above).checked()
    assert "all as expected" in run.stderr
    assert run.api_url
    assert [path.name for path in above.iterdir()] == ["hostile-path"]
    home.run("-s", "local", "-m", "./hostile-path", "-x", "-y", cwd=above).checked()
