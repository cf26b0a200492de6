"""Where a request came from: the peer's address, or what a trusted proxy says of it (`listen.proxy`). Others may say what they like."""

import base64
import hashlib
import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from aiohttp import web

from gateway.listen import Proxy
from gateway.tls import TlsError, fingerprint_of

__all__ = ["LOCAL", "Origin", "find_origin", "is_trusted", "network_of", "origin_of", "set_origin", "source_of"]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PORT: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:]*)(:[0-9]{1,5})?|(?P<bare>[0-9A-Fa-f:.]+)")


@dataclass(frozen=True, slots=True)
class Origin:
    """Who is at the other end of a request, as far as the connection tells."""

    source: str  #: the network that it counts under
    is_secure: bool = False  #: it came by https, here or at the proxy
    fingerprint: str = ""  #: SHA-256 of the TLS client certificate, hex


LOCAL: Final = Origin("local", is_secure=True)  #: came through the Unix socket
_ORIGIN: Final = web.RequestKey("origin", Origin)


def set_origin(request: web.Request, origin: Origin) -> None:
    """Remember where a request came from."""
    request[_ORIGIN] = origin


def origin_of(request: web.Request) -> Origin:
    """Where a request came from."""
    return request[_ORIGIN]


def source_of(request: web.Request) -> str:
    """The network that a stranger counts under: the IPv4 address, or the /64 of an IPv6 address, of which one host has very many."""
    return request[_ORIGIN].source


def network_of(address: _Address | None) -> str:
    """The name of the network that an address counts under."""
    if address is None:
        return LOCAL.source
    if isinstance(address, ipaddress.IPv6Address):
        return str(address.ipv4_mapped or ipaddress.ip_network((int(address), 64), strict=False).network_address)
    return str(address)


def find_origin(request: web.BaseRequest, proxy: Proxy | None) -> Origin:
    """Where a request came from, by its connection and by a proxy that is trusted."""
    transport = request.transport
    peername = transport.get_extra_info("peername") if transport is not None else None  # None of who was gone before it was accepted
    peer = _address(peername[0]) if peername else None
    shown = transport.get_extra_info("ssl_object") if transport is not None else None
    certificate = shown.getpeercert(binary_form=True) if shown is not None else None
    direct = Origin(network_of(peer), shown is not None, hashlib.sha256(certificate).hexdigest() if certificate else "")
    if proxy is None or peer is None or not is_trusted(peer, proxy):
        return direct
    lines = request.headers.getall(proxy.client_ip_header, [])
    if proxy.client_ip_header.lower() == "forwarded":
        elements = [_forwarded(element) for element in _split(",", lines)]
        hops, proto = [element.get("for", "") for element in elements], elements[-1].get("proto", "") if elements else ""
    else:
        hops = _split(",", lines)
        said = _split(",", request.headers.getall(proxy.proto_header, [])) if proxy.proto_header else []
        proto = said[-1] if said else ""
    shown_there = request.headers.getall(proxy.client_cert_header, []) if proxy.client_cert_header else []
    return Origin(
        network_of(_client(peer, hops, proxy)),
        proto.lower() == "https" if proto else direct.is_secure,
        _fingerprint(shown_there[-1]) if shown_there else direct.fingerprint,
    )


def _client(peer: _Address, hops: list[str], proxy: Proxy) -> _Address:
    """The right-most hop that is no trusted proxy: each proxy vouches for the one before it, and for no more."""
    client = peer
    while hops and is_trusted(client, proxy):
        before = _address(hops.pop())
        if before is None:  # a proxy that hides it: then it counts as the proxy
            return client
        client = before
    return client


def is_trusted(address: _Address, proxy: Proxy) -> bool:
    """Whether an address is that of a proxy whose word counts."""
    plain = (address.ipv4_mapped or address) if isinstance(address, ipaddress.IPv6Address) else address
    return any(plain in network for network in proxy.trusted)


def _address(text: str) -> _Address | None:
    """An address, with a port or brackets as proxies write them."""
    match = _PORT.fullmatch(text.strip())
    host = (match["bare"] or match["host"] or "").strip("[]") if match else ""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _split(separator: str, lines: Iterable[str]) -> list[str]:
    return [part.strip() for line in lines for part in line.split(separator) if part.strip()]


def _forwarded(element: str) -> dict[str, str]:
    """The parameters of one element of Forwarded (RFC 7239 4)."""
    parts = (part.partition("=") for part in element.split(";"))
    return {name.strip().lower(): _QUOTED.sub(lambda match: match[1].replace("\\", ""), value.strip()) for name, _, value in parts}


def _fingerprint(value: str) -> str:
    """Of a certificate in a field: `:base64 of DER:` (RFC 9440 2.2) or PEM in percent encoding. "" when it is neither."""
    try:
        return fingerprint_of(base64.b64decode(value[1:-1], validate=True) if value.startswith(":") else unquote(value))
    except (TlsError, ValueError):  # no ASCII, or no base64
        return ""
