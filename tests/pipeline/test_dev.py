"""--dev: the handler on this machine, on a terminal, anew after each save."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from calls import DOCUMENTED_REQUEST
from dev_sessions import Session
from pipeline.shell import shell
from pipeline_runs import ROOT, Home, copy_of
from processes import runs

REQUEST = {"input_X": DOCUMENTED_REQUEST}
ALL = "events    5 as expected\n"
NOT_UP = "it is started again at the next save\n"


@pytest.fixture(scope="module")
def running(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    folder = copy_of(ROOT / "xgboost-example", tmp_path_factory.mktemp("dev") / "looped")
    with Session(home, folder) as session:
        session.wait(ALL)
        yield session


@pytest.fixture
def session(running: Session) -> Iterator[Session]:
    """With the folder as it was once the test is over."""
    names = ("app/main.py", "events/one-row.json")
    before = {name: (running.folder / name).read_text() for name in names}
    yield running
    for name, text in before.items():
        if (running.folder / name).read_text() != text:
            running.save(name, text, ALL)


def edited(session: Session, old: str, new: str) -> str:
    """What becomes of app/main.py with that change."""
    text = (session.folder / "app" / "main.py").read_text()
    assert old in text
    return text.replace(old, new)


def test_it_answers_like_the_deployed_model(session: Session) -> None:
    status, answer = session.ask(REQUEST)
    assert (status, answer["message"]) == (200, "Succesful Prediction")
    assert 14.7 <= answer["prediction"] < 14.8
    assert session.get("/health")[1]["name"] == "looped"
    assert "<!doctype html>" in session.get("/")[1].lower()
    assert "<!doctype html>" in session.get("/docs")[1].lower()
    assert "/predict" in session.get("/openapi.json")[1]["paths"]


def test_it_says_where_the_page_is_and_which_python_that_is(session: Session) -> None:
    said = session.said()
    assert f"dev       {session.url} answers" in said
    assert re.search(r"^ +Python 3\.11\.\d+, in /", said, re.MULTILINE)


def test_a_request_is_a_line_that_one_can_read(session: Session) -> None:
    began = session.mark()
    session.ask({"input_X": "text"})
    assert re.search(r"^request   400 POST /predict \(\d+ ms\) wrong_type$", session.wait("\n", began), re.MULTILINE)


def test_who_is_elsewhere_cannot_ask_it(session: Session) -> None:
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", session.port)):
        pass


@pytest.mark.alone
def test_a_save_is_answered_within_a_second(session: Session) -> None:
    took = []
    for edit in ("first", "second", "third", "fourth", "fifth"):
        text = edited(session, 'description="', f'description="{edit} ')
        began = time.monotonic()
        session.save("app/main.py", text, "as expected  one-row")
        took.append(time.monotonic() - began)
        # Nobody saves that often.
        time.sleep(2)
    assert min(took) < 1


def test_a_save_shows_what_differs_and_in_what(session: Session) -> None:
    said = session.save("app/main.py", edited(session, '"Succesful Prediction"', '"Success"'), " differ\n")
    assert "changed   app/main.py\n" in said
    assert "differs      one-row" in said
    assert "              body.message: expected 'Succesful Prediction', got 'Success'\n" in said
    assert "as expected  short-row" in said
    assert "events    2 of 5 differ\n" in said


def test_two_saves_of_one_size_in_one_second_are_two(session: Session) -> None:
    both = [edited(session, '"Succesful Prediction"', f'"{word}"') for word in ("Un", "Du")]
    for word, text in zip(("Un", "Du"), both, strict=True):
        assert f"got '{word}'" in session.save("app/main.py", text, " differ\n")


def test_a_changed_event_is_sent_without_a_new_start(session: Session) -> None:
    text = (session.folder / "events" / "one-row.json").read_text()
    said = session.save("events/one-row.json", text.replace("Succesful", "Successful"), " differ\n")
    assert "expected 'Successful Prediction', got 'Succesful Prediction'" in said
    assert " answers (" not in said


def test_a_broken_event_is_said_with_its_line(session: Session) -> None:
    said = session.save("events/one-row.json", '{\n "request":\n}', "this is not JSON")
    assert f"{session.folder}/events/one-row.json:3: this is not JSON" in said


def test_what_handlers_share_is_watched_too(session: Session) -> None:
    began = session.mark()
    os.utime(ROOT / "serving" / "py.typed")
    assert "changed   serving/py.typed\n" in session.wait(ALL, began)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("def load() -> Model:", "def load( -> Model:", "SyntaxError: "),
        ("import msgspec\n", "import msgspeck\n", "ModuleNotFoundError: No module named 'msgspeck'"),
        ("    forest = read(", "    1 / 0\n    forest = read(", "ZeroDivisionError: division by zero"),
        ("handler = serving", "another = serving", "AttributeError: module 'app.main' has no attribute 'handler'"),
        ("import msgspec\n", "import sys\nsys.exit(3)\n", "SystemExit: 3"),
    ],
    ids=["syntax", "import", "load", "no handler", "exit"],
)
def test_what_does_not_start_is_told_once_and_mended_by_the_next_save(
    session: Session, old: str, new: str, says: str
) -> None:
    good = (session.folder / "app" / "main.py").read_text()
    said = session.save("app/main.py", edited(session, old, new), NOT_UP)
    assert says in said
    assert said.count("Error") + said.count("SystemExit") == said.count(says.partition(":")[0])
    assert "importlib" not in said
    assert "tools/dev" not in said
    time.sleep(0.5)
    assert says not in session.said(session.mark() - 1)
    session.save("app/main.py", good, ALL)
    assert session.ask(REQUEST)[0] == 200


def test_an_exception_in_predict_is_told_once_from_where_the_folder_begins(session: Session) -> None:
    said = session.save("app/main.py", edited(session, "    rows, many =", "    1 / 0\n    rows, many ="), " differ\n")
    assert said.count("ZeroDivisionError") == 1
    assert re.search(rf'File "{session.folder}/app/main.py", line \d+, in predict', said)
    assert "serving/" not in said.partition("ZeroDivisionError")[0]


def test_a_process_that_dies_is_said_and_the_next_save_begins_another(session: Session) -> None:
    good = (session.folder / "app" / "main.py").read_text()
    said = session.save(
        "app/main.py", edited(session, "    rows, many =", "    os.kill(os.getpid(), 9)\n    rows, many ="), NOT_UP
    )
    assert "the handler ended by signal 9 (SIGKILL)" in said
    session.save("app/main.py", good, ALL)


def test_a_process_that_died_before_its_turn_is_said_too(session: Session) -> None:
    good = (session.folder / "app" / "main.py").read_text()
    until = time.monotonic() + 10
    while len(serving := session.processes("dev.served")) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    # The one that waits for the next save is the younger of the two.
    os.kill(max(serving), signal.SIGKILL)
    session.save("app/main.py", edited(session, 'description="', 'description="edited '), NOT_UP)
    session.save("app/main.py", good, ALL)


def test_breakpoint_asks_on_the_terminal_and_the_events_wait(session: Session) -> None:
    halted = edited(session, "    rows, many =", "    if len(query.input_X) == 13: breakpoint()\n    rows, many =")
    session.save("app/main.py", halted, "(Pdb) ")
    session.types("p 'rows', len(query.input_X)\n")
    session.wait("('rows', 13)\n(Pdb) ")
    began = session.mark()
    session.types("c\n")
    assert "as expected  one-row" in session.wait(ALL, began)


def test_a_save_ends_a_debugger_that_asks_and_nothing_is_said_of_its_event(session: Session) -> None:
    good = (session.folder / "app" / "main.py").read_text()
    halted = edited(session, "    rows, many =", "    if len(query.input_X) == 13: breakpoint()\n    rows, many =")
    session.save("app/main.py", halted, "(Pdb) ")
    said = session.save("app/main.py", good, ALL)
    assert "no answer" not in said
    assert "differs" not in said


def test_leaving_the_debugger_is_no_failure_to_explain(session: Session) -> None:
    halted = edited(session, "    rows, many =", "    if len(query.input_X) == 13: breakpoint()\n    rows, many =")
    session.save("app/main.py", halted, "(Pdb) ")
    began = session.mark()
    session.types("q\n")
    assert "Traceback" not in session.wait(" differ\n", began)


def test_a_changed_lock_makes_the_packages_again(session: Session) -> None:
    lock = session.folder / "requirements.txt"
    said = session.save("requirements.txt", lock.read_text() + "# changed\n", ALL)
    assert f"packages  install {lock} into a private environment" in said
    assert f"dev       {session.url} answers" in said


def test_ctrl_c_ends_it_and_leaves_nothing(home: Home, folder_copy: Path) -> None:
    copy = folder_copy.rename(folder_copy.with_name("ended"))
    (home.path / "dev" / "ended").mkdir(parents=True)
    (home.path / "dev" / "ended" / "packages").symlink_to(home.path / "dev" / "looped" / "packages")
    with Session(home, copy) as session:
        session.wait(ALL)
        left = session.processes()
        assert len(left) >= 3
        assert session.end() == 0
    assert not [pid for pid in left if runs(pid)]
    assert "error" not in session.said()
    assert not list(copy.rglob("__pycache__"))


def test_whoever_kills_it_leaves_nothing_either(home: Home, session: Session, folder_copy: Path) -> None:
    (home.path / "dev" / "killed").mkdir(parents=True)
    (home.path / "dev" / "killed" / "packages").symlink_to(home.path / "dev" / "looped" / "packages")
    with Session(home, folder_copy.rename(folder_copy.with_name("killed"))) as mine:
        mine.wait(ALL)
        left = mine.processes()
        mine.process.send_signal(signal.SIGKILL)
        until = time.monotonic() + 10
        while [pid for pid in left if runs(pid)]:
            assert time.monotonic() < until
            time.sleep(0.05)
        mine.process.wait()


@pytest.mark.parametrize(("wanted", "says"), [("{}", "port {} is taken"), ("none", "PORT=none is no port")])
def test_a_port_that_cannot_be_had_is_said(home: Home, session: Session, wanted: str, says: str) -> None:
    run = home.run("--dev", str(session.folder), env={"PORT": wanted.format(session.port)})
    assert run.status == 1
    assert says.format(session.port) in run.stderr
    assert "PORT=… bash pipeline.sh --dev" in run.stderr


def test_what_people_read_is_no_reason_to_start_anew(session: Session) -> None:
    began = session.mark()
    (session.folder / "README.md").write_text("Other words.")
    time.sleep(0.5)
    assert session.said(began) == ""
    (session.folder / "model.env").write_text("MEMORY_LAMBDA=512\n")
    assert "Ctrl-C, and the same command" in session.wait("\n", began)


def test_a_dry_run_prints_what_it_would_do(home: Home, folder_copy: Path) -> None:
    copy = folder_copy.rename(folder_copy.with_name("planned"))
    printed = home.run("--dev", str(copy), "-n").checked().stdout.splitlines()
    assert [line.split()[1].rpartition("/")[2] for line in printed] == ["-p", "install.sh", "tools"]
    assert not (home.path / "dev" / "planned").exists()


def test_another_python_than_the_images_is_said(tmp_path: Path) -> None:
    run = shell(
        """
        setup::find_python() { if (($# == 0)); then printf newer; else return 1; fi; }
        newer() { if [[ $2 == *version* ]]; then printf 3.13.1; else printf /opt/newer; fi; }
        dev::choose_python""",
        tmp_path,
    ).checked()
    assert "Python 3.13.1, in /opt/newer" in run.stderr
    assert "the image runs Python 3.11, and this machine has 3.13.1" in run.stderr


def test_another_system_than_linux_is_told_what_to_do_instead(tmp_path: Path) -> None:
    run = shell("uname() { printf Darwin; }; MODEL_PATH=./churn; dev::check", tmp_path)
    assert run.status == 1
    assert "--dev needs Linux" in run.stderr
    assert "bash pipeline.sh -s local -p ./churn --rie" in run.stderr
