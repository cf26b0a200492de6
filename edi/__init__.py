"""X12 and EDIFACT syntax: bytes to trees and back, grammars, findings, acknowledgments. No I/O; standard library only.

Here are the values that everybody meets. What does the work is in modules of its own, so that importing a value loads no grammar:
`edi.read.read`, `edi.validate.validate_interchange`, `edi.build.Builder`, `edi.write.write`, `edi.acks.answer` and `read_acks`,
`edi.describe.sentence` and `outline`.
"""

from edi.delimiters import Delimiters
from edi.envelope import FunctionalGroup, Interchange, TransactionSet
from edi.errors import EdiError, GrammarError, NoInterchangeError, WriteError
from edi.finding import Finding, FindingCode, Scope, Severity
from edi.location import Location
from edi.outgoing import OutgoingGroup, OutgoingInterchange, OutgoingSet, WriteOptions
from edi.tolerance import STANDARD, Tolerance
from edi.values import Composite, Identity, Repeats, Segment, Standard

__all__ = [
    "STANDARD",
    "Composite",
    "Delimiters",
    "EdiError",
    "Finding",
    "FindingCode",
    "FunctionalGroup",
    "GrammarError",
    "Identity",
    "Interchange",
    "Location",
    "NoInterchangeError",
    "OutgoingGroup",
    "OutgoingInterchange",
    "OutgoingSet",
    "Repeats",
    "Scope",
    "Segment",
    "Severity",
    "Standard",
    "Tolerance",
    "TransactionSet",
    "WriteError",
    "WriteOptions",
]
