"""pipeline.sh and lib/ on a machine that is not GNU's: macOS has BSD's tools, no flock and no setsid. What is Debian's
alone, the making of the stand-in base image, never runs there and may use what Debian has."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

from calls import DOCUMENTED_REQUEST, post
from pipeline.shell import shell
from pipeline_runs import ROOT, Home, Run, copy_of

# What GNU has alone, or has otherwise than BSD: an example that is found, and what is written instead.
COMMAND = r"(^\s*|[|;&(!]\s*|\b(if|then|else|do|while|until|command|exec|execute::run)\s+)"
TOOLS = "cat|cmp|cp|cut|date|df|grep|head|ls|mkdir|mv|paste|rm|sed|sort|tail|tr|uniq|wc|xargs"
GNU_ALONE = {
    r"\bsed\b.*\\[tn]": (r"sed 's/\t/ /'", "bash's own ${x//…}; BSD's sed takes \\t for a t"),
    r"\bsed\s+-[a-z]*[uirz]": ("sed -u p", "read in a loop; sed -E; a new file"),
    r"\bpaste\b(?!.*\s-(\s|\)|$))": ("paste -s -d ' '", "paste … - for stdin"),
    r"\bsetsid\b(?!\(\))": ("setsid --fork x", "execute::daemon"),
    r"\bflock\s": ("flock 9", "locks::take"),
    r"\breadlink\s+-|\brealpath\b": ("readlink -f x", "cd … && pwd -P"),
    r"\bdate\s+(-d|--|-I|.*%[N3])": ("date -d yesterday", "EPOCHREALTIME, printf '%(…)T'"),
    r"\btail\s+--|\btail\s.*--pid": ("tail --pid 1", "kill -0 in a loop"),
    r"\bxargs\s+-[a-z]*[rd]": ("xargs -r rm", "an array"),
    r"\bgrep\s+-[a-zA-Z]*P": ("grep -oP x", "[[ =~ ]]"),
    r"\bsort\s+-[a-zA-Z]*[Vh]": ("sort -V", "sort -t . -k"),
    r"\bhead\s+-c|\bhead\s+.*-n\s*-": ("head -c 1", "printf '%…s'"),
    r"\bmktemp\s+(?!-d\))": ("mktemp --tmpdir", "mktemp -d"),
    r"\binstall\s+-[mD]": ("install -m 755 a b", "cp and chmod"),
    r"\bstat\s+-": ("stat -c %s x", "a tool in Python"),
    r"\bcp\s+-[a-zA-Z]*a": ("cp -a a b", "cp -R -p"),
    r"\bdf\s+-(?!h\b|k\b|P)": ("df --output x", "df -h"),
    r"\b(sha256sum|md5sum|nproc|timeout|tac|shuf|numfmt|truncate)\b": ("nproc", "getconf, a tool in Python"),
    r"\bbase64\s+-": ("base64 -w 0", "a tool in Python"),
    r"\becho\s+-[en]": ("echo -e x", "printf"),
    r"/proc/": ("cat /proc/1/comm", "ps -p"),
    rf"{COMMAND}({TOOLS})\s([^|;&]*\s)?--[a-z]": ("rm --recursive x", "letters for options"),
}
# The line, and why it may stay.
DEBIAN_ALONE = ("lib/machine/base_image.sh",)
ALLOWED = {
    ("lib/command/locks.sh", r"\bflock\s"): "where it is there; test_a_lock_needs_no_flock is without",
    ("lib/machine/engine.sh", r"/proc/"): "of dockerd, which is a program of Linux",
}
# Of busybox, whose programs are another family's; bash, git and docker are the same everywhere.
BUSYBOX = [
    "basename", "cat", "chmod", "cmp", "cp", "cut", "date", "df", "dirname", "env", "expr", "false", "grep",
    "head", "id", "ls", "mkdir", "mktemp", "mv", "paste", "printf", "ps", "rm", "rmdir", "sed", "sleep",
    "sort", "tail", "tar", "tee", "test", "touch", "tr", "true", "uname", "uniq", "wc", "xargs",
]  # fmt: skip
SAME = ("bash", "git", "docker", "getconf", "python3")


def code(file: Path) -> list[str]:
    """Its lines, without comments."""
    return [re.sub(r"(^|\s)#.*", "", line) for line in file.read_text().splitlines()]


def files() -> list[Path]:
    return [ROOT / "pipeline.sh", *sorted(ROOT.glob("lib/*/*.sh"))]


@pytest.mark.parametrize("pattern", GNU_ALONE)
def test_nothing_is_used_that_gnu_has_alone(pattern: str) -> None:
    example, instead = GNU_ALONE[pattern]
    assert re.search(pattern, example)
    found = {
        f"{name}:{number}: {line.strip()}"
        for file in files()
        for number, line in enumerate(code(file), 1)
        if re.search(pattern, line)
        and (name := str(file.relative_to(ROOT))) not in DEBIAN_ALONE
        and (name, pattern) not in ALLOWED
    }
    assert found == set(), f"instead: {instead}"


def test_what_may_stay_is_there_to_stay() -> None:
    for name, pattern in ALLOWED:
        assert any(re.search(pattern, line) for line in code(ROOT / name)), name


@pytest.mark.parametrize(("program", "home"), [("aws", "aws/aws"), ("docker", "machine/engine"), ("sam", "aws/sam")])
def test_one_file_alone_calls_it(program: str, home: str) -> None:
    """As the first word of a command, after those that run another; words of people are in quotes."""
    runners = r"(execute::\w+( \"[^\"]*\")*\s+)?"
    call = re.compile(rf"{COMMAND}{runners}{program}\s+[a-z\"$-]")
    calling = {
        str(file.relative_to(ROOT))
        for file in files()
        if any(call.search(re.sub(r"'[^']*'", "", line)) for line in code(file))
    }
    assert calling == {f"lib/{home}.sh"}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A PATH on which the small programs are busybox's, and there is neither flock nor setsid."""
    folder = tmp_path_factory.mktemp("bin")
    busybox = shutil.which("busybox")
    assert busybox, "apt-get install busybox"
    for name in BUSYBOX:
        (folder / name).symlink_to(busybox)
    for name in SAME:
        found = shutil.which(name, path=os.environ["PATH"])
        assert found
        # python3 of an environment finds its packages beside where it is called
        (folder / name).write_text(f'#!/bin/sh\nexec {found} "$@"\n')
        (folder / name).chmod(0o755)
    return {"PATH": str(folder)}


