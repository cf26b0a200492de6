"""Cross references: what a partner's items, units, places, carriers, terms and charges are called by us. A step of its own beside the maps.

A document that a partner sent gets `ours` beside each value of theirs; in one that the hub sends, `ours` becomes theirs.
"""

from maps.crossref import sheet
from maps.crossref.places import PLACES, Spot, spots
from maps.crossref.rows import EVERYONE, KEYS, Direction, Kind, Row
from maps.crossref.source import Listed, Source
from maps.crossref.translate import KindPolicy, Missing, Said, Translated, Unknown, inbound, origins, outbound, said_in

__all__ = [
    "EVERYONE",
    "KEYS",
    "PLACES",
    "Direction",
    "Kind",
    "KindPolicy",
    "Listed",
    "Missing",
    "Row",
    "Said",
    "Source",
    "Spot",
    "Translated",
    "Unknown",
    "inbound",
    "origins",
    "outbound",
    "said_in",
    "sheet",
    "spots",
]
