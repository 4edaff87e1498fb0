"""The container as Elastic Beanstalk would run it: by what the bundle says, behind nginx with the bundle's settings. It
answers the golden requests as the function does. nginx is Debian's; what Beanstalk configures is written out below."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest
from PIL import Image

from bench import load, server
from folders.test_serve import image
from pipeline_runs import ROOT, Home
from tools.releases import events
from tools.servers import bundle

PICTURES = ROOT / "tensorflow-example"
# Beanstalk's own file in words of ours. It says `upgrade` to the container whatever the caller says, as its own does.
CONFIGURATION = """
user root;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/.platform/nginx/conf.d/*.conf;
    map $http_upgrade $connection_upgrade {{ default upgrade; }}
    upstream docker {{
        server {upstream};
        keepalive 256;
    }}
    server {{
        listen 127.0.0.1:{port} default_server;
        gzip on;
        gzip_comp_level 4;
        gzip_types text/plain text/css application/json application/javascript text/xml;
        location / {{
            proxy_pass http://docker;
            proxy_http_version 1.1;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }}
    }}
}}
"""


@contextmanager
def on_beanstalk(image: str, folder: Path) -> Iterator[load.Address]:
    """Where nginx answers; the image is run by its bundle."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "no nginx: tests/run.sh installs it on Debian and Ubuntu"
    _, content = bundle.bundle(f"repository@sha256:{'0' * 64}")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
    dockerrun = json.loads((folder / bundle.DOCKERRUN).read_text())
    assert dockerrun["Ports"] == [{"ContainerPort": server.PORT}]
    with server.started(image, *dockerrun["Command"].split()) as container, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        configuration = folder / "nginx.conf"
        configuration.write_text(
            CONFIGURATION.format(folder=folder, upstream="{}:{}".format(*container.address), port=port)
        )
        process = subprocess.Popen([program, "-e", str(folder / "error.log"), "-c", str(configuration)])
        try:
            wait_for(port, process)
            yield "127.0.0.1", port
        finally:
            process.terminate()
            process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            assert process.poll() is None, "nginx has ended"
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.fixture(scope="module")
def pictures(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[load.Address]:
    with on_beanstalk(image(home, PICTURES), tmp_path_factory.mktemp("beanstalk")) as address:
        yield address


def post(address: load.Address, body: bytes, content_type: str) -> tuple[int, bytes]:
    connection = HTTPConnection(*address, timeout=60)
    try:
        connection.request("POST", "/predict", body, {"content-type": content_type})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def noise(width: int) -> bytes:
    """A picture that does not get smaller: three bytes a dot."""
    written = io.BytesIO()
    Image.frombytes("RGB", (width, width), os.urandom(3 * width * width)).save(written, "PNG", compress_level=0)
    return written.getvalue()


# Those of the other folders are asked without nginx: tests/folders/test_serve.py
@pytest.mark.parametrize("folder", [PICTURES, ROOT / "xgboost-example"], ids=lambda folder: folder.name)
def test_behind_beanstalks_nginx_it_answers_the_events_as_the_function_does(
    folder: Path, home: Home, tmp_path: Path
) -> None:
    with on_beanstalk(image(home, folder), tmp_path) as address:
        assert events.main("http://{}:{}".format(*address), str(folder / "events")) == 0


def test_a_picture_of_five_megabytes_passes(pictures: load.Address) -> None:
    picture = noise(1300)
    assert 5_000_000 < len(picture) < 6_000_000
    status, answer = post(pictures, picture, "image/png")
    assert status == 200, answer


@pytest.mark.parametrize("megabytes", [6.5, 20])
def test_what_is_too_large_is_told_by_the_model_and_not_by_nginx(pictures: load.Address, megabytes: float) -> None:
    status, answer = post(pictures, b"x" * int(megabytes * 1_000_000), "image/png")
    assert status == 413, answer
    assert json.loads(answer)["code"] == "body_too_large"


def test_many_callers_at_once_get_answers_of_the_model(pictures: load.Address) -> None:
    good = load.request("POST", "/predict", (PICTURES / "events" / "seven.png").read_bytes(), "image/png")
    bad = load.request("POST", "/predict", b"{", "application/json")
    result = load.run(pictures, [good, bad], 64, 5.0)
    assert set(result.statuses) == {200, 400}
    assert result.lost == 0
