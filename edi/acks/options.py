"""How an agreement wants to be answered, and under which control numbers."""

from dataclasses import dataclass, field
from typing import Literal

from edi.outgoing import WriteOptions

__all__ = ["AckNumbers", "AckOptions"]


@dataclass(frozen=True, slots=True)
class AckNumbers:
    """The control numbers of the answer. `group` and `set` are the first of as many as are needed; more follow by one."""

    interchange: str
    group: str
    set: str = "0001"


@dataclass(frozen=True, slots=True)
class AckOptions:
    """What is sent, and how."""

    accept_with_errors: bool = False  #: faults in segments and elements are named, and the set is taken all the same (AK5 E)
    partial: bool = True  #: a group may be accepted in part (AK9 P); where it may not, one rejected set rejects them all
    #: auto: asked for by ISA14, or the envelope is in error. In EDIFACT it is the bare receipt, where no functional CONTRL is sent
    ta1: Literal["auto", "always", "never"] = "auto"
    ak2_for_accepted: bool = True  #: name accepted sets too, so that partners can reconcile set by set
    functional: bool = True  #: send 997 or 999, CONTRL
    version: Literal["997", "999"] | None = None  #: of X12; None: 997
    write: WriteOptions = field(default_factory=WriteOptions)  #: without delimiters here, those of the partner are used
