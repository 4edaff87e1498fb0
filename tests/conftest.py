"""Shared fixtures: the pipeline as a person runs it, and separate homes for it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import buckets
import model_apps
from pipeline_runs import ROOT, Home, copy_of

# A script that starts the tests in its background makes them and all that they start ignore Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect slow tests: those with a mark that pyproject.toml says is asked for by name, with -m."""
    asked_for = config.getoption("markexpr")
    by_name = {mark.partition(":")[0] for mark in config.getini("markers") if "asked for by name" in mark}
    left_out = {name for name in by_name if name not in asked_for}
    if deselected := [item for item in items if left_out.intersection(mark.name for mark in item.iter_markers())]:
        config.hook.pytest_deselected(items=deselected)
        items[:] = [item for item in items if item not in deselected]


class Failures:
    """Reports each failure at once, so that a long run that is cut short has shown what it found."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        terminal = self.config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and terminal:
            terminal.write_line(
                f"\n{report.nodeid}, {report.when}, after {report.duration:.0f} s\n{report.longreprtext}"
            )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Failures(config), "failures")


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """One home, with a port of its own, for all tests that only need a running stage local."""
    with Home(tmp_path_factory.mktemp("home") / "a name with spaces") as made:
        yield made


@pytest.fixture
def own_home(tmp_path: Path) -> Iterator[Home]:
    """A home for a single test that breaks things."""
    with Home(tmp_path / "home") as made:
        yield made


@pytest.fixture(scope="session")
def whole_bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[buckets.Bucket]:
    with buckets.bucket(tmp_path_factory.mktemp("bucket")) as made:
        yield made


@pytest.fixture
def bucket(whole_bucket: buckets.Bucket, monkeypatch: pytest.MonkeyPatch) -> buckets.Bucket:
    """A bucket for all tests of batches, with the environment in which a function finds it."""
    for name, value in whole_bucket.environment.items():
        monkeypatch.setenv(name, value)
    return whole_bucket


@pytest.fixture(scope="session")
def deployed(home: Home) -> str:
    """The address of xgboost-example at stage local."""
    return home.run("-s", "local", "-r", "-p", "xgboost-example", "-d").checked().api_url


@pytest.fixture(autouse=True)
def app_on_path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A suite with the name of a model folder imports its `app`. All folders use these package names, so none may be
    left for the next test."""
    folder = model_apps.folder_of(request.path.parent.name)
    if not folder:
        yield
        return
    monkeypatch.syspath_prepend(folder)
    model_apps.forget()
    yield
    model_apps.forget()


@pytest.fixture
def folder_copy(tmp_path: Path) -> Path:
    """A copy of xgboost-example that a test may break."""
    return copy_of(ROOT / "xgboost-example", tmp_path / "xgboost-example")
