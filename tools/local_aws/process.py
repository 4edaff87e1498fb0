"""The AWS of stage local: one MiniStack process, reachable from this machine and its containers only.

    python tools local_aws.process start --subnet CIDR    start it unless it answers; print its port
    python tools local_aws.process port                   print its port if it answers, else fail
    python tools local_aws.process name                   print what it labels its containers with
    python tools local_aws.process stop                   stop it; what it knows is kept for the next start
    python tools local_aws.process taken PORT             succeed if somebody has that port

Everything it keeps is below $PIPELINE_HOME/aws.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import http.client
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tools.local_aws import ports, saved_state

ROOT = str(Path(__file__).resolve().parents[2])
FOLDER = Path(os.environ["PIPELINE_HOME"]) / "aws"
SERVER = FOLDER / "server.json"
LOCK = FOLDER / "lock"
APP = "tools.local_aws.app:app"
STARTS = 5
# A process that has just started may not have taken the lock yet.
GRACE = 1.0
READY_WITHIN = 60.0
STOPPED_WITHIN = 120.0


def name() -> str:
    """The label of this folder's containers, which does not depend on the port."""
    return "pipeline-" + hashlib.sha256(str(FOLDER).encode()).hexdigest()[:12]


def answers(port: int) -> bool:
    """Whether it is ready, and is ours: the port may be another home's."""
    try:
        return fetch(port, "/_pipeline") == (200, name()) and fetch(port, "/_ministack/ready")[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def fetch(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read(200).decode(errors="replace")
    finally:
        connection.close()


def remembered() -> dict[str, int]:
    try:
        server = json.loads(SERVER.read_text())
        return {"pid": int(server["pid"]), "port": int(server["port"])}
    except (OSError, ValueError, KeyError):
        return {}


def running() -> int | None:
    """The port, if this folder's process runs, answers, and was started from the present code."""
    port = remembered().get("port")
    return port if port and is_served() and is_current() and answers(port) else None


def is_current() -> bool:
    try:
        return bool(json.loads(SERVER.read_text()).get("code") == code())
    except (OSError, ValueError):
        return False


def code() -> str:
    """A digest of this room's code, without MiniStack: after an update the process has to be restarted."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:20]


def is_served() -> bool:
    """Whether a process serves this folder, or is about to: it holds the lock as long as it lives."""
    try:
        with LOCK.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False


def settings(port: int) -> dict[str, str]:
    emulator = Path(sys.executable).parent / "aws-lambda-rie"
    return os.environ | {
        "PYTHONPATH": ROOT,
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOSTNAME": name(),
        "HOME_LOCK": str(LOCK),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(FOLDER / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(FOLDER / "s3"),
        # Calls are checked against the caller's policies.
        "AUTH": "false" if os.environ.get("LOCAL_POLICIES") == "off" else "true",
        # Open no other port: no file transfer, no message broker.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        # Forbid what Lambda forbids: writing outside /tmp, new privileges.
        "LAMBDA_DOCKER_FLAGS": f"-v {shlex.quote(str(emulator))}:/usr/local/bin/aws-lambda-rie:ro --read-only"
        " --tmpfs /tmp:size=512m,mode=1777 --security-opt no-new-privileges",
    }


def serve(port: int, addresses: list[str]) -> None:
    """Become MiniStack. The process records itself first, so that it is known however its parent ends."""
    lock = os.open(LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    os.set_inheritable(lock, True)
    old_port = remembered().get("port", port)
    saved_state.mend(FOLDER / "state", FOLDER / "s3", ports=(old_port, port))
    SERVER.write_text(json.dumps({"pid": os.getpid(), "port": port, "code": code()}))
    binds = [word for address in addresses for word in ("--bind", f"{address}:{port}")]
    # No worker process: after a hard kill a worker would survive and keep the port.
    command = [sys.executable, "-m", "hypercorn", APP, *binds, "--keep-alive", "75", "--workers", "0"]
    os.execve(sys.executable, command, settings(port))  # noqa: S606


def start(subnet: str) -> int:
    """Another home may take the same port at the same moment: then try the next one."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if is_served() and not is_current() and answers(remembered().get("port", 0)):
        stop()
    for _ in range(STARTS):
        if not is_served():
            spawn(ports.hosts(subnet))
        if port := wait_until_it_answers():
            return port
    raise RuntimeError(f"it ends at once\n{log_tail()}")


def spawn(addresses: list[str]) -> None:
    command = [sys.executable, f"{ROOT}/tools", "local_aws.process", "serve"]
    command += ["--port", str(ports.free(addresses, remembered().get("port"))), "--addresses", *addresses]
    with (FOLDER / "log").open("ab") as log:
        subprocess.Popen(
            command,
            cwd=FOLDER,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_until_it_answers() -> int | None:
    began = time.monotonic()
    while time.monotonic() < began + READY_WITHIN:
        if port := running():
            return port
        time.sleep(0.1)
        if time.monotonic() > began + GRACE and not is_served():
            return None
    raise RuntimeError(f"it did not answer within {READY_WITHIN:.0f} s\n{log_tail()}")


def stop() -> None:
    """Stop it gracefully: it saves its state before it ends."""
    if not is_served():
        return
    pid = remembered()["pid"]
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOPPED_WITHIN
    while is_served():
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def log_tail() -> str:
    try:
        return "\n".join((FOLDER / "log").read_text(errors="replace").splitlines()[-6:])
    except OSError:
        return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("start").add_argument("--subnet", required=True)
    serving = commands.add_parser("serve", help="used by start")
    serving.add_argument("--port", type=int, required=True)
    serving.add_argument("--addresses", nargs="+", required=True)
    commands.add_parser("taken").add_argument("port", type=int)
    for command in ("port", "name", "stop"):
        commands.add_parser(command)
    arguments = parser.parse_args()
    if arguments.command == "start":
        print(start(arguments.subnet))
    elif arguments.command == "serve":
        serve(arguments.port, arguments.addresses)
    elif arguments.command == "name":
        print(name())
    elif arguments.command == "stop":
        stop()
    elif arguments.command == "taken":
        sys.exit(ports.can_bind("127.0.0.1", arguments.port))
    else:
        port = running()
        if port is None:
            sys.exit(1)
        print(port)


if __name__ == "__main__":
    try:
        main()
    except (OSError, RuntimeError) as error:
        free = shutil.disk_usage(FOLDER if FOLDER.exists() else "/").free
        sys.exit(f"{error}\n{free // 2**20} MB free on that disk")
