"""The same image on a server: `serve` listens, and answers the folder's events as the function does."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from bench import server
from pipeline_runs import FOLDERS, Home
from tools.releases import events


def image(home: Home, folder: Path) -> str:
    home.run("-s", "local", "-r", "-p", str(folder), "-d").checked()
    outputs = home.run("-s", "local", "-m", str(folder), "-o").checked().stdout.splitlines()
    return dict(line.split("=", 1) for line in outputs)["IMAGE_URI"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_image_that_serves_answers_the_events_of_its_folder(folder: Path, home: Home) -> None:
    with server.started(image(home, folder), "serve") as served:
        assert events.main("http://{}:{}".format(*served.address), str(folder / "events")) == 0
        top = subprocess.check_output(["docker", "top", served.container, "-eo", "pid,user,args"], text=True)
    processes = [line for line in top.splitlines()[1:] if "-m serving." in line]
    # One that looks after the others, and one a processor; none of them root.
    assert len(processes) == 1 + len(os.sched_getaffinity(0))
    assert not [line for line in processes if line.split()[1] == "root"]
