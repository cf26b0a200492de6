"""Where certificates stand in a workspace: the six places of AS2, and those of TLS beside it. One closed table of uses."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from as2.certificate_settings import CertificateRef, CertPair, KeyPairRef, KeyRef
from partners.model import Partner, Station, Status, Workspace

__all__ = ["Place", "Use", "places", "places_of_partner", "places_of_station"]


class Use(StrEnum):
    """What the certificates of a place are for. Ours: sign, decrypt, tls, http_client; the others are a partner's."""

    SIGN = "sign"
    DECRYPT = "decrypt"
    TLS = "tls"
    VERIFY = "verify"
    ENCRYPT = "encrypt"
    SERVER = "server"
    CLIENT = "client"
    HTTP_SERVER = "http-server"
    HTTP_CLIENT = "http-client"

    @property
    def is_ours(self) -> bool:
        """True when the private key is ours."""
        return self in {Use.SIGN, Use.DECRYPT, Use.TLS, Use.HTTP_CLIENT}

    @property
    def sends(self) -> bool:
        """True when we choose the one to use; else the other side does, and we accept."""
        return self in {Use.SIGN, Use.TLS, Use.ENCRYPT, Use.HTTP_CLIENT}

    @property
    def sentence(self) -> str:
        """What happens with it, for people."""
        return _SENTENCES[self]


_SENTENCES = {
    Use.SIGN: "we sign with its key",
    Use.DECRYPT: "partners encrypt for it",
    Use.TLS: "we show it to partners' servers",
    Use.VERIFY: "its signatures are verified with it",
    Use.ENCRYPT: "we encrypt for it",
    Use.SERVER: "its AS2 server shows it",
    Use.CLIENT: "its connections to us show it",
    Use.HTTP_SERVER: "its HTTP server shows it",
    Use.HTTP_CLIENT: "we show it to its HTTP server",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One place, with the certificates that settings name there."""

    whose: str  #: id of our station, or of the partner
    use: Use
    pair: CertPair | KeyPairRef = field(repr=False)
    path: tuple[str | int, ...]  #: where it stands in the file
    file: str
    rests: bool = False  #: nothing goes through for this partner, so no end is pressing

    def reference(self, role: str) -> CertificateRef:
        """The certificate in a role that is there: "current", "next" or "previous"."""
        found: CertificateRef | KeyRef = getattr(self.pair, role)
        return found.certificate if isinstance(found, KeyRef) else found


def places(workspace: Workspace) -> Iterator[Place]:
    """All places that are filled: those of our stations, then each partner's."""
    for index, station in enumerate(workspace.own.stations):
        yield from places_of_station(station, index)
    for _, partner in sorted(workspace.partners.items()):
        yield from places_of_partner(partner)


def places_of_station(station: Station, index: int) -> Iterator[Place]:
    """The places of one of our stations, the one with this index in gateway.yaml."""
    if station.as2 is None:
        return
    for use, pair in ((Use.SIGN, station.as2.sign), (Use.DECRYPT, station.as2.decrypt), (Use.TLS, station.as2.tls)):
        if pair is not None:
            yield Place(station.id, use, pair, ("own", "stations", index, "as2", use.value), "gateway.yaml")


def places_of_partner(partner: Partner) -> Iterator[Place]:
    """The places of one partner."""
    file = f"partners/{partner.id}/partner.yaml"
    as2, http = partner.transports.as2, partner.transports.http
    certs = as2.certs if as2 is not None else None
    found: tuple[tuple[Use, CertPair | KeyPairRef | None, tuple[str, ...]], ...] = (
        (Use.VERIFY, certs.verify if certs else None, ("transports", "as2", "certs", "verify")),
        (Use.ENCRYPT, certs.encrypt if certs else None, ("transports", "as2", "certs", "encrypt")),
        (Use.SERVER, certs.tls if certs else None, ("transports", "as2", "certs", "tls")),
        (Use.CLIENT, partner.client_certs, ("client_certs",)),
        (Use.HTTP_SERVER, http.pinned if http else None, ("transports", "http", "pinned")),
        (Use.HTTP_CLIENT, http.client_certificate if http else None, ("transports", "http", "client_certificate")),
    )
    for use, pair, path in found:
        if pair is not None:
            yield Place(partner.id, use, pair, path, file, partner.status in {Status.DRAFT, Status.SUSPENDED})
