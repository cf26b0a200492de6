"""Every check of a document's sense by its name: what it means when it fails, who has to act, and what it does unless a partner's
profile says otherwise. The functions beside this module find the faults; a test keeps their names and these the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from canonical.base import Fault, Severity

__all__ = ["RULES", "CheckRule", "Default", "Owner", "as_markdown", "owner_of", "switched"]

#: hub: whoever made the document there. warehouse: whoever packed, shipped or received. analyst: whoever keeps tables and profiles here.
#: partner: the other company.
Owner = Literal["hub", "warehouse", "analyst", "partner"]
#: `either`: an error in some documents, a warning in others
Default = Literal["error", "warn", "either"]


@dataclass(frozen=True, slots=True)
class CheckRule:
    """One check."""

    meaning: str  #: what is wrong, for people
    owner: Owner
    default: Default = "error"


_R = CheckRule
_HUB: Final = {
    "added-line-incomplete": _R("An added line says neither product nor quantity.", "hub"),
    "amount-differs": _R("Lines, allowances, charges and taxes do not add up to the amount.", "hub", "either"),
    "amount-due-differs": _R("The charges of the lines do not add up to what is due.", "partner", "warn"),
    "amount-missing": _R("An allowance or charge has neither amount nor percentage nor rate.", "hub", "warn"),
    "amount-negative": _R("An amount is less than nothing where that means nothing.", "hub", "either"),
    "answered-more-than-ordered": _R("The answers to a line cover more than was ordered.", "hub"),
    "answers-differ": _R("The answer to a line is another than that to the whole order.", "hub", "warn"),
    "cancellation-with-lines": _R("The whole order is cancelled, and yet lines say something else.", "hub", "warn"),
    "cancelled-before-window": _R("The order is void before it may be shipped.", "partner", "warn"),
    "change-not-said": _R("A line says what kind of change it is and not the new value.", "hub"),
    "charges-differ": _R("The charges of the lines do not add up to the total.", "partner"),
    "currency-unknown": _R("ISO 4217 has no such currency.", "hub"),
    "date-missing": _R("A kind of date is there, and not the date.", "hub", "warn"),
    "delivered-before-pickup": _R("Goods are delivered before they are picked up.", "partner"),
    "delivery-before-ship": _R("Goods arrive before they are shipped.", "hub"),
    "delivery-late": _R("Goods arrive after the window of the order.", "hub", "warn"),
    "discount-differs": _R("The invoiced amount less the discount is not what is due.", "hub", "warn"),
    "due-before-invoice": _R("The payment is due before the invoice was written.", "hub", "warn"),
    "invoice-empty": _R("Nothing says what is charged.", "hub", "warn"),
    "item-not-identified": _R("Nothing names the product; a description is not enough.", "hub"),
    "line-amount-differs": _R("Quantity times price is not the amount of the line.", "hub", "warn"),
    "line-count-differs": _R("The document has another number of lines than it says.", "hub"),
    "line-not-named": _R("Neither a line number nor a product says which line is meant.", "hub"),
    "line-number-duplicate": _R("Two lines have the same number.", "hub", "error"),
    "line-total-differs": _R("The lines do not add up to their total.", "hub"),
    "line-unanswered": _R("The answer is given line by line, and a line has none.", "hub", "warn"),
    "lines-missing": _R("Nothing says what to ship.", "hub"),
    "parent-line-unknown": _R("No line has the number that a part names as its whole.", "hub"),
    "payment-differs": _R("Items and adjustments do not add up to what was paid.", "partner"),
    "paid-differs": _R("Invoice, discount and adjustments do not explain what was paid.", "partner", "warn"),
    "quantity-hash-differs": _R("The quantities do not add up to their sum.", "hub"),
    "quantity-missing": _R("Nothing says how much.", "hub"),
    "quantity-negative": _R("A quantity is less than nothing.", "hub", "either"),
    "quantity-not-positive": _R("A quantity is nothing, or less.", "hub"),
    "quantity-over-request": _R("More may come back than was asked for.", "hub", "warn"),
    "reason-doubled": _R("A reason is given for the request and for the answer at once.", "hub"),
    "reason-missing": _R("Something is refused or in question, and nothing says why.", "hub", "warn"),
    "removed-and-said": _R("A field is removed and has a new value.", "hub"),
    "removed-unknown": _R("A removed field is none of the order, or one that it needs.", "hub"),
    "rma-missing": _R("A return is authorized by a number that is not given.", "hub", "warn"),
    "routing-check-digit": _R("A bank routing number fails its check digit.", "hub", "warn"),
    "ship-to-missing": _R("Nothing says where the goods go.", "hub"),
    "substitute-missing": _R("Another product comes, and nothing says which.", "hub"),
    "tax-differs": _R("The rate gives another tax.", "hub", "warn"),
    "window-reversed": _R("A window ends before it starts.", "hub", "either"),
}
_AGAINST: Final = {
    "confirmed-quantity-differs": _R("The quantity is not what the warehouse has confirmed to have shipped.", "warehouse"),
    "item-differs": _R("The line of the order has another product.", "hub"),
    "line-unknown": _R("The order has no such line.", "hub"),
    "order-unknown": _R("No order with this number is known, where others that it names are.", "hub"),
    "price-differs": _R("The price is another than that of the order.", "hub", "warn"),
    "quantity-over-ordered": _R("More of a line than was ordered.", "hub"),
    "quantity-over-shipped": _R("More of a line is invoiced than the ship notices say has left.", "hub", "warn"),
    "ship-date-outside-window": _R("The order was to be shipped on other days.", "hub"),
    "unit-differs": _R("Ordered in another unit, so the quantities could not be compared.", "hub", "warn"),
}
_WAREHOUSE: Final = {
    "damaged-differs": _R("The exceptions of the lines do not add up to what is damaged.", "warehouse", "warn"),
    "destinations-differ": _R("The places do not add up to the sum.", "partner", "warn"),
    "destinations-differs": _R("The places do not add up to the quantity of the line.", "hub"),
    "difference-differs": _R("Ordered less shipped is not the difference.", "warehouse"),
    "exceptions-over-received": _R("More is in question than was received.", "warehouse", "warn"),
    "on-hand-differs": _R("The states of a stock do not add up to what is on hand.", "warehouse", "warn"),
    "on-hand-exceeded": _R("More is in other states than is on hand.", "warehouse", "warn"),
    "order-empty": _R("Nothing of an order was shipped.", "warehouse"),
    "pack-empty": _R("Nothing is in a pack.", "warehouse"),
    "package-count-differs": _R("Another number of packs is listed.", "warehouse", "warn"),
    "promise-exceeds-stock": _R("More may be promised than is free or on its way.", "hub", "warn"),
    "purpose-unfit": _R("A report of stock is cancelled; a newer one replaces it.", "warehouse"),
    "quantities-missing": _R("Nothing says how much stock there is.", "warehouse", "warn"),
    "quantity-over-received": _R("More is accounted for than was received.", "warehouse"),
    "quantity-zero": _R("An adjustment changes nothing.", "warehouse", "warn"),
    "reason-in-snapshot": _R("A reason belongs to a change, and this is none.", "warehouse", "warn"),
    "received-after-advice": _R("The goods arrived after this was written.", "warehouse", "warn"),
    "schedule-differs": _R("The parts by day do not add up to the quantity of the line.", "hub"),
    "as-of-after-report": _R("The report tells of a time after it was written.", "warehouse", "warn"),
    "sscc-check-digit": _R("An SSCC fails its check digit: the label was not printed from a right number.", "warehouse"),
    "sscc-duplicate": _R("Two packs have the same SSCC.", "warehouse"),
    "sscc-parent-unknown": _R("A pack stands on a pallet that is not listed.", "warehouse"),
    "sscc-reused": _R("An earlier shipment of the last year had a pack with this SSCC.", "warehouse"),
    "sign-differs": _R("The reason takes stock away and the quantity adds it, or the other way round.", "warehouse"),
    "status-differs": _R("A line is told to be complete, and less was shipped than ordered.", "warehouse", "warn"),
    "stock-repeated": _R("The same stock stands twice.", "warehouse"),
    "units-differ": _R("The quantities do not add up to the total of units.", "warehouse"),
}
_CARRIER: Final = {
    "accepted-with-errors": _R("It is accepted as it is, and yet has errors.", "partner", "warn"),
    "answer-after-pickup": _R("The answer is due after the first stop.", "hub", "warn"),
    "load-not-unloaded": _R("What is loaded does not weigh what is unloaded.", "hub", "warn"),
    "load-unknown": _R("Nothing says which load is meant.", "partner"),
    "nothing-to-match": _R("No number by which it could be matched with what is known here.", "partner", "either"),
    "scac-form": _R("A SCAC has two to four letters.", "analyst"),
    "status-and-appointment": _R("An event has a status or tells of an appointment, never both.", "partner"),
    "status-missing": _R("Nothing says what happened.", "partner"),
    "stop-sequence-duplicate": _R("Two stops have the same number.", "hub"),
    "stop-sequence-order": _R("The numbers of the stops do not increase.", "hub"),
    "stops-not-a-way": _R("A way begins with loading and ends with unloading.", "hub", "warn"),
    "stops-too-few": _R("A load goes from somewhere to somewhere else.", "hub"),
    "time-missing": _R("Nothing says when it happened.", "partner", "warn"),
    "volume-differs": _R("The parts take up another room than the whole.", "warehouse", "warn"),
    "weight-differs": _R("The parts have another weight than the whole.", "hub", "warn"),
}
_ANALYST: Final = {
    "country-unknown": _R("ISO 3166-1 has no such country.", "analyst", "warn"),
    "gln-check-digit": _R("A GLN has 13 digits, the last of them its check digit.", "analyst"),
    "gtin-check-digit": _R("A GTIN fails its check digit.", "analyst"),
    "movement-differs": _R("The reason changes another state of stock.", "analyst"),
    "movement-unmapped": _R("The reason does not say which state of stock changed.", "analyst", "warn"),
    "reason-unmapped": _R("Nobody has said what this reason does to stock.", "analyst"),
    "state-unmapped": _R("Nobody has said which state of stock this code means.", "analyst"),
    "status-unmapped": _R("Nobody has said what this code means.", "analyst", "warn"),
}
#: found while cross references are looked up, so no switch: `xref` in the profile says what is unknown means
_CROSS: Final = {
    "cross-reference-unknown": _R("No cross reference says what this is on the other side.", "analyst", "either"),
    "cross-reference-defaulted": _R("The cross reference for anything else was taken.", "analyst", "warn"),
    "cross-reference-not-possible": _R("A cross reference gives a value that cannot stand there.", "analyst"),
    "quantity-not-whole": _R("The quantity is no whole number in the partner's unit.", "warehouse"),
    "quantity-too-large": _R("The converted quantity has more digits than a quantity can have.", "analyst"),
}
RULES: Final[Mapping[str, CheckRule]] = dict(sorted((_HUB | _AGAINST | _WAREHOUSE | _CARRIER | _ANALYST).items()))
_OWNERS: Final = {**RULES, **_CROSS}


def owner_of(code: str) -> str:
    """Who has to act on a fault; empty for a code that is none of a check."""
    rule = _OWNERS.get(code)
    return rule.owner if rule is not None else ""


def switched(faults: Iterable[Fault], switches: Mapping[str, str]) -> tuple[Fault, ...]:
    """Faults as a partner's switches want them: `error`, `warn` or `off` by name; what has no switch stays."""
    kept = []
    for fault in faults:
        match switches.get(fault.code):
            case "off":
                continue
            case "warn":
                kept.append(fault.model_copy(update={"severity": Severity.WARNING}))
            case "error":
                kept.append(fault.model_copy(update={"severity": Severity.ERROR}))
            case _:
                kept.append(fault)
    return tuple(kept)


def as_markdown() -> str:
    """The table that `canonical/rules/README.md` shows."""
    lines = ["| check | what is wrong | who acts | unless switched |", "| --- | --- | --- | --- |"]
    lines += [f"| `{name}` | {rule.meaning} | {rule.owner} | {rule.default} |" for name, rule in RULES.items()]
    return "\n".join(lines) + "\n"
