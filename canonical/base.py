"""What every canonical document has: the base block, its JSON form, and the faults found in one."""

from collections.abc import Iterable
from enum import StrEnum
from json import dumps
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from canonical.scalars import AwareTime, Count, GlobalId, Scalar, Str35, Str80, Str512

__all__ = [
    "Document",
    "DocumentError",
    "Fault",
    "Identity",
    "Ids",
    "MapRef",
    "Model",
    "Severity",
    "SourceRef",
    "Transport",
    "json_path",
    "none_said",
]


def none_said(value: object) -> bool:
    """Whether a list or mapping is empty; such a field is left out of the JSON form."""
    return not value


class Model(BaseModel):
    """A frozen value with snake_case attributes and camelCase JSON; a field it does not know is a fault."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    def to_json(self) -> dict[str, Any]:
        """The JSON form: camelCase, decimals and times as strings, what was not said left out, in the order of the model."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Severity(StrEnum):
    """`error` blocks the document until a person decides; `warning` travels with it."""

    ERROR = "error"
    WARNING = "warning"


class Fault(Model):
    """One thing wrong with a document: with its form (`registry.parse`) or with its sense (`rules.check`)."""

    code: Str35
    """What is wrong, one word of a closed list per rule."""
    severity: Severity
    """Whether it blocks."""
    path: Str512
    """Where in the document, as a JSON path."""
    message: Str512
    """Fixed words, never the partner's data."""
    value: str | None = Field(default=None, repr=False)
    """The offending text, for people; never logged."""


class DocumentError(Exception):
    """These data are no canonical document. `faults` says each reason, with its path."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"no canonical document: {len(self.faults)} fault{'' if len(self.faults) == 1 else 's'}")


#: as it stood in an envelope, however odd: what says where a document came from must never be what stops it
Wire = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=1000)]


class Identity(Model):
    """An address of the envelope, as sent: qualifier and id."""

    qualifier: Wire | None = None
    """ISA05, ISA07; UNB 0007. Absent when the sender gave none."""
    id: Wire
    """ISA06, ISA08; UNB 0004, 0010; a profile's name where the syntax has no envelope."""


class Transport(Model):
    """How the bytes travelled."""

    kind: Str35
    """as2, sftp, http or folder."""
    message_id: Wire | None = None
    """AS2 Message-ID, or what else names the transmission at the other side."""
    mic: Wire | None = None
    """AS2 digest of what was received."""


class SourceRef(Model):
    """Where a document came from, so that it can be found on the wire and encoded back to the same standard."""

    syntax: Annotated[str, StringConstraints(strict=True, pattern=r"^(x12|edifact|json|xml|csv|fixed)$")]
    """The rule family of the payload."""
    standard_version: Wire | None = None
    """Release and industry as sent: 004010VICS, D96AEAN008. Absent for partners' own forms."""
    document_code: Wire | None = None
    """Transaction set or message type: 850, ORDERS."""
    sender: Identity | None = None
    """Who sent it, by the envelope."""
    receiver: Identity | None = None
    """To whom, by the envelope."""
    interchange_control: Wire | None = None
    """Control number of the interchange, verbatim."""
    group_control: Wire | None = None
    """Control number of the functional group, verbatim."""
    set_control: Wire | None = None
    """Control number of the transaction set, verbatim."""
    set_index: Count | None = None
    """Which set of the interchange it was, from 1."""
    set_count: Count | None = None
    """How many sets the interchange held."""
    transport: Transport | None = None
    """How it travelled."""
    raw_sha256: Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")] | None = None
    """Digest of the payload as received."""
    raw_ref: Str512 | None = None
    """Where the payload is kept."""
    received_at: AwareTime | None = None
    """When the first byte was safe with us."""

    @property
    def release(self) -> str:
        """The release without its industry suffix: 004010, D96A; empty when there is none."""
        return (self.standard_version or "")[: {"x12": 6, "edifact": 4}.get(self.syntax, 0)]

    @property
    def industry(self) -> str:
        """What follows the release: VICS, EAN008; empty when there is nothing."""
        return (self.standard_version or "")[len(self.release) :]


