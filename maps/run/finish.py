"""The end of decoding: totals compared, defaults filled, the base block, and the document made of the data."""

import re
from decimal import Decimal
from typing import Any, Final

from pydantic import ValidationError

from canonical import ids
from canonical.base import Document, DocumentError
from canonical.registry import DOCUMENTS, parse
from maps.codecs.numbers import parsed, plain
from maps.expressions import Expression
from maps.finding import MapFindingCode, Severity
from maps.model import MapSpec
from maps.paths import dotted, get, put
from maps.run.state import Check, DecodeState, Object
from maps.run.values import Lineage
from maps.views import VIEWS

__all__ = ["finish"]

_INDEX: Final = re.compile(r"\[[0-9]+\]")
_CURRENCY: Final = ("currency",)
_OF_ORDER: Final = frozenset({"Order", "OrderChange", "OrderAcknowledgment"})  #: whose number and lines are those of one order


def finish(spec: MapSpec, state: DecodeState) -> Document | None:
    """Complete the data that the rules made; the document, if nothing is wrong with it."""
    for check in state.checks:
        _compare(spec, state, check)
    _default(spec, state)
    _identify(spec, state)
    return _parsed(spec, state)


def _compare(spec: MapSpec, state: DecodeState, check: Check) -> None:
    expected = Decimal(state.levels) if check.calc.expression is None else check.calc.expression.evaluate(check.scope)
    text = parsed(check.text, state.context.decimal)
    where: dict[str, Any] = {"record": check.record, "frame": check.frame, "place": check.calc.place, "value": check.text}
    if text is None:
        state.fault(MapFindingCode.NUMBER_INVALID, check.path, check.rule.address, **where)
    elif not isinstance(expected, Decimal) or Decimal(text) != expected:
        severity = Severity.ERROR if check.rule.check == "error" else Severity.WARNING
        cause = _cause(spec, state, check.calc.expression)
        state.fault(
            MapFindingCode.CHECK_FAILED, check.path, check.rule.address, severity=severity, hint=check.calc.source, caused_by=cause, **where
        )


def _cause(spec: MapSpec, state: DecodeState, expression: Expression | None) -> MapFindingCode | None:
    """The fault of a value that the total counts: then the total is a cascade."""
    counted = {path for one in (expression.paths if expression else ()) for path in _places(spec, one)}
    for finding in state.findings:
        where = _INDEX.sub("", finding.path).removeprefix("$.")
        if finding.severity is Severity.ERROR and any(path == where or path.startswith(f"{where}.") for path in counted):
            return finding.code
    return None


def _places(spec: MapSpec, path: tuple[str, ...]) -> set[str]:
    """What a total counts, as fields of the document; a total that is written for a view counts what stands there."""
    view = VIEWS.get(spec.view)
    if view is None:
        return {".".join(path)}
    shapes = (".".join(f"{key}[]" if number < depth else key for number, key in enumerate(path)) for depth in range(len(path)))
    found = [view.field(shape) for shape in shapes]
    return {one.replace("[]", "") for place in found for one in ((place,) if isinstance(place, str) else place)}


def _default(spec: MapSpec, state: DecodeState) -> None:
    for default in spec.defaults:
        if get(state.document, default.path) is None:
            value = default.constant if default.expression is None else default.expression.evaluate(state.document)
            if isinstance(value, Decimal):
                value = int(value) if value == value.to_integral_value() else plain(format(value, "f"))
            _fill(state, default.path, value)
    if spec.document == "OrderChange":  # what is absent there stays as it is
        return
    if state.context.currency and "currency" in DOCUMENTS[spec.document].model_fields and "currency" not in state.document:
        _fill(state, _CURRENCY, state.context.currency)


def _fill(state: DecodeState, path: tuple[str, ...], value: Any) -> None:
    if value is None or not put(state.document, path, value) or state.lineage is None:
        return
    state.lineage.append(Lineage(f"${dotted(path)}", "defaulted", "", 0, "", str(value), "", "defaults"))


def _identify(spec: MapSpec, state: DecodeState) -> None:
    """The base block: what kind of document, whose, from where, through which map."""
    document, context = state.document, state.context
    given: Object = {}
    if spec.document in _OF_ORDER:
        order = ids.order_id(context.own, context.partner, _text(document, "purchaseOrderNumber"), _text(document, "releaseNumber"))
        given = {"orderId": order}
        for ordinal, line in enumerate(document.get("lines", ()), 1):
            if spec.document == "Order" or line.get("lineNumber"):  # the place of a line says something in the order alone
                line["lineId"] = ids.line_id(order, line.get("lineNumber"), ordinal, _item_key(line))
    elif spec.document == "ShipNotice":
        given = {"shipmentId": ids.shipment_id(context.own, context.partner, _text(document, "shipmentNumber"))}
        for order in document.get("orders", ()):
            number, release = _text(order, "purchaseOrderNumber"), _text(order, "releaseNumber")
            order["orderId"] = ids.order_id(context.own, context.partner, number, release)
    reference = {"id": spec.name, "version": spec.version, "hash": spec.hash, "chain": list(spec.chain)}
    base = {"documentType": spec.document, "schemaVersion": DOCUMENTS[spec.document].model_fields["schema_version"].default, "ids": given}
    base |= {"sourceRef": context.source_ref.to_json(), "map": reference}
    state.document = {**base, **{key: value for key, value in document.items() if key not in base}}


def _text(scope: Object, key: str) -> str:
    value = scope.get(key)
    return value if isinstance(value, str) else ""


def _item_key(line: Object) -> str:
    item = line.get("item")
    keys = ("gtin", "buyerItemId", "sellerItemId", "manufacturerItemId", "sku")
    return next((item[key] for key in keys if isinstance(item.get(key), str)), "") if isinstance(item, dict) else ""


def _parsed(spec: MapSpec, state: DecodeState) -> Document | None:
    """The document. What its schema refuses is told, unless a finding already says it of the same place."""
    if not state.findings:
        try:
            return DOCUMENTS[spec.document].model_validate(state.document, by_alias=True, by_name=False)
        except ValidationError:
            pass
    told = {finding.path for finding in state.findings if finding.severity is Severity.ERROR}
    try:
        document = parse(state.document, spec.document)
    except DocumentError as error:
        for fault in error.faults:
            if not any(path == fault.path or path.startswith((f"{fault.path}.", f"{fault.path}[")) for path in told):
                state.fault(MapFindingCode.DOCUMENT_INVALID, fault.path, "", value=fault.value, hint=fault.code)
        return None
    return None if state.failed else document
