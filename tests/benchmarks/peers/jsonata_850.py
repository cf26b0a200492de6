"""An 850 for JSONata: the tree as JSON, and an expression that maps a part of what our map does. Standard library and our trees only."""

from typing import Any, Final

from edi.tree import LoopNode, Tree
from edi.values import Segment

__all__ = ["EXPRESSION", "view"]

#: header, parties and lines with their numbers and packs; no dates with times, no charges, no references, no notes
EXPRESSION: Final = """
(
  $ids := {"UP": "gtin", "EN": "gtin", "UK": "gtin", "IN": "buyerItemId", "BP": "buyerItemId", "VN": "sellerItemId", "VA": "sellerItemId"};
  $units := {"EA": "EA", "CA": "XCS", "CS": "XCS", "LB": "LBR", "DZ": "DZN", "IP": "XIN"};
  $roles := {"BY": "buyer", "ST": "shipTo", "BT": "billTo", "SF": "shipFrom", "VN": "seller", "SE": "seller"};
  $date := function($d) { $substring($d, 0, 4) & "-" & $substring($d, 4, 2) & "-" & $substring($d, 6, 2) };
  {
    "documentType": "Order",
    "purpose": BEG[0].`01` = "00" ? "original" : "other",
    "purchaseOrderNumber": BEG[0].`03`,
    "orderDate": $date(BEG[0].`05`),
    "departmentNumber": REF[`01` = "DP"][0].`02`,
    "vendorNumber": REF[`01` = "IA"][0].`02`,
    "parties": N1{ $lookup($roles, `01`): {"name": `02`, "id": `04`, "city": N4[0].`01`} },
    "lines": [ PO1.{
      "lineNumber": `01`,
      "quantity": {"value": `02`, "unit": $lookup($units, `03`)},
      "unitPrice": `04`,
      "item": $merge([
        `06` ? {$lookup($ids, `06`): `07`} : {},
        `08` ? {$lookup($ids, `08`): `09`} : {},
        `10` ? {$lookup($ids, `10`): `11`} : {},
        {"description": PID[0].`05`, "packQuantity": PO4[0].`01`}
      ])
    } ]
  }
)
"""


def view(tree: Tree) -> dict[str, Any]:
    """The tree as objects: tag -> repetitions, element positions as keys, loops as their first segment with what follows inside."""
    return _children(tree.root)


def _children(loop: LoopNode, skip: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for child in loop.children[skip:]:
        if isinstance(child, LoopNode):
            first = child.children[0]
            assert not isinstance(first, LoopNode)
            found.setdefault(child.tag, []).append(_elements(first.segment) | _children(child, 1))
        else:
            found.setdefault(child.tag, []).append(_elements(child.segment))
    return found


def _elements(segment: Segment) -> dict[str, Any]:
    return {f"{number:02}": value for number, value in enumerate(segment.elements, 1) if value}
