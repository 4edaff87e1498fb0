"""How the local AWS manages the containers of functions, beyond what MiniStack does.

Each version has containers of its own, even if another version has the same image, and an update of the function leaves
those of its published versions alone.

Two changes save the engine work, which at fifty requests a second is most of a request's cost. The engine is no longer
asked before every request whether each container still runs. And a container's output is read as it is written, up to
the line that ends a request; MiniStack fetches it once, right after the answer, and sometimes too early.

And containers are stopped one by one. Version 20.10 of the engine, which Debian 12 has, hangs for ever if two of them
leave its network at the same moment (https://github.com/moby/moby/pull/42545).
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakKeyDictionary

from docker.errors import DockerException  # type: ignore[import-untyped]
from docker.models.containers import Container  # type: ignore[import-untyped]
from ministack.core import container_reaper
from ministack.services import lambda_svc

Function = Callable[..., Any]
# How long a container that was seen running is assumed to run.
TRUSTED_SECONDS = 1.0
# How long to wait for the port of one that runs, before another look.
PORT_SECONDS = 0.02
# The emulator's last line about a request, and how long to wait for it.
LAST_LINE = b"REPORT RequestId: "
LOG_SECONDS = 2.0
_LATEST = ":version=$LATEST"


def install() -> None:
    for name, make in (
        ("_warm_pool_key", _telling_versions_apart),
        ("_pool_kill_function", _sparing_versions),
        ("_invoke_rie", _doubting),
    ):
        setattr(lambda_svc, name, make(getattr(lambda_svc, name)))
    container_reaper.drop_containers = _one_by_one(container_reaper.drop_containers)
    Container.reload = _trusting(Container.reload)
    Container.logs = _following(Container.logs)


def _telling_versions_apart(key: Function) -> Function:
    @functools.wraps(key)
    def keying(name: str, config: dict[str, Any]) -> str:
        return f"{key(name, config)}:version={config.get('Version', '$LATEST')}"

    return keying


def _sparing_versions(kill: Function) -> Function:
    @functools.wraps(kill)
    def killing(account: str, name: str) -> None:
        if lambda_svc._functions.get(name) is None:
            kill(account, name)
            return
        with lambda_svc._warm_pool_lock:
            pools = lambda_svc._warm_pool
            stale = [key for key in pools if key.split(":")[::2][:2] == [account, name] and key.endswith(_LATEST)]
            entries = [entry for key in stale for entry in pools.pop(key)]
        for entry in entries:
            lambda_svc._kill_pool_entry(entry)

    return killing


_seen_running: WeakKeyDictionary[Container, float] = WeakKeyDictionary()


def _trusting(reload: Function) -> Function:
    @functools.wraps(reload)
    def reloading(container: Container) -> None:
        now = time.monotonic()
        if now - _seen_running.get(container, -TRUSTED_SECONDS) < TRUSTED_SECONDS:
            return
        _seen_running.pop(container, None)
        reload(container)
        if container.status != "running":
            return
        if container.ports:
            _seen_running[container] = now
        else:
            # The engine is a moment behind, and MiniStack would ask again at once, so many times and no more.
            time.sleep(PORT_SECONDS)

    return reloading


def _one_by_one(drop: Function) -> Function:
    """Functions need no graceful shutdown, so there is no waiting."""

    @functools.wraps(drop)
    def dropping(containers: Iterable[Container], **how: Any) -> int:
        return sum(drop([container], **how | {"stop_timeout": 0}) for container in containers)

    return dropping


def _doubting(invoke: Function) -> Function:
    """After a failure the container may have ended."""

    @functools.wraps(invoke)
    def invoking(container: Container, *arguments: Any) -> Any:
        result = invoke(container, *arguments)
        if result.get("error"):
            _seen_running.pop(container, None)
        return result

    return invoking


class Output:
    """A container's output, split by request."""

    def __init__(self, stream: Any) -> None:
        self._text = bytearray()
        self._ended = False
        self._more = threading.Condition()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def _read(self, stream: Any) -> None:
        try:
            for part in stream:
                with self._more:
                    self._text += part
                    self._more.notify_all()
        except (DockerException, OSError):
            pass  # The container is gone, and with it what it would have written.
        finally:
            with self._more:
                self._ended = True
                self._more.notify_all()

    def take(self) -> bytes:
        """The output up to the end of the request that was answered."""
        with self._more:
            self._more.wait_for(lambda: self._ended or self._end(), LOG_SECONDS)
            end = self._end() or len(self._text)
            taken = bytes(self._text[:end])
            del self._text[:end]
            return taken

    def _end(self) -> int:
        """The position after the request's last line, or 0 if that is not complete yet."""
        return self._text.find(b"\n", self._text.rfind(LAST_LINE)) + 1 if LAST_LINE in self._text else 0


def _following(logs: Function) -> Function:
    outputs: WeakKeyDictionary[Container, Output] = WeakKeyDictionary()

    @functools.wraps(logs)
    def reading(container: Container, **asked: Any) -> Any:
        if "since" not in asked:
            return logs(container, **asked)
        # A container handles one request at a time, so no two threads get here for the same one.
        if container not in outputs:
            outputs[container] = Output(logs(container, stream=True, follow=True, **asked))
        return outputs[container].take()

    return reading
