"""Idempotency-Key (R21): the same key with the same body gets the same answer and has one effect.

+----------------------------------------------+-------------------------------------------------+
| the key is new                               | the effect, and its answer                      |
| the same body under the key again            | the same answer, with Idempotent-Replay: true   |
| another body under the key                   | 422 idempotency-key-reused                      |
| a request with the key is still under way    | 409 idempotency-key-in-use, with Retry-After    |
+----------------------------------------------+-------------------------------------------------+

What was done under a key is in the store (`gateway.store.keys`), for as long as `timing.idempotency` says; what is under way is known
to this process, and two that arrive at once are decided by the store's one writer.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from gateway.errors import Cause, Refusal

__all__ = ["KEY_HEADER", "KEY_SCHEMA", "REPEATED_HEADER", "UnderWay", "idempotency_key"]

KEY_HEADER: Final = "Idempotency-Key"
REPEATED_HEADER: Final = "Idempotent-Replay"
_LONGEST: Final = 255
KEY_SCHEMA: Final = {"type": "string", "minLength": 1, "maxLength": _LONGEST, "pattern": "^[!-~]([ -~]*[!-~])?$"}
_SOON: Final = 1  #: seconds; a request that is under way ends soon, or breaks off


def idempotency_key(request: web.Request) -> str:
    """The key that a client gave, "" when none. Raises `Refusal`."""
    given = request.headers.getall(KEY_HEADER, [])
    key = given[0].strip() if given else ""
    if len(given) > 1 or len(key) > _LONGEST or not (key.isprintable() and key.isascii()):
        raise Refusal(Cause.MALFORMED_REQUEST, f"an Idempotency-Key is one text of at most {_LONGEST} printable ASCII characters")
    return key


class UnderWay:
    """The keys of requests whose body is being read, or whose effect is being stored."""

    def __init__(self) -> None:
        self._held: set[tuple[str, str]] = set()

    @contextmanager
    def hold(self, client: str, key: str) -> Iterator[None]:
        """For one request; without a key nothing is held. Raises `Refusal` when another one has the key."""
        if not key:
            yield
            return
        if (client, key) in self._held:
            raise Refusal(Cause.IDEMPOTENCY_KEY_IN_USE, retry_after=_SOON)
        self._held.add((client, key))
        try:
            yield
        finally:
            self._held.remove((client, key))
