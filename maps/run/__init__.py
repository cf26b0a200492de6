"""Runs maps: decode and encode, with findings, lineage and residue."""

from maps.run.map import Map
from maps.run.residue import Residue
from maps.run.values import DecodeContext, Decoded, EncodeContext, Encoded, Lineage

__all__ = ["DecodeContext", "Decoded", "EncodeContext", "Encoded", "Lineage", "Map", "Residue"]
