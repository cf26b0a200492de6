"""How a message broker is reached: addresses, TLS, credentials by reference. Shared by the sinks and the sources of gateway.yaml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from gateway.listen import SecretRef, Section

__all__ = ["Broker", "ClientTls", "KafkaCluster", "NatsServers", "RabbitMqServer", "Sasl"]

_PRINTABLE: Final = r"^[!-~]([ -~]{0,253}[!-~])?$"
Text = Annotated[str, StringConstraints(pattern=_PRINTABLE)]
Wait = Annotated[float, Field(gt=0, le=600)]


class ClientTls(Section):
    """TLS towards a server of the house. `{}`: the system's authorities decide, and we show no certificate."""

    ca: Path | None = None  #: PEM: the only authorities, or certificates, that are trusted; a relative path is below the workspace
    certificate: Path | None = None  #: PEM, with its chain: what we show
    key: SecretRef | None = None  #: its private key
    passphrase: SecretRef | None = None  #: of the key

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key come together")
        return self


def _address(*schemes: str) -> AfterValidator:
    """A URL without credentials: they are secrets, and stand in references."""

    def check(value: str) -> str:
        parts = urlsplit(value)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in schemes or not parts.hostname or port == -1 or parts.query or parts.fragment:
            raise ValueError(f"an address is written {schemes[0]}://HOST:PORT")
        if parts.username is not None or parts.password is not None:
            raise ValueError("credentials do not stand in an address; a secret is named by a reference")
        return value

    return AfterValidator(check)


class Broker(Section):
    """Something with servers."""

    @property
    def places(self) -> tuple[str, ...]:
        """HOST:PORT of each server that is named."""
        raise NotImplementedError

    @property
    def scheme(self) -> str:
        """The protocol as AsyncAPI names it."""
        raise NotImplementedError


def _place(url: str, ports: Mapping[str, int]) -> str:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return f"{f'[{host}]' if ':' in host else host}:{parts.port or ports[parts.scheme]}"


class RabbitMqServer(Broker):
    """One RabbitMQ, or the address before a cluster of it."""

    url: Annotated[str, _address("amqp", "amqps")]  #: amqps://broker.example:5671/vhost
    user: Text = "guest"  #: the login
    password: SecretRef | None = None  #: absent: guest's own, which RabbitMQ takes from the same machine only
    login: Literal["password", "certificate"] = "password"  #: certificate: that of `tls` says who we are (EXTERNAL)
    tls: ClientTls = ClientTls()  #: of amqps
    timeout: Wait = 10  #: seconds for a connection, and for each answer

    @model_validator(mode="after")
    def _can_log_in(self) -> Self:
        is_secure = urlsplit(self.url).scheme == "amqps"
        if self.tls != ClientTls() and not is_secure:
            raise ValueError("`tls` needs an amqps address")
        if self.login == "certificate" and not (is_secure and self.tls.certificate):
            raise ValueError("a login by certificate needs an amqps address and `tls: {certificate, key}`")
        if self.login == "certificate" and (self.password or self.user != "guest"):
            raise ValueError("with a login by certificate there is no user and no password: the certificate names the user")
        if self.login == "password" and self.user != "guest" and self.password is None:
            raise ValueError("user and password come together")
        return self

    @property
    def places(self) -> tuple[str, ...]:
        """As `Broker.places`."""
        return (_place(self.url, {"amqp": 5672, "amqps": 5671}),)

    @property
    def scheme(self) -> str:
        """As `Broker.scheme`."""
        return urlsplit(self.url).scheme

    @property
    def virtual_host(self) -> str:
        """The virtual host; "/" unless the address names one."""
        return unquote(urlsplit(self.url).path[1:]) or "/"


class NatsServers(Broker):
    """The servers of one NATS; any of them will do."""

    servers: Annotated[tuple[Annotated[str, _address("nats", "tls")], ...], Field(min_length=1, max_length=20)]  #: of one cluster
    user: Text | None = None  #: the login
    password: SecretRef | None = None  #: of the user
    token: SecretRef | None = None  #: instead of a user
    nkey: SecretRef | None = None  #: the seed of a user's nkey (SU…)
    creds: SecretRef | None = None  #: a creds file as nsc writes it: a user's JWT with its seed
    tls: ClientTls | None = None  #: absent: nats:// takes TLS where the server asks for it, by the system's authorities
    handshake_first: bool = False  #: TLS before the server's greeting, as its own `handshake_first` has it
    inbox_prefix: Annotated[str, StringConstraints(pattern=r"^[^\s.*>]+(\.[^\s.*>]+)*$", max_length=100)] = "_INBOX"  #: where answers come
    timeout: Wait = 10  #: seconds for a connection, and for each answer

    @model_validator(mode="after")
    def _has_one_credential(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password come together")
        if sum(one is not None for one in (self.user, self.token, self.nkey, self.creds)) > 1:
            raise ValueError("one of user, token, nkey and creds")
        if self.handshake_first and not self.is_secure:
            raise ValueError("`handshake_first` goes with `tls:` or addresses of tls://")
        return self

    @property
    def is_secure(self) -> bool:
        """Whether nothing is said without TLS."""
        return self.tls is not None or any(urlsplit(one).scheme == "tls" for one in self.servers)

    @property
    def places(self) -> tuple[str, ...]:
        """As `Broker.places`."""
        return tuple(_place(one, {"nats": 4222, "tls": 4222}) for one in self.servers)

    @property
    def scheme(self) -> str:
        """As `Broker.scheme`."""
        return "nats"


class Sasl(Section):
    """How we log in at Kafka."""

    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"  #: how we log in
    user: Text  #: the login
    password: SecretRef  #: of the user


class KafkaCluster(Broker):
    """A Kafka cluster by some of its brokers."""

    brokers: Annotated[
        tuple[Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]+:[0-9]{1,5}$|^\[[0-9a-f:.]+\]:[0-9]{1,5}$")], ...],
        Field(min_length=1, max_length=20),
    ]  #: HOST:PORT
    tls: ClientTls | None = None
    sasl: Sasl | None = None
    timeout: Wait = 10  #: seconds for each answer

    @property
    def places(self) -> tuple[str, ...]:
        """As `Broker.places`."""
        return self.brokers

    @property
    def scheme(self) -> str:
        """As `Broker.scheme`."""
        return "kafka-secure" if self.tls is not None else "kafka"
