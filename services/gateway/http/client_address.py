"""Finds the address of the client behind the site's own proxies, as the rates count it."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

# Anything that is no address counts as one client: otherwise each invented text would have a rate of its own.
UNPARSABLE = "unparsable"
# A household or a server gets a whole /64: a client with one of its addresses can use all of them.
IPV6_PREFIX = 64
PRIVATE = ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")

Address = IPv4Address | IPv6Address


class TrustedProxies:
    """The proxies whose `X-Forwarded-*` headers are believed. Without any, the address of the connection counts."""

    def __init__(self, listed: str) -> None:
        """Read addresses and networks, separated by commas; `private` stands for all loopback and private networks.

        Raises:
            ValueError: names the part that is no address and no network.
        """
        self._networks: list[IPv4Network | IPv6Network] = []
        for part in (part.strip() for part in listed.split(",")):
            for network in PRIVATE if part == "private" else (part,) if part else ():
                try:
                    self._networks.append(ip_network(network))
                except ValueError as error:
                    raise ValueError(f"{network!r} is not an IP address, not a network and not `private`") from error

    def client_of(self, scope: Scope) -> str:
        """Return the client of a request as `rate_key` gives it.

        Each proxy adds the address that it saw on the right. So the client is the rightmost address that is not one of
        the trusted proxies; what stands left of it is the client's own claim.
        """
        peer = (scope.get("client") or ("",))[0]
        if not self._trusts(peer):
            return rate_key(peer)
        forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
        hops = [hop.strip() for hop in forwarded.split(",")] if forwarded else [peer]
        for hop in reversed(hops):
            if not self._trusts(hop):
                return rate_key(hop)
        return rate_key(hops[0])

    def scheme_of(self, scope: Scope) -> str:
        """Return `https` if the client's connection is encrypted, as far as a trusted proxy says so."""
        if self._trusts((scope.get("client") or ("",))[0]):
            said = Headers(scope=scope).getlist("x-forwarded-proto")
            if said:
                return "https" if said[-1].rsplit(",", 1)[-1].strip().lower() == "https" else "http"
        return str(scope.get("scheme", "http"))

    def _trusts(self, text: str) -> bool:
        address = parse_address(text)
        return address is not None and any(address in network for network in self._networks)


def rate_key(text: str) -> str:
    """Return the bucket of an address: an IPv4 address, the /64 of an IPv6 address, or `unparsable`."""
    address = parse_address(text)
    if address is None:
        return UNPARSABLE
    return str(ip_network((address, IPV6_PREFIX), strict=False)) if address.version == 6 else str(address)


@lru_cache(maxsize=1024)  # each request asks several times for the same few
def parse_address(text: str) -> Address | None:
    """Return the address of a hop: with or without port and brackets; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
