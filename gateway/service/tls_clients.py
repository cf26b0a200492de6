"""The TLS client certificates that partners' profiles name: by the SHA-256 of the certificate, never by the names in it."""

import ssl
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from as2.cms.certificate import Certificate
from as2.keys import CertificateError, accepted
from gateway.log import logger
from gateway.pipeline.active import Active
from gateway.pipeline.context import Context
from partners.model import Partner

__all__ = ["TlsClients"]

_LOOK_EVERY: Final = timedelta(minutes=1)  #: certificates begin and end by the clock


@dataclass(frozen=True, slots=True)
class _Known:
    partners: dict[str, frozenset[str]] = field(default_factory=dict)  #: by fingerprint; a provider may speak for several
    pems: tuple[str, ...] = ()


class TlsClients:
    """Who may come with which certificate now. Read anew when another revision comes into force, and as time passes."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._active: Active | None = None
        self._until = context.now()
        self._known = _Known()

    def partners(self, fingerprint: str) -> frozenset[str]:
        """The ids of those who have this certificate now."""
        return self._look().partners.get(fingerprint, frozenset())

    def pems(self) -> tuple[str, ...]:
        """The certificates that count now; the same object as long as they are the same."""
        return self._look().pems

    def _look(self) -> _Known:
        now = self._context.now()
        if self._active is not self._context.active or now >= self._until:
            self._active, self._until = self._context.active, now + _LOOK_EVERY
            known = self._read()
            if known != self._known:
                self._known = known
        return self._known

    def _read(self) -> _Known:
        owners: dict[str, set[str]] = defaultdict(set)
        pems: dict[str, str] = {}
        for partner in self._context.workspace.partners.values():
            for certificate in self._accepted(partner):
                owners[certificate.fingerprint].add(partner.id)
                pems[certificate.fingerprint] = ssl.DER_cert_to_PEM_cert(certificate.encoded)
        return _Known({fingerprint: frozenset(ids) for fingerprint, ids in owners.items()}, tuple(pems.values()))

    def _accepted(self, partner: Partner) -> list[Certificate]:
        now = self._context.now()
        try:
            return [certificate for certificate in accepted(partner.client_certs, now) if not certificate.expired(now)]
        except CertificateError as fault:
            logger().warning("client-certificate-unreadable", partner_id=partner.id, reason=str(fault))
            return []
