"""Which addresses may be sent to. A server that posts wherever it is told must not be led into its own network.

A URL is read once, here, and the name in it is looked up once: what was checked is what is connected to.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 500
DEFAULT_PORTS = {"http": 80, "https": 443}
READABLE = re.compile(r"[!-~]+")
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# What a resolver would read as a number: 2130706433, 0x7f.1, 0177.0.0.1.
NUMBER = re.compile(r"\d+|0x[0-9a-f]*")

# IPv6: only what is handed out for the whole internet, less what wraps IPv4 (6to4, Teredo) or is for documents. That
# leaves out mapped and translated IPv4 (::ffff:0:0/96, 64:ff9b::/96), local, link-local and multicast addresses.
IPV6_PUBLIC = IPv6Network("2000::/3")
IPV6_SPECIAL = tuple(map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
# IPv4, from the registry of special addresses (RFC 6890 and later); clouds' metadata is link-local, or among `OTHERS`.
IPV4_SPECIAL = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
            "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16",
            "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
        ),
    )
)  # fmt: skip
# Public by number, but answered by the host itself at some clouds.
OTHERS = (IPv4Address("168.63.129.16"),)


class Refused(ValueError):
    """An address that is not sent to; `str(error)` says why."""


@dataclass(frozen=True)
class Rules:
    """networks: allowed besides the public ones, on any port; ports: allowed on public addresses."""

    networks: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset({80, 443, 8080, 8443})


@dataclass(frozen=True)
class Target:
    """What a URL names. host: a name in lower case without a dot at its end, or an IP address; path: with the query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def literal(self) -> Address | None:
        """The address, where the URL has one instead of a name."""
        return _literal(self.host)

    @property
    def authority(self) -> str:
        """As the header Host spells it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def rules() -> Rules:
    """The rules of this server, from its settings. Raises ValueError for a network or port that is none."""
    networks = tuple(ipaddress.ip_network(one) for one in settings.WEBHOOK_ALLOWED_NETWORKS)
    return Rules(networks, frozenset(map(int, settings.WEBHOOK_PORTS)))


def target_of(url: Any) -> Target:
    """Raises Refused for whatever is no plain http or https URL."""
    if not isinstance(url, str) or len(url) > LONGEST_URL or not READABLE.fullmatch(url) or "\\" in url:
        raise Refused(f"must be a URL of at most {LONGEST_URL} characters, without blanks; names in their xn-- form")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Refused(f"can't be read as a URL: {error}") from error
    if parts.scheme not in DEFAULT_PORTS:
        raise Refused("must begin with https:// (or http://)")
    if "[" in parts.netloc and not isinstance(_literal(host), IPv6Address):
        raise Refused("holds no IPv6 address between [ and ]")
    if "@" in parts.netloc:
        raise Refused("must not hold a user name or password; the signature says who sends")
    if "#" in url:
        raise Refused("must not hold a #")
    if port == 0:
        raise Refused("has no port 0")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, _host(host), port or DEFAULT_PORTS[parts.scheme], path)


def _host(host: str) -> str:
    if _literal(host) is not None:
        return host
    name = host.removesuffix(".")
    labels = name.split(".")
    if not name or len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise Refused("names no host: letters, digits and hyphens, with dots between")
    if NUMBER.fullmatch(labels[-1]):
        raise Refused("has a host that looks like a number; write an IP address as four numbers from 0 to 255")
    return name


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host) if "%" not in host else None
    except ValueError:
        return None


def allowed(address: Address, *, port: int, rules: Rules) -> bool:
    """Whether this address may be connected to."""
    if any(address in network for network in rules.networks):
        return True
    return port in rules.ports and is_public(address)


def is_public(address: Address) -> bool:
    """Whether it belongs to the internet at large, and not to a host's own network or to a special purpose."""
    if isinstance(address, IPv4Address):
        return address not in OTHERS and not any(address in network for network in IPV4_SPECIAL)
    return address in IPV6_PUBLIC and not any(address in network for network in IPV6_SPECIAL)


def check(found: Sequence[str], *, target: Target, rules: Rules) -> list[Address]:
    """The addresses of a target. Raises Refused when there is none, or when any of them may not be connected to: one
    good address must not cover for a bad one."""
    addresses = [address for one in found if (address := _literal(one)) is not None]
    if not addresses or len(addresses) < len(found):
        raise Refused(f"{target.host} has no address that can be reached")
    if all(allowed(address, port=target.port, rules=rules) for address in addresses):
        return addresses
    if all(is_public(address) for address in addresses):
        ports = ", ".join(map(str, sorted(rules.ports)))
        raise Refused(f"must not use port {target.port}; allowed: {ports}. Who runs this server sets WEBHOOK_PORTS")
    raise Refused(
        "leads to an address that is not public. Who runs this server can allow its network with "
        "WEBHOOK_ALLOWED_NETWORKS"
    )