def test_a_model_lives_and_dies_there(home: Home, elsewhere: dict[str, str], tmp_path: Path) -> None:
    folder = str(copy_of(ROOT / "xgboost-example", tmp_path / "elsewhere-example"))
    here = ("-s", "local", "-m", folder)

    def run(*arguments: str) -> Run:
        done = home.run(*arguments, env=elsewhere)
        assert "not found" not in done.stderr
        assert "usage:" not in done.stderr.lower()
        return done

    first = run("-s", "local", "-r", "-p", folder, "-d", "-t").checked()
    status, answer = post(first.api_url, {"input_X": DOCUMENTED_REQUEST})
    assert (status, answer["message"]) == (200, "Succesful Prediction")
    assert "FUNCTION_NAME=elsewhere-example-local" in run(*here, "-o").checked().stdout
    assert run(*here, "--rollback").status == 1
    run(*here, "--versions", "--status").checked()
    run(*here, "-x", "-y").checked()


def test_what_needs_no_aws_says_the_same_there(home: Home, elsewhere: dict[str, str], tmp_path: Path) -> None:
    for arguments in (["-h"], ["-s", "local", "--verison"], ["-s", "local", "-p", "no-such-model"]):
        assert home.run(*arguments, env=elsewhere) == home.run(*arguments)
    bare = elsewhere | {"PIPELINE_HOME": str(tmp_path / "home")}
    plan = home.run("-n", "-s", "local", "-r", "-p", "xgboost-example", "-d", env=bare).checked()
    assert "environment/install.sh" in plan.stdout
    assert "sam deploy" in plan.stdout


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_a_lock_needs_no_flock(elsewhere: dict[str, str], tmp_path: Path, where: str) -> None:
    (tmp_path / "lock").mkdir()
    script = """
    (locks::take one; : >"$RUN_DIR/held"; while [[ ! -e $RUN_DIR/go ]]; do sleep 0.1; done; printf 'first ') &
    while [[ ! -e $RUN_DIR/held ]]; do sleep 0.1; done
    (sleep 0.5; : >"$RUN_DIR/go") &
    locks::take one
    printf 'second'
    """
    env = (elsewhere if where == "elsewhere" else {}) | {"PIPELINE_HOME": str(tmp_path)}
    run = shell(script, tmp_path, env).checked()
    assert run.stdout == "first second"
    assert "warning: waiting for another run, which has one: process" in run.stderr


def test_a_lock_is_free_when_its_holder_was_killed(elsewhere: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    env = elsewhere | {"PIPELINE_HOME": str(tmp_path)}
    assert shell("locks::take one; kill -KILL $$", tmp_path, env).status == -9
    assert shell("locks::take one", tmp_path, env).checked().stderr == ""


def test_what_outlives_a_run_is_in_a_session_of_its_own_and_holds_no_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    script = """
    locks::take one
    execute::daemon "$RUN_DIR/daemon" bash -c 'ps -o sid= -p $$; ps -o sid= -p $PPID; ls -l /proc/$$/fd'
    wait
    """
    shell(script, tmp_path, {"PIPELINE_HOME": str(tmp_path)}).checked()
    own, parent, *files = (tmp_path / "daemon").read_text().splitlines()
    assert own != parent
    assert "lock/one" not in "".join(files)
