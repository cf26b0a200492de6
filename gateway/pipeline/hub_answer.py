"""The answer to a partner that a decision of the hub stands for: an 855, 865 or ORDRSP for orders, else an 824 or APERAK, as agreed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from canonical.base import Document, DocumentError
from canonical.registry import parse
from canonical.scalars import Date, Dec, Str20, Str30, Str512
from gateway.errors import Cause, Refusal
from gateway.pipeline.context import Context
from gateway.plural import counted
from gateway.store import lookup
from partners.identify import Unidentified, agreement_for_document
from partners.model import Agreement, Direction, Partner

__all__ = ["HubLine", "HubReason", "HubSaid", "answer_for"]

#: what may be said of a line, and what of a whole document, in words of the canonical documents
_LINE_REASONS: Final = frozenset(
    {"outOfStock", "discontinued", "notContractItem", "invalidItem", "invalidUnit", "priceDiffers", "minimumNotMet"}
)
_CODES: Final = frozenset(
    {"duplicate", "missing", "outOfRange", "invalidDate", "totalOutOfBalance", "noMatch", "invalidCombination", "incorrect", "mutual"}
)
#: document -> how an advice calls it
_CALLED: Final[Mapping[str, str]] = {
    "Order": "purchaseOrder",
    "OrderChange": "orderChange",
    "OrderAcknowledgment": "orderAcknowledgment",
    "ShipNotice": "shipNotice",
    "Invoice": "invoice",
    "FreightInvoice": "invoice",
    "RemittanceAdvice": "remittance",
    "Receipt": "receipt",
    "ReturnAuthorization": "return",
    "ItemCatalog": "item",
    "LoadTender": "load",
    "LoadTenderResponse": "load",
    "ShipmentStatus": "load",
}
_ANSWERED_BY_LINE: Final = frozenset({"Order", "OrderChange"})
#: of the order into its answer: what names it, and who takes part
_TAKEN: Final = (
    "purchaseOrderNumber",
    "releaseNumber",
    "orderDate",
    "contractNumber",
    "currency",
    "departmentNumber",
    "vendorNumber",
    "customerOrderNumber",
    "sellerOrderNumber",
    "changeSequence",
    "changeRequestNumber",
    "changeDate",
    "parties",
)
_OF_LINE: Final = ("lineId", "lineNumber", "action", "quantityLeftToReceive", "unitPrice", "priceBasis", "priceUnit", "currency", "item")


class _Said(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, validate_by_alias=True, extra="forbid", frozen=True)


class HubReason(_Said):
    """Why."""

    code: str = Field(default="mutual", max_length=40, description=f"One of {', '.join(sorted(_CODES | _LINE_REASONS))}.")
    text: Str512 | None = Field(default=None, description="The same in words, for the partner.")


class HubLine(_Said):
    """What becomes of one line."""

    line_number: Str20 = Field(description="The buyer's line number, as the document has it.")
    status: str | None = Field(
        default=None,
        max_length=40,
        description="accepted, quantityChanged, backordered, dateRescheduled, rejected, …; as the whole when absent.",
    )
    quantity: Dec | None = Field(default=None, description="How much of it; all when absent.")
    date: Date | None = Field(default=None, description="When it is shipped, or delivered: see `dateType`.")
    date_type: str | None = Field(default=None, max_length=40, description="scheduledShip, scheduledDelivery, …")
    reason: HubReason | None = None


class HubSaid(_Said):
    """What the hub says to a document of a partner."""

    reasons: tuple[HubReason, ...] = ()
    lines: tuple[HubLine, ...] = Field(default=(), description="Lines that fare otherwise than the whole, or why.")
    note: Str512 | None = Field(default=None, description="For us: kept with the decision, never told to the partner.")
    promised_ship_date: Date | None = None
    promised_delivery_date: Date | None = None
    answer_number: Str30 | None = Field(default=None, description="The hub's number of the answer, where it has one.")


@dataclass(frozen=True, slots=True)
class _Case:
    """What is answered, and how."""

    original: dict[str, Any]
    purchase_orders: tuple[str, ...]
    row: lookup.Found
    said: HubSaid
    accepts: bool
    is_again: bool  #: in place of an answer that was given before
    now: datetime  #: by the partner's clock

    @property
    def purpose(self) -> str:
        return "replace" if self.is_again else "original"


def answer_for(
    context: Context, row: lookup.Found, said: HubSaid, *, accepts: bool, number: str, is_again: bool, now: datetime
) -> Document | None:
    """The document that tells the partner; None where no answer is agreed. `number` names it where it has to have one.

    Raises Refusal: lines that the document does not have, words that no answer has.
    """
    partner = context.workspace.partners.get(row["partner_id"] or "")
    if partner is None:
        return None
    document = parse(json.loads(row["body"]), row["document_type"])
    case = _Case(document.to_json(), document.purchase_orders, row, said, accepts, is_again, now.astimezone(partner.tzinfo))
    kinds = ("OrderAcknowledgment", "ApplicationAdvice") if row["document_type"] in _ANSWERED_BY_LINE else ("ApplicationAdvice",)
    build = {"OrderAcknowledgment": _acknowledgment, "ApplicationAdvice": _advice}
    for kind in kinds:
        agreement = _agreed(context, partner, kind, str(row["usage"]), case.original)
        if agreement is not None:
            named = said.answer_number or (number if agreement.standard == "edifact" else "")  # an X12 855 needs no number
            return _parsed(build[kind](case, named) | {"documentType": kind}, kind)
    return None


def _agreed(context: Context, partner: Partner, kind: str, usage: str, original: dict[str, Any]) -> Agreement | None:
    """The agreement to send such documents; a change is told from an order by what both have in common with their answers."""
    like: dict[str, Any] = {name: original[name] for name in _TAKEN if name in original}
    found = agreement_for_document(context.workspace, partner.id, kind, Direction.OUTBOUND, usage=usage, body=like)
    return None if isinstance(found, Unidentified) else found


def _parsed(made: dict[str, Any], kind: str) -> Document:
    try:
        return parse(made, kind)
    except DocumentError as error:
        faults = [fault.model_dump(mode="json", by_alias=True, exclude_none=True) for fault in error.faults]
        raise Refusal(Cause.DOCUMENT_INVALID, f"no answer can be made of it: {counted(len(faults), 'fault')}", faults=faults) from None


def _acknowledgment(case: _Case, number: str) -> dict[str, Any]:
    """Every line has its answer: the one that the hub gave it, else that of the whole."""
    said, lines = case.said, list(_answered(case))
    differ = any(response["status"] != "accepted" for line in lines for response in line["responses"])
    status = ("acceptedWithChanges" if differ else "acceptedWithDetail") if case.accepts else "rejectedWithDetail"
    notes = [{"type": "general", "text": reason.text or reason.code} for reason in said.reasons]
    made: dict[str, Any] = {
        "purpose": case.purpose,
        "status": status,
        "acknowledgmentDate": f"{case.now:%Y-%m-%d}",
        **{name: case.original[name] for name in _TAKEN if name in case.original},
        "lines": lines,
    }
    made |= {"acknowledgmentNumber": number} if number else {}
    made |= {"promisedShipDate": said.promised_ship_date.isoformat()} if said.promised_ship_date else {}
    made |= {"promisedDeliveryDate": said.promised_delivery_date.isoformat()} if said.promised_delivery_date else {}
    return made | ({"notes": notes} if notes else {})


def _answered(case: _Case) -> Iterator[dict[str, Any]]:
    told = _by_number(case.original, case.said)
    usual = "accepted" if case.accepts else "rejected"
    for line in case.original.get("lines", ()):
        mine = told.get(str(line.get("lineNumber")), [])
        quantity = line.get("quantity")
        one: dict[str, Any] = {name: line[name] for name in _OF_LINE if name in line}
        one |= {"quantityOrdered": quantity} if quantity else {}
        one["responses"] = [_response(said_of, usual, quantity, case.said) for said_of in mine or (None,)]
        yield one


def _response(line: HubLine | None, usual: str, ordered: dict[str, Any] | None, said: HubSaid) -> dict[str, Any]:
    reason = line.reason if line is not None else None
    if reason is None and usual == "rejected":
        reason = next(iter(said.reasons), None)
    quantity = ordered
    if line is not None and line.quantity is not None and ordered:
        quantity = {**ordered, "value": str(line.quantity)}
    response: dict[str, Any] = {"status": (line.status if line is not None else None) or usual}
    response |= {"quantity": quantity} if quantity else {}
    if line is not None and line.date is not None:
        response |= {"dateType": line.date_type or "scheduledShip", "date": line.date.isoformat()}
    if reason is not None:
        response |= {"reason": reason.code} if reason.code in _LINE_REASONS else {}
        response |= {"text": reason.text} if reason.text else {}
    return response


def _by_number(original: dict[str, Any], said: HubSaid) -> dict[str, list[HubLine]]:
    there = {str(line.get("lineNumber")) for line in original.get("lines", ())}
    told: dict[str, list[HubLine]] = {}
    for index, line in enumerate(said.lines):
        if line.line_number not in there:
            fault = {"path": f"$.lines[{index}].lineNumber", "message": "the document has no such line"}
            raise Refusal(Cause.DOCUMENT_INVALID, "a line is named that the document does not have", faults=[fault])
        told.setdefault(line.line_number, []).append(line)
    return told


def _advice(case: _Case, number: str) -> dict[str, Any]:
    """The whole, and each line of which something was said as an error of it."""
    del number  # it needs one in both standards
    source, orders, row = case.original.get("sourceRef", {}), case.purchase_orders, case.row
    place = {"groupControl": "groupControl", "setControl": "setControl", "documentCode": "setId", "standardVersion": "version"}
    names = {theirs: str(source[ours]) for ours, theirs in place.items() if source.get(ours)}
    errors = [] if case.accepts else [_error(reason) for reason in case.said.reasons]
    for line in case.said.lines:
        context = {"lineNumber": line.line_number, **({"purchaseOrderNumber": orders[0]} if orders else {})}
        errors.append(_error(line.reason or HubReason(), line.status or "") | {"businessContext": context})
    if not case.accepts and not errors:
        errors = [_error(HubReason(text="Rejected by our business application."))]
    notes = [{"type": "general", "text": reason.text or reason.code} for reason in case.said.reasons] if case.accepts else []
    dispositions = {(True, False): "accept", (True, True): "acceptWithErrors", (False, True): "reject"}
    return {
        "purpose": case.purpose,
        "adviceNumber": case.said.answer_number or f"{row['id'].partition('_')[2]}{'-again' if case.is_again else ''}"[-35:],
        "createdAt": case.now.isoformat(timespec="seconds"),
        "acknowledges": {"type": _CALLED.get(row["document_type"], "message"), "businessNumber": row["business_key"]},
        "disposition": dispositions[case.accepts, bool(errors)],
        **({"original": names} if names else {}),
        "errors": errors,
        **({"notes": notes} if notes else {}),
    }


def _error(reason: HubReason, status: str = "") -> dict[str, Any]:
    words = ", ".join(part for part in (status, reason.code if reason.code not in _CODES else "", reason.text or "") if part)
    return {"code": reason.code if reason.code in _CODES else "mutual", **({"text": words[:512]} if words else {})}