class MapRef(Model):
    """The map that made the document, and what it was built from."""

    id: Str80
    """Name of the map: x12/004010/850, partners/northmart/maps/850."""
    version: Count
    """Its version."""
    hash: Str80
    """Digest of the effective map; part of the id of the event."""
    chain: tuple[Str80, ...] = Field(default=(), exclude_if=none_said)
    """Base and overlays with their versions, the base first."""


class Ids(Model):
    """Global ids: ours, the same on every replay. Partners' own numbers stand in the fields that they fill."""

    order_id: GlobalId | None = None
    """The order that the document is, or is about."""
    shipment_id: GlobalId | None = None
    """The shipment that the document is about."""
    message_id: GlobalId | None = None
    """The transaction set, or the payload, that it was read from."""
    document_id: GlobalId | None = None
    """The document as this gateway stored it."""


class Document(Model):
    """The base block. A document is one flat object: this and its own fields side by side."""

    document_type: str
    """Which document this is."""
    schema_version: Annotated[str, StringConstraints(strict=True, pattern=r"^1\.[0-9]{1,3}$")] = "1.0"
    """Version of the schema it was written with; minor versions only add."""
    ids: Ids = Field(default=Ids(), exclude_if=lambda ids: ids == Ids())
    """Global ids."""
    source_ref: SourceRef | None = None
    """Where it came from; absent in documents that the hub submits."""
    map: MapRef | None = None
    """The map that made it."""
    lineage_ref: Str512 | None = None
    """Where the origin of every value is kept."""
    residue_ref: Str512 | None = None
    """Where the wire's unmapped parts are kept."""
    supersedes: Str80 | None = None
    """Id of the event that this one replaces after a replay with another map."""
    warnings: tuple[Fault, ...] = Field(default=(), exclude_if=none_said)
    """What was noticed and did not stop the document."""
    extensions: dict[
        Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$", max_length=80)], Scalar
    ] = Field(default={}, exclude_if=none_said)
    """Values that one partner needs and the model has no place for: `<owner>.<name>`."""

    @property
    def business_number(self) -> str:
        """The partner's number of this document: with type and partner, the key that finds business duplicates."""
        raise NotImplementedError

    @property
    def ordering_number(self) -> str:
        """Events with one of these stay in order: the business number, unless many documents tell of one thing."""
        return self.business_number

    @property
    def purchase_orders(self) -> tuple[str, ...]:
        """The purchase order numbers that it is about, first seen first; correlation goes by them."""
        raise NotImplementedError

    def replaced(self, **changes: Any) -> Self:
        """A copy with other values, validated anew."""
        return type(self).model_validate({name: getattr(self, name) for name in type(self).model_fields} | changes)


def json_path(location: Iterable[str | int]) -> str:
    """`("orders", 0, "packs", 1, "sscc")` as `$.orders[0].packs[1].sscc`; a hostile key is quoted and cut."""
    path = "$"
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif part.isidentifier() and part.isascii() and len(part) <= 64:
            path += f".{part}"
        else:
            path += f"[{dumps(part[:64])}]"
    return path if len(path) <= 512 else path[:509] + "..."


_CODES = {
    "missing": "required",
    "extra_forbidden": "unknown-field",
    "literal_error": "unknown-code",
    "model_type": "object-expected",
    "tuple_type": "list-expected",
}
_MESSAGES = {
    "missing": "This field is required.",
    "extra_forbidden": "The document has no such field.",
    "string_pattern_mismatch": "The text does not have the form of this field.",
    "model_type": "An object is expected here.",
}


def schema_fault(error: ErrorDetails) -> Fault:
    """What pydantic found, as a fault: our words, the value apart."""
    value = error.get("input")
    return Fault(
        code=_CODES.get(error["type"], error["type"].replace("_", "-"))[:35],
        severity=Severity.ERROR,
        path=json_path(error["loc"]),
        message=_MESSAGES.get(error["type"], error["msg"]),
        value=str(value)[:99] if isinstance(value, str | int | float) else None,
    )
