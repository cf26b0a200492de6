"""Where the service listens, by whose word it knows callers, and how much it takes: `listen:` and `limits:` of gateway.yaml."""

from datetime import UTC, datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from gateway.tls import ClientCertificates

__all__ = ["Limits", "Listen", "Proxy", "SecretRef", "Section", "Tls", "TlsKey"]

MiB: Final = 1024 * 1024

#: where a secret is: "env:NAME" or "file:PATH", a relative path being below the workspace
SecretRef = Annotated[str, StringConstraints(pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$")]
#: "600/minute": what the library `limits` parses
Rate = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]*/(second|minute|hour|day)$")]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")]
Count = Annotated[int, Field(ge=1)]


def _in_a_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _network(value: Any) -> Any:
    try:
        return ip_network(value)
    except ValueError:
        raise ValueError("a network is written 10.0.0.0/8 or 2001:db8::/32, with no bits behind its length") from None


#: an address is a network of one
Network = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]


class Section(BaseModel):
    """A part of gateway.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, allow_inf_nan=False, populate_by_name=True)


class TlsKey(Section):
    """A certificate with its key. The file holds the chain too; a relative path is below the workspace."""

    certificate: Path  #: PEM, with the chain behind it
    key: SecretRef  #: its private key
    passphrase: SecretRef | None = None  #: of the key


class NextTlsKey(TlsKey):
    """The one that follows, and when."""

    valid_from: Annotated[datetime, AfterValidator(_in_a_zone)] = Field(alias="from")  #: the moment


class Tls(TlsKey):
    """https. The files are looked at again and again, so a renewed certificate is served without a restart."""

    next: NextTlsKey | None = None  #: served from its moment on
    client_certificates: ClientCertificates = "off"  #: which ones are known stands in the profiles, as `client_certs`
    look_every: Annotated[float, Field(gt=0, le=86400)] = 10  #: seconds


class Proxy(Section):
    """Whom the fields of a request are believed that say where it really came from. From anybody else they mean nothing."""

    trusted: Annotated[tuple[Network, ...], Field(min_length=1)]  #: networks of the proxies
    client_ip_header: FieldName = "X-Forwarded-For"  #: or Forwarded (RFC 7239), or a field of one address
    proto_header: FieldName | None = "X-Forwarded-Proto"  #: with Forwarded, its `proto` counts
    client_cert_header: FieldName | None = (
        None
        #: ^ PEM in percent encoding (nginx), or as RFC 9440 has it; the proxy must remove it from what it gets
    )


class Listen(Section):
    """One place where the service listens. Port 0 takes a free one."""

    host: str = "127.0.0.1"  #: address or name of this machine
    port: Annotated[int, Field(ge=0, le=65535)] = 8080  #: 0 takes a free one
    tls: Tls | None = None
    proxy: Proxy | None = None
    https_only: bool = False  #: refuse what came without TLS, here or at the proxy

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.https_only and self.tls is None and self.proxy is None:
            raise ValueError("https_only needs tls here, or a proxy that says what came by https")
        return self


class Limits(Section):
    """How much of everything. What is over a limit gets an answer, never a crash."""

    body_bytes: Count = 50 * MiB  #: one payload from a partner
    read_bytes: Count = 64 * MiB  #: larger payloads are kept and passed on as they are, and never read
    sets: Count = 10_000  #: of one payload: all of them are committed together; a payload with more is kept and held
    document_bytes: Count = 10 * MiB  #: one document from the hub
    stranger_bytes: Annotated[int, Field(ge=0)] = 64 * 1024  #: read of one who is not known, never stored as a payload
    page: Annotated[int, Field(ge=1, le=10_000)] = 500  #: rows of one answer
    partner_rate: Rate = "6000/minute"  #: requests of one partner or hub key
    stranger_rate: Rate = "60/minute"  #: requests of one address without valid credentials
    connections: Count = 800  #: at once; a process commonly has 1024 descriptors, and the store needs some
    source_connections: Count = 200  #: of one address at once; a trusted proxy is not counted
    body_pace: Annotated[int, Field(ge=0)] = 1024  #: bytes a second that a body must come with on average: a modem is faster
    memory_bytes: Count = 256 * MiB  #: of all bodies that are held in memory at once
    upload_bytes: Count = 4096 * MiB  #: of all bodies that are on their way to the disk at once
    due_jobs: Count = 100_000  #: due and not begun: a quarter of an hour of work; more is not taken on
    writer_backlog: Count = 10_000  #: functions that wait for the writing connection: about ten seconds
    free_bytes: Count = 256 * MiB  #: below this on the data folder's disk nothing is taken on: the store itself needs room to end in order
