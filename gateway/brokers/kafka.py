"""Kafka by confluent-kafka: the settings in its words, and what its errors mean as our outcomes."""

from collections.abc import Callable
from typing import Any, Final

from confluent_kafka import KafkaError

from gateway.broker_settings import KafkaCluster
from gateway.client_tls import client_files
from gateway.errors import Cause, PermanentError, TransientError
from gateway.settings import SecretError

__all__ = ["client_options", "fault_of", "is_vague", "refuses_login"]

_TOO_LARGE: Final = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.RECORD_LIST_TOO_LARGE, KafkaError.INVALID_MSG_SIZE})
_NO_TOPIC: Final = frozenset({KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError.TOPIC_EXCEPTION})
_OUT_OF_TIME: Final = frozenset({KafkaError._MSG_TIMED_OUT, KafkaError._TIMED_OUT, KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT})
_VAGUE: Final = frozenset({KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._RESOLVE})
_NO_LOGIN: Final = frozenset({KafkaError._AUTHENTICATION, KafkaError.SASL_AUTHENTICATION_FAILED, KafkaError.UNSUPPORTED_SASL_MECHANISM})
_NOT_ALLOWED: Final = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
    }
)


def client_options(cluster: KafkaCluster, resolve: Callable[[str], str], name: str) -> dict[str, Any]:
    """What every client of a cluster is made with. Raises `PermanentError` where a secret cannot be read. Blocks."""
    options: dict[str, Any] = {
        "bootstrap.servers": ",".join(cluster.brokers),
        "client.id": name,
        "log_level": 2,  #: what fails is told by events and reports
        "socket.timeout.ms": round(cluster.timeout * 1000),
        "reconnect.backoff.max.ms": 2000,
        "security.protocol": f"{'SASL_' if cluster.sasl else ''}{'SSL' if cluster.tls else 'PLAINTEXT'}",
    }
    if cluster.tls is not None:
        ca, certificate, key, passphrase = client_files(cluster.tls, resolve)
        given = {"ssl.ca.pem": ca, "ssl.certificate.pem": certificate, "ssl.key.pem": key, "ssl.key.password": passphrase}
        options |= {name: value for name, value in given.items() if value is not None}
    if cluster.sasl is not None:
        try:
            password = resolve(cluster.sasl.password)
        except SecretError as fault:
            raise PermanentError(Cause.CREDENTIALS_REFUSED, str(fault)) from fault
        options |= {"sasl.mechanism": cluster.sasl.mechanism, "sasl.username": cluster.sasl.user, "sasl.password": password}
    return options


def refuses_login(error: KafkaError) -> bool:
    """Whether a broker did not take user, password or mechanism."""
    return error.code() in _NO_LOGIN


def is_vague(error: KafkaError) -> bool:
    """Whether it says no more than that a connection did not stand; what was said before is then the reason."""
    return error.code() in _VAGUE


def fault_of(error: KafkaError, last: KafkaError | None = None) -> TransientError | PermanentError:
    """An error of the client as an outcome, by its code. `last` is what the client told last of its connections: why a time ran out."""
    if error.code() in _OUT_OF_TIME and last is not None:
        error = last
    code, name = error.code(), error.name()
    if code in _TOO_LARGE:
        return PermanentError(Cause.DELIVERY_REFUSED, f"the message is larger than the broker takes ({name})")
    if code in _NO_TOPIC:
        return PermanentError(Cause.UNROUTABLE, f"there is no such topic ({name})")
    if code in _NO_LOGIN:
        return PermanentError(Cause.CREDENTIALS_REFUSED, f"the broker refused user, password or mechanism ({name})")
    if code in _NOT_ALLOWED:
        return PermanentError(Cause.CREDENTIALS_REFUSED, f"the broker does not allow this user that ({name})")
    if code == KafkaError._QUEUE_FULL:
        return TransientError(Cause.DESTINATION_BUSY, "as much as may wait for the brokers waits already")
    if code == KafkaError._SSL:
        is_theirs = "certificate verify failed" in error.str()  # the client has no code for it
        words = "the broker's certificate is not accepted" if is_theirs else "TLS failed"
        return TransientError(Cause.DESTINATION_UNREACHABLE, f"{words} ({name})")
    return TransientError(Cause.DESTINATION_UNREACHABLE, f"no acknowledgment of the brokers ({name})")
