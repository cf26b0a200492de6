"""The operations about destinations: which of them do not answer, and what a person decides about one."""

from collections.abc import Mapping
from typing import Final

from gateway.operations.circuits import circuit_close, circuit_open, circuits
from gateway.service.operation import Decision, Operation

__all__ = ["DESTINATIONS"]

DESTINATIONS: Final[Mapping[str, Operation]] = {
    "breakers": Operation("GET", "/destinations", "Destinations that failed lately", lambda c, _, __: circuits(c)),
    "breaker-open": Operation(
        "POST",
        "/destinations/{id}/open",
        "Keep everything away from a destination",
        lambda c, id_, a: circuit_open(c, id_, a.reason, by=a.by),
        Decision,
    ),
    "breaker-close": Operation(
        "POST",
        "/destinations/{id}/close",
        "Have a destination tried at once",
        lambda c, id_, a: circuit_close(c, id_, a.reason, by=a.by),
        Decision,
    ),
}
