"""Two AS2 parties that know each other: Northmart sends, Southgate receives. Either way round works."""

from dataclasses import dataclass, field, replace
from typing import Any

from as2.headers import As2Headers
from as2.keys import OwnKeys, own_keys
from as2.message import SealedMessage, seal_message
from as2.receive import OpenedMessage, open_message
from as2.settings import As2Settings, OwnAs2
from tests.support.certificates import NOW, KeyAndCertificate, certificate

ORDER = (
    b"ISA*00*          *00*          *ZZ*NORTHMART      *ZZ*SOUTHGATE      *261102*0930*U*00401*000000001*0*T*>~"
    b"GS*PO*NORTHMART*SOUTHGATE*20261102*0930*1*X*004010~ST*850*0001~BEG*00*NE*4711**20261102~SE*3*0001~GE*1*1~IEA*1*000000001~"
)


@dataclass(frozen=True)
class Party:
    """An AS2 name with its key and certificate."""

    name: str
    pair: KeyAndCertificate
    next: KeyAndCertificate | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def own(self) -> OwnKeys:
        secrets = {"env:CURRENT": self.pair.key, "env:NEXT": self.next.key if self.next else ""}
        keys: dict[str, Any] = {"current": {"key": "env:CURRENT", "certificate": self.pair.certificate}}
        if self.next:
            keys["next"] = {"key": "env:NEXT", "certificate": self.next.certificate}
        return own_keys(OwnAs2.model_validate({"as2_name": self.name, "keys": keys, "domain": "example.com"}), secrets.__getitem__)

    @property
    def profile(self) -> As2Settings:
        """How the other side describes this party."""
        certs: dict[str, Any] = {"current": self.pair.certificate}
        if self.next:
            certs["next"] = self.next.certificate
        basis = {"url": "https://as2.example.com/as2", "as2_name": self.name, "certs": certs}
        return As2Settings.model_validate(basis | self.settings)

    def having(self, **settings: Any) -> "Party":
        """With these settings in its profile."""
        return replace(self, settings=self.settings | settings)


NORTHMART = Party("Northmart", certificate("northmart", number=1))
SOUTHGATE = Party("South gate", certificate("southgate", number=2))


def seal(payload: bytes = ORDER, *, sender: Party = NORTHMART, receiver: Party = SOUTHGATE, **more: Any) -> SealedMessage:
    """What the sender sends, by its profile of the receiver."""
    values: dict[str, Any] = {"content_type": "application/edi-x12", "filename": "order.edi", "message_id": "<1@example.com>", "now": NOW}
    return seal_message(payload, own=sender.own, partner=receiver.profile, **(values | more))


def opened(message: SealedMessage, *, sender: Party = NORTHMART, receiver: Party = SOUTHGATE) -> OpenedMessage:
    """What the receiver makes of it, by its profile of the sender."""
    headers = As2Headers.parse(message.headers.items())
    return open_message(headers, message.body, own=receiver.own, partner=sender.profile, now=NOW)
