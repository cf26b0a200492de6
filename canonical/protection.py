"""Which kinds of field a consumer may see, as data, and a document without what it may not.

Events go to more than one reader: the hub itself, a logistics provider, a carrier, a service in the cloud. A document is one truth; each
reader gets the part that is its business. What is left is JSON data: a field that the schema needs may be missing in it.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel

from canonical.base import Document
from canonical.field_groups import Group, group_of

__all__ = ["VISIBLE", "Consumer", "hidden", "protected"]

_OURS: Final = "ours"  #: the one name of `Group.INTERNAL`, which stands within fields of all kinds


class Consumer(StrEnum):
    """Classes of readers."""

    HUB = "hub"  #: our own systems: see all
    LOGISTICS = "logistics"  #: a provider that stores and ships for us: no price, no terms, no payment
    CARRIER = "carrier"  #: who moves goods for us: what, from where, to where, and what it costs to move
    CLOUD = "cloud"  #: a service that counts and plans: no price, no destination, no stock, no text
    PARTNER = "partner"  #: the customer or supplier whose document it is: all but what is ours alone


_COMMON: Final = frozenset({Group.WITHIN, Group.IDENTITY, Group.PRODUCT, Group.DEMAND, Group.TRANSPORT, Group.TRACKING})
_BETWEEN_PARTNERS: Final = frozenset(Group) - {Group.INTERNAL, Group.TECHNICAL}

#: consumer -> the kinds of field that it may see
VISIBLE: Final[Mapping[Consumer, frozenset[Group]]] = {
    Consumer.HUB: frozenset(Group),
    Consumer.LOGISTICS: _COMMON | {Group.PLACE, Group.EXECUTION, Group.STOCK, Group.TEXT},
    Consumer.CARRIER: _COMMON | {Group.PLACE, Group.EXECUTION, Group.FREIGHT_COST, Group.TEXT},
    Consumer.CLOUD: _COMMON | {Group.EXECUTION},
    Consumer.PARTNER: _BETWEEN_PARTNERS,
}


def protected(document: Document, consumer: Consumer) -> dict[str, Any]:
    """The JSON form of a document without what a consumer may not see."""
    return _visible(document, document.to_json(), VISIBLE[consumer])


def hidden(document: Document, consumer: Consumer) -> tuple[str, ...]:
    """The JSON paths of what `protected` leaves out."""
    return tuple(_hidden(document.to_json(), protected(document, consumer), "$"))


def _visible(model: BaseModel, data: dict[str, Any], groups: frozenset[Group]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        key = field.alias or name
        group = group_of(type(model), name)
        if key not in data or group is None or group not in groups:
            continue
        if group is not Group.WITHIN:
            result[key] = data[key] if Group.INTERNAL in groups else _without_ours(data[key])
        elif inner := _inner(getattr(model, name), data[key], groups):
            result[key] = inner
    return result


def _inner(value: Any, data: Any, groups: frozenset[Group]) -> Any:
    if isinstance(value, BaseModel):
        return _visible(value, data, groups)
    return [_inner(one, part, groups) for one, part in zip(value, data, strict=True)]


def _without_ours(data: Any) -> Any:
    """What partners call things, without what we call them."""
    if isinstance(data, dict):
        return {key: _without_ours(value) for key, value in data.items() if key != _OURS}
    return [_without_ours(value) for value in data] if isinstance(data, list) else data


def _hidden(whole: Any, part: Any, path: str) -> Iterator[str]:
    if isinstance(whole, dict):
        for key, value in whole.items():
            if key not in part:
                yield f"{path}.{key}"
            else:
                yield from _hidden(value, part[key], f"{path}.{key}")
    elif isinstance(whole, list):
        for index, (value, one) in enumerate(zip(whole, part, strict=True)):
            yield from _hidden(value, one, f"{path}[{index}]")
