"""Which sets usually answer a set: whoever takes the one sends the others. What is drafted from a sample is proposed by it."""

from collections.abc import Mapping
from typing import Final

from edi.values import Standard

__all__ = ["ANSWERS"]

_X12: Final[Mapping[str, tuple[str, ...]]] = {
    "180": ("180",),  # a return is asked for and authorized by the same set
    "204": ("990", "214", "210"),
    "210": (),
    "214": (),
    "810": (),
    "820": (),
    "824": (),
    "832": (),
    "846": (),
    "850": ("855", "856", "810"),
    "852": (),
    "855": (),
    "856": (),
    "860": ("865",),
    "861": (),
    "865": (),
    "940": ("945",),
    "943": ("944",),
    "944": (),
    "945": (),
    "947": (),
    "990": (),
}
_EDIFACT: Final[Mapping[str, tuple[str, ...]]] = {
    "APERAK": (),
    "DESADV": (),
    "IFTMIN": ("IFTSTA",),
    "IFTSTA": (),
    "INVOIC": (),
    "INVRPT": (),
    "ORDCHG": ("ORDRSP",),
    "ORDERS": ("ORDRSP", "DESADV", "INVOIC"),
    "ORDRSP": (),
    "PRICAT": (),
    "RECADV": (),
    "REMADV": (),
    "SLSRPT": (),
}
#: a set -> those that usually answer it, in their order; nothing usually answers those that have none, and of others it is not known
ANSWERS: Final[Mapping[tuple[Standard, str], tuple[str, ...]]] = {
    **{(Standard.X12, set_id): answers for set_id, answers in _X12.items()},
    **{(Standard.EDIFACT, set_id): answers for set_id, answers in _EDIFACT.items()},
}
