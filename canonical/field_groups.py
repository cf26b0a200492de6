"""What kind of thing each field of a document says, as data: who owns it (`ownership`) and who may see it (`protection`) go by that.

A field belongs to the group of its name, or to that of its class and name where a name has several meanings. A group covers all that is
within a field; `Group.WITHIN` says that the fields within have groups of their own.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Final, get_args

from pydantic import BaseModel

__all__ = ["Group", "Place", "group_of", "models_in", "places"]


class Group(StrEnum):
    """Kinds of field."""

    WITHIN = "within"  #: the fields within say it themselves
    IDENTITY = "identity"  #: numbers, dates and kinds of documents and lines
    PRODUCT = "product"
    DEMAND = "demand"  #: what is wanted, how much of it, when
    PRICE = "price"  #: prices, allowances, taxes, values
    TERMS = "terms"  #: contracts, promotions, when to pay
    SETTLEMENT = "settlement"  #: payments and what was taken off them
    CUSTOMER = "customer"  #: who is billed, pays and is paid
    PLACE = "place"  #: who takes part, where goods come from and go to, whom to ask
    EXECUTION = "execution"  #: what was picked, packed, shipped, received
    STOCK = "stock"  #: what lies where, in which state
    TRANSPORT = "transport"  #: who carries, in what, how heavy, over which stops
    TRACKING = "tracking"  #: what carriers report of goods on their way
    FREIGHT_COST = "freight-cost"  #: what carrying costs
    TEXT = "text"  #: notes, references
    EXTENSION = "extension"  #: values that the model knows nothing of, so anything may be in them
    INTERNAL = "internal"  #: our own numbers and names for what partners name
    TECHNICAL = "technical"  #: where the document came from and through which map


_NAMES: Final[Mapping[Group, str]] = {
    Group.WITHIN: "lines orders packs items parties totals sub_lines responses stops consignments events activities quantities",
    Group.IDENTITY: (
        "document_type schema_version ids supersedes purpose order_type purchase_order_number release_number order_date department_number"
        " vendor_number customer_order_number seller_order_number acknowledgment_requested line_id line_number parent_line_number action"
        " order_id change_sequence change_request_number change_date removed change_reason acknowledgment_number acknowledgment_date"
        " advice_number created_at acknowledges disposition original business_context shipment_number structure hl_count"
        " line_count quantity_hash invoice_number invoice_date invoice_type original_invoice_number order_reference"
        " warehouse_order_number link_number master_reference transfer_number agent_shipment_number reporting_code receipt_type"
        " receipt_number receipt_date packing_list_number report_type report_number report_at issue_date as_of period mode sequence"
        " adjustment_date adjustment_number depositor_adjustment_number remittance_number remittance_number_issuer remittance_date"
        " catalog_type catalog_number version revision effective_date return_type return_request_number"
        " original_request_number request_date rma_number original_shipment_number return_by_date decision order_line_number tender_type"
        " load_number respond_by response_date status_number carrier_reference pro_number bill_of_lading_number master_bill_of_lading"
        " appointment_number correction dates stop_sequence"
    ),
    Group.PRODUCT: "item ordered_item brand product_group lifecycle packaging goods",
    Group.DEMAND: (
        "quantity quantity_ordered quantity_left_to_receive quantity_authorized minimum_order_quantity requested_ship_date"
        " requested_delivery_date ship_window delivery_window cancel_after_date schedule promised_ship_date promised_delivery_date status"
        " reason date date_type required_condition required_expiry_after label_ssccs hold_code condition"
    ),
    Group.PRICE: (
        "currency unit_price price_basis price_unit price_type list_price retail_price gross_price line_amount amount allowances_charges"
        " taxes prices amount_due invoice_amount amount_subject_to_discount discounted_amount discount_amount taxable_amount tax_amount"
        " charge_amount other_amounts quantity_invoiced tax_point_date net_amount_due"
    ),
    Group.TERMS: "payment_terms contract_number promotion_number payment_means",
    Group.SETTLEMENT: "payment adjustments",
    Group.CUSTOMER: "bill_to sold_to remit_to payer payee",
    Group.PLACE: (
        "ship_to ship_from mark_for ultimate_consignee shipper consignee warehouse depositor destinations store_number location contacts"
        " buyer seller supplier manufacturer notify other"
    ),
    Group.EXECUTION: (
        "quantity_shipped quantity_shipped_to_date quantity_received quantity_accepted quantity_returned quantity_difference"
        " difference_reason sscc ssccs parent_sscc pallet_sscc lot_number serial_numbers expiration_date production_date type"
        " package_type received_at shipped_at shipped_date ship_date delivery_date exceptions units lading_quantity received shipped"
        " damaged lading_received lading_shipped pallets_returned shipment_summary"
    ),
    Group.STOCK: "state quantity_delta stock_type from_state to_state next_available_date",
    Group.TRANSPORT: (
        "carrier routing equipment freight_terms loading temperature_range packaging_code package_count gross_weight weight weight_type"
        " volume dimensions pallet_count pieces special_handling estimated_delivery_date pickup_date window appointment promised_at"
        " reference freight_class"
    ),
    Group.TRACKING: "tracking_numbers tracking_number status_text appointment_status appointment_reason occurred_at",
    Group.FREIGHT_COST: "freight_charge charge charges billed",
    Group.TEXT: "notes references description text errors further explanation",
    Group.EXTENSION: "extensions",
    Group.INTERNAL: "ours",
    Group.TECHNICAL: "source_ref map lineage_ref residue_ref warnings",
}

#: names that mean something else in one class
_OF_CLASS: Final[Mapping[str, Mapping[str, Group]]] = {
    "Stop": {"type": Group.TRANSPORT, "quantity": Group.TRANSPORT, "items": Group.PRODUCT},
    "PromisedStop": {"type": Group.TRANSPORT},
    "StopOrder": {"quantity": Group.TRANSPORT, "items": Group.PRODUCT},
    "LoadTender": {"items": Group.PRODUCT},
    "TrackedConsignment": {"quantity": Group.TRANSPORT, "exceptions": Group.TRACKING},
    "TrackingEvent": dict.fromkeys(("status", "reason", "location", "equipment", "sscc"), Group.TRACKING),
    "ShippedItem": {"status": Group.EXECUTION},
    "ConfirmedLine": {"status": Group.EXECUTION},
    "InventoryReportLine": dict.fromkeys(("location", "lot_number", "serial_numbers", "expiration_date"), Group.STOCK),
    "StockQuantity": dict.fromkeys(
        ("quantity", "reason", "as_of", "location", "lot_number", "serial_numbers", "expiration_date"), Group.STOCK
    ),
    "AdjustedLine": dict.fromkeys(("reason", "location", "lot_number", "expiration_date"), Group.STOCK),
    "RemittanceAdvice": {"items": Group.SETTLEMENT},
    "ProductActivity": {"type": Group.IDENTITY, "reference": Group.TEXT},
    "ItemCatalog": {"expiration_date": Group.IDENTITY, "description": Group.TEXT},
    "CatalogLine": {"dimensions": Group.PRODUCT},
    "Invoice": {"delivery_date": Group.EXECUTION},
    "FreightInvoice": {"net_amount_due": Group.FREIGHT_COST, "currency": Group.FREIGHT_COST},
}

_BY_NAME: Final[Mapping[str, Group]] = {name: group for group, names in _NAMES.items() for name in names.split()}
Place = tuple[type[BaseModel], str]  #: a field by the class that has it


def group_of(model: type[BaseModel], name: str) -> Group | None:
    """The group of a field; None when nobody has said it, which a test does not let pass."""
    for one in model.__mro__:
        found = _OF_CLASS.get(one.__name__, {}).get(name)
        if found is not None:
            return found
    return _BY_NAME.get(name)


def models_in(annotation: Any) -> tuple[type[BaseModel], ...]:
    """The models that stand in the type of a field."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return (annotation,)
    return tuple(model for inner in get_args(annotation) for model in models_in(inner))


@cache
def places(model: type[BaseModel]) -> tuple[Place, ...]:
    """Every field of a document that needs a group: its own, and those within fields of `Group.WITHIN`."""
    return tuple(dict.fromkeys(_places(model, ())))


def _places(model: type[BaseModel], above: tuple[type[BaseModel], ...]) -> Iterator[Place]:
    for name, field in model.model_fields.items():
        yield model, name
        if group_of(model, name) is Group.WITHIN:
            for inner in models_in(field.annotation):
                if inner not in (*above, model):
                    yield from _places(inner, (*above, model))
