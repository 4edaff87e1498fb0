"""Drives a real browser by the WebDriver protocol: JSON over HTTP, no library needed."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

ENTER, TAB, CONTROL = "\ue007", "\ue004", "\ue009"
# Nothing but the page under test: no updates, no sync, no first-run tour.
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
FLAGS += ["--disable-background-networking", "--disable-component-update"]


class Browser:
    def __enter__(self) -> Browser:
        driver = shutil.which("chromedriver")
        assert driver, "no chromedriver: tests/run.sh installs it, with Chromium, on Debian and Ubuntu"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._driver = subprocess.Popen(
            [driver, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._base = f"http://127.0.0.1:{port}"
        self._wait_until_ready()
        options = {"args": [*FLAGS, f"--user-data-dir={self._profile.name}"]}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options, "timeouts": {"script": 20000}}}}
        self._base += f"/session/{self._call('POST', '/session', wanted)['sessionId']}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._call("DELETE", "")
        self._driver.terminate()
        self._driver.wait()
        self._profile.cleanup()

    def open(self, url: str) -> None:
        self._call("POST", "/url", {"url": url})

    def command(self, name: str, **parameters: Any) -> Any:
        """A command of Chromium's own, for what no page and no person can do."""
        return self._call("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def script(self, code: str, *arguments: Any) -> Any:
        return self._call("POST", "/execute/sync", {"script": code, "args": arguments})

    def press(self, *keys: str, holding: str = "") -> None:
        """Press keys as a person without a mouse does: in whatever has the focus."""
        actions = [{"type": "keyDown", "value": key} for key in holding]
        for key in keys:
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        actions += [{"type": "keyUp", "value": key} for key in holding]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def choose(self, file_field: str, path: Path) -> None:
        """Choose a file in the field that the CSS selector finds."""
        found = self._call("POST", "/element", {"using": "css selector", "value": file_field})
        [element] = found.values()
        self._call("POST", f"/element/{element}/value", {"text": str(path)})

    def until(self, condition: str, seconds: float = 20) -> Any:
        """The value of a JavaScript expression, once it is true. It may speak of elements that are not drawn yet."""
        deadline = time.monotonic() + seconds
        attempt = f"try {{ return [{condition}, ''] }} catch (error) {{ return [false, String(error)] }}"
        while not (result := self.script(attempt))[0]:
            text = self.script("return document.body.innerText")
            assert time.monotonic() < deadline, f"never true: {condition}\n{result[1]}\n{text}"
            time.sleep(0.05)
        return result[0]

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 20
        while True:
            try:
                self._call("GET", "/status")
            except urllib.error.URLError:
                assert time.monotonic() < deadline, "chromedriver does not answer"
                time.sleep(0.05)
            else:
                return

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body if body is not None else {}).encode() if method == "POST" else None
        request = urllib.request.Request(self._base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None
