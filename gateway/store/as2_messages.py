"""What came under each AS2 Message-ID, and the MDN that it got: a repetition gets the very same (A48)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from gateway.store.schema import As2Message
from gateway.store.statement import Statement, add

__all__ = ["Answer", "KnownMessage", "MessageKey", "answered", "begin", "find", "of_transmission"]

_message = As2Message.table()
_same = (_message.c.as2_from == bindparam("of")) & (_message.c.as2_to == bindparam("to")) & (_message.c.message_id == bindparam("named"))
_find = Statement(select(_message).where(_same))
_of_transmission = Statement(select(_message).where(_message.c.transmission_id == bindparam("of_transmission")))
_ANSWER = ("disposition", "mic", "mdn_sha256", "mdn_headers")
_answered = Statement(
    update(_message).where(_same).values({name: bindparam(f"new_{name}", type_=_message.c[name].type) for name in _ANSWER})
)


@dataclass(frozen=True, slots=True)
class MessageKey:
    """What names a message: names are compared with case, the Message-ID as it came."""

    as2_from: str
    as2_to: str
    message_id: str

    def parameters(self) -> dict[str, str]:
        """For the statements of this module."""
        return {"of": self.as2_from, "to": self.as2_to, "named": self.message_id}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the partner was told. Without an MDN (none was asked for) there is a disposition all the same."""

    disposition: str
    mic: str = ""
    mdn_sha256: str | None = None
    mdn_headers: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class KnownMessage:
    """A message that came before under this key."""

    transmission_id: str
    wire_sha256: str
    headers: tuple[tuple[str, str], ...]
    answer: Answer | None  #: None: its opening never came to an end
    created_at: datetime


def find(connection: Connection, key: MessageKey) -> KnownMessage | None:
    """What came under a key."""
    row = _find.one(connection, **key.parameters())
    if row is None:
        return None
    answer = Answer(*(row[name] for name in _ANSWER)) if row["disposition"] else None
    return KnownMessage(
        row["transmission_id"], row["wire_sha256"], tuple((n, v) for n, v in row["headers"] or ()), answer, row["created_at"]
    )


def begin(
    connection: Connection, key: MessageKey, transmission_id: str, wire_sha256: str, headers: tuple[tuple[str, str], ...], now: datetime
) -> None:
    """Note a message whose bytes are stored; it has no answer yet. Raises IntegrityError when the key is taken."""
    values = {
        "as2_from": key.as2_from,
        "as2_to": key.as2_to,
        "message_id": key.message_id,
        "transmission_id": transmission_id,
        "wire_sha256": wire_sha256,
        "headers": [list(pair) for pair in headers],
        "created_at": now,
    }
    add(connection, _message, values)


def give_way(connection: Connection, key: MessageKey, transmission_id: str) -> None:
    """A message of long ago no longer keeps its id from another one: it stays as evidence, under its id with that of its transmission."""
    connection.execute(update(_message).where(_same).values(message_id=f"{key.message_id}#{transmission_id}"), key.parameters())


def answered(connection: Connection, key: MessageKey, answer: Answer) -> None:
    """Note the answer, in the transaction that makes it true."""
    _answered.send(connection, **key.parameters(), **{f"new_{name}": getattr(answer, name) for name in _ANSWER})


def taken_anew(
    connection: Connection, key: MessageKey, transmission_id: str, wire_sha256: str, headers: tuple[tuple[str, str], ...]
) -> None:
    """The message that counts is a repetition: the first one ended by a fault of ours."""
    values = {"transmission_id": transmission_id, "wire_sha256": wire_sha256, "headers": [list(pair) for pair in headers]}
    connection.execute(update(_message).where(_same).values(**values), key.parameters())


def of_transmission(connection: Connection, transmission_id: str) -> tuple[MessageKey, KnownMessage] | None:
    """The message that a transmission came in."""
    row = _of_transmission.one(connection, of_transmission=transmission_id)
    if row is None:
        return None
    key = MessageKey(row["as2_from"], row["as2_to"], row["message_id"])
    known = find(connection, key)
    assert known is not None
    return key, known
