"""Fields that no shipped map reads or writes, each with its reason: `Class.field` -> why it stays."""

UNUSED: dict[str, str] = {
    "AdjustedLine.fromState": "derived by the document from reason, sign and part of the stock (canonical/inventory_states.py)",
    "AdjustedLine.toState": "derived by the document from reason, sign and part of the stock (canonical/inventory_states.py)",
    "ChangeLine.removed": "neither 860 nor ORDCHG has a mark for what is taken away; the hub and partners' own forms say it",
    "ConfirmedPack.palletSscc": "X12 has no mark that says pallet; an overlay binds the one that a warehouse uses",
    "OrderChange.removed": "neither 860 nor ORDCHG has a mark for what is taken away; the hub and partners' own forms say it",
    "ReceivedTotals.received": "W1401 is computed and compared; the hub and partners' own forms say it, rules check it",
    "WarehouseTotals.units": "W0301 and W7601 are computed and compared; the hub and partners' own forms say it, rules check it",
}
