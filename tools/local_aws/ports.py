"""Where the local AWS listens: reachable from this machine and its containers only."""

from __future__ import annotations

import ipaddress
import itertools
import socket

FIRST = 4566


def can_bind(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def hosts(subnet: str) -> list[str]:
    """Loopback for this machine; the bridge's address for its containers, if the host has it."""
    bridge = str(next(ipaddress.ip_network(subnet).hosts()))
    return ["127.0.0.1", bridge] if can_bind(bridge, 0) else ["127.0.0.1"]


def free(addresses: list[str], last: int | None) -> int:
    """The previous port, so that addresses stay valid; else the usual one; else the next free one."""
    usual = range(FIRST, FIRST + 200)
    for port in itertools.chain([last or FIRST], usual):
        if all(can_bind(address, port) for address in addresses):
            return port
    raise RuntimeError(f"no free port from {FIRST} to {usual[-1]}")
