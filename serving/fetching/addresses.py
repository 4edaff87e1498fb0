"""The addresses that an untrusted URL may lead to: those of the public internet.

The networks are written out because the answers of `ipaddress`'s `is_global` change between patch releases of Python.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

_IPV4_CLOSED = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; 0.0.0.0 is this machine
        "10.0.0.0/8",
        "100.64.0.0/10",  # behind a carrier's NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local: metadata services
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
]

# Only the IPv6 range that is allocated today. This excludes loopback, private and link-local addresses, and all that
# embed an IPv4 address (mapped, NAT64).
_IPV6_OPEN = IPv6Network("2000::/3")
_IPV6_CLOSED = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments; Teredo, which carries IPv4
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries IPv4
        "3fff::/20",  # documentation
    )
]


def is_public(address: str) -> bool:
    """Whether an address, as the resolver spells it, is on the public internet."""
    if ":" in address:
        ipv6 = IPv6Address(address)
        return ipv6 in _IPV6_OPEN and not any(ipv6 in network for network in _IPV6_CLOSED)
    ipv4 = IPv4Address(address)
    return not any(ipv4 in network for network in _IPV4_CLOSED)
