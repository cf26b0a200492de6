"""What an explanation is made of. Only values: they are rendered elsewhere."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from as2.cms.certificate import Certificate
from as2.errors import Step
from as2.explain.cause_texts import CAUSES, CauseText
from as2.explain.causes import Cause
from as2.keys import OwnKeys
from as2.mic import Mic
from as2.settings import As2Settings

__all__ = ["Circumstances", "Explanation", "Fact", "Finding", "KnownCertificate", "Switch", "Tried"]

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]*\Z")  #: needs no quotes in YAML


@dataclass(frozen=True, slots=True)
class KnownCertificate:
    """A certificate that lies somewhere in the workspace, configured or not. `whose` is "ours", "partner" or "other"."""

    label: str  #: its file: "certs/own-2025.pem"
    whose: str
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a message is judged by: the profile, our keys, the moment, and what else is known here."""

    own: OwnKeys | None
    partner: As2Settings  #: with the partner's AS2 name, and with the PEM text of its certificates
    now: datetime
    known: tuple[KnownCertificate, ...] = ()
    our_names: tuple[str, ...] = ()  #: AS2 names of all our stations
    their_names: tuple[str, ...] = ()  #: AS2 names of all partners


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that stands in the message, for whoever compares it with the partner."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Switch:
    """A setting of the partner's profile, and its line below `transports.as2` in partner.yaml."""

    settings: Mapping[str, Any]

    @property
    def line(self) -> str:
        """`tolerance: {canonical_retry: true}`."""
        return ", ".join(f"{name}: {_flow(value)}" for name, value in self.settings.items())


def _flow(value: Any) -> str:
    """A value in YAML's flow style; all of ours are words, numbers, lists and mappings."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return text if _PLAIN.match(text) else json.dumps(text)


@dataclass(frozen=True, slots=True)
class Tried:
    """One change of the circumstances or of the bytes, and whether it would have helped."""

    what: str
    fits: bool
    switch: Switch | None = None  #: None: nothing that can be set here


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause with what belongs to it."""

    cause: Cause
    detail: str = ""  #: the offending thing itself: a serial number, a boundary, a name. Partner data: for people only, never logged
    switch: Switch | None = None
    tried: tuple[Tried, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer of `explain`."""

    subject: str  #: what the cause is in: "message", "receipt", "stray receipt", or of ours "message to send", "receipt to send"
    cause: Cause
    detail: str = ""
    switch: Switch | None = None
    steps: tuple[Step, ...] = ()
    facts: tuple[Fact, ...] = ()
    tried: tuple[Tried, ...] = ()
    our_mic: Mic | None = None
    their_mic: Mic | None = None
    answer: str = ""  #: the disposition that the partner got, or gave
    certificates: Mapping[str, str] = field(default_factory=dict)  #: what each fingerprint in `steps` is

    @property
    def text(self) -> CauseText:
        """Sentence, owner and next action."""
        return CAUSES[self.cause]

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return self.text.owner == "nobody"
