"""What things are called by people: `850 0001`, `Order 4500200001`, `997 000000005`, each with the business number behind it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection

from gateway.states import Thing
from gateway.store import keys, lookup

__all__ = ["Subjects"]

_MANY = 100_000
_NAMED_BY = ("document_id", "answers_document_id", "transmission_id")  #: what a thing may take its name from


class Subjects:
    """The names of some things, looked up together."""

    def __init__(self, connection: Connection, ids: Iterable[str]) -> None:
        self._connection = connection
        self._rows: dict[str, lookup.Found] = {}
        self._names: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._by_transmission: dict[str, str] = {}  #: what our own transmissions carry
        wanted = set(ids)
        self._load(wanted)
        self._load({row[name] for row in self._rows.values() for name in _NAMED_BY if row.get(name)})
        self._name_what_travels()
        for id_ in wanted & self._rows.keys():
            self._names[id_] = self._name(self._rows[id_])

    def about(self, id_: str) -> str:
        """The name; empty where nothing has the id."""
        return self._names.get(id_, "")

    def number(self, id_: str) -> str:
        """The business number; empty where none is known."""
        return self._numbers.get(id_, "")

    def fields(self, id_: str) -> dict[str, str]:
        """Both, as they stand in answers."""
        return {name: value for name, value in (("about", self.about(id_)), ("businessNumber", self.number(id_))) if value}

    def _load(self, ids: set[str]) -> None:
        by_thing: dict[Thing, set[str]] = {}
        for id_ in ids - self._rows.keys():
            thing = lookup.thing_of_id(id_)
            if thing is not None:
                by_thing.setdefault(thing, set()).add(id_)
        for thing, some in by_thing.items():
            self._rows |= {row["id"]: row for row in lookup.where(self._connection, thing, _MANY, id=some)}

    def _name_what_travels(self) -> None:
        """Transmissions of ours by what is in them, so that a delivery and an answer can be named by it."""
        rows = list(self._rows.values())
        ours = {row["transmission_id"] for row in rows if row["id"].startswith("dlv_") and row["transmission_id"]}
        ours |= {row["answers_transmission_id"] for row in rows if row["id"].startswith("ack_") and row["answers_transmission_id"]}
        ours |= {row["id"] for row in rows if row["id"].startswith("trn_") and row["direction"] == "outbound"}
        if not ours:
            return
        for row in lookup.where(self._connection, Thing.ACKNOWLEDGMENT, _MANY, transmission_id=ours, direction="outbound"):
            if row["answers_document_id"] is not None:  # a document of ours, which has its own name
                continue
            self._load({row["transmission_id"]})
            self._by_transmission[row["transmission_id"]] = self._own_acknowledgment(row)
        for row in lookup.where(self._connection, Thing.DOCUMENT, _MANY, transmission_id=ours, direction="outbound"):
            self._by_transmission[row["transmission_id"]] = f"{row['document_type']} {row['business_key']}"
            self._numbers.setdefault(row["transmission_id"], row["business_key"])

    def _own_acknowledgment(self, row: lookup.Found) -> str:
        carrier = self._rows.get(row["transmission_id"] or "")
        return f"{row['kind']} {carrier['control_number'] if carrier else ''}".strip()

    def _name(self, row: lookup.Found) -> str:
        match lookup.thing_of_id(row["id"]):
            case Thing.TRANSMISSION:
                return self._transmission(row)
            case Thing.TRANSACTION_SET:
                self._number_of_set(row)
                return f"{row['set_id']} {row['control_number']}".strip()
            case Thing.DOCUMENT:
                self._numbers[row["id"]] = row["business_key"]
                return f"{row['document_type']} {row['business_key']}"
            case Thing.DELIVERY:
                return self._delivery(row)
            case _:
                return self._acknowledgment(row)

    def _transmission(self, row: lookup.Found) -> str:
        if row["id"] in self._by_transmission:
            return self._by_transmission[row["id"]]
        if row["control_number"]:
            return f"interchange {row['control_number']}"
        return f"file {row['file_name']}" if row["file_name"] else f"{row['transport']} message"

    def _number_of_set(self, row: lookup.Found) -> None:
        numbers: list[Any] = [d["business_key"] for d in lookup.where(self._connection, Thing.DOCUMENT, 1, transaction_set_id=row["id"])]
        numbers += sorted(number for some in keys.numbers_of(self._connection, row["id"]).values() for number in some)
        if numbers:
            self._numbers[row["id"]] = numbers[0]

    def _delivery(self, row: lookup.Found) -> str:
        if row["kind"] == "mdn":
            return "MDN"
        document = self._rows.get(row["document_id"] or "")
        if document is not None:
            self._numbers[row["id"]] = document["business_key"]
            return f"{document['document_type']} {document['business_key']}"
        return self._by_transmission.get(row["transmission_id"] or "", "delivery")

    def _acknowledgment(self, row: lookup.Found) -> str:
        document = self._rows.get(row["answers_document_id"] or "")
        if document is not None:
            self._numbers[row["id"]] = document["business_key"]
            return f"{row['kind']} for {document['document_type']} {document['business_key']}"
        if row["direction"] == "outbound":
            return self._own_acknowledgment(row)
        answered = row["answers_transmission_id"] or ""
        if answered in self._numbers:
            self._numbers[row["id"]] = self._numbers[answered]
        subject = self._by_transmission.get(answered)
        return f"{row['kind']} for {subject}" if subject else f"{row['kind']} for control number {row['control_number']}"
