"""https served by the gateway itself: which certificate is shown now, and a change of it without a restart.

New connections get the new certificate, those that are open go on. One that cannot be used changes nothing and raises an alarm:
the log, `gateway status`, and the metric `gateway_tls_fault`.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from cryptography import x509

from gateway.listen import Listen, Tls, TlsKey
from gateway.log import logger
from gateway.pipeline.context import Context, TlsHealth
from gateway.pipeline.watch import Watch
from gateway.service.tls_clients import TlsClients
from gateway.settings import SecretError, resolve
from gateway.tls import ClientCertificates, TlsError, fingerprint_of, server_context

__all__ = ["Material", "ServedTls", "choices", "read_material"]

Which = Literal["current", "next"]


class Material:
    """The texts of a certificate, its key and passphrase as they were read, tried out once."""

    def __init__(self, certificate: str, key: str, passphrase: str | None) -> None:
        self.texts = (certificate, key, passphrase)
        self.fingerprint = fingerprint_of(certificate)
        leaf = x509.load_pem_x509_certificate(certificate.encode())
        self.not_before, self.not_after = leaf.not_valid_before_utc, leaf.not_valid_after_utc
        self.context("off", ())

    def context(self, asked: ClientCertificates, trusted: tuple[str, ...]) -> ssl.SSLContext:
        """A context for new connections. Raises `TlsError`."""
        certificate, key, passphrase = self.texts
        return server_context(certificate, key, passphrase=passphrase, client_certificates=asked, trusted=trusted)


def read_material(wanted: TlsKey, root: Path) -> Material:
    """What stands in the files now. Raises `TlsError`."""
    try:
        certificate = (root / wanted.certificate).read_text(encoding="ascii")
        key, passphrase = resolve(wanted.key, root), resolve(wanted.passphrase, root) if wanted.passphrase else None
    except (OSError, UnicodeDecodeError) as fault:
        raise TlsError(f"{wanted.certificate} cannot be read ({type(fault).__name__})") from None
    except SecretError as fault:
        raise TlsError(f"the key cannot be read: {fault}") from None
    return Material(certificate, key, passphrase)


def choices(settings: Tls, now: datetime) -> Iterator[tuple[Which, TlsKey]]:
    """Which one should be served now, then which one instead when that cannot be used."""
    if settings.next is not None and settings.next.valid_from <= now:
        yield "next", settings.next
    yield "current", settings


class ServedTls(Watch):
    """The certificate of one listener. `look` reads its files, `context` gives what a new connection gets."""

    name = "tls"

    def __init__(self, context: Context, listen: Listen, clients: TlsClients) -> None:
        assert listen.tls is not None
        super().__init__(context, every=listen.tls.look_every)
        self._clients = clients
        self._settings = listen.tls
        self._place = f"{listen.host}:{listen.port}"
        self._material: Material | None = None
        self._made: tuple[ssl.SSLContext, Material, tuple[str, ...]] | None = None

    def context(self) -> ssl.SSLContext:
        """For a connection that begins now."""
        material, trusted = self._material, self._clients.pems() if self._settings.client_certificates != "off" else ()
        assert material is not None  # look() came first
        if self._made is None or self._made[1] is not material or self._made[2] is not trusted:
            self._made = (material.context(self._settings.client_certificates, trusted), material, trusted)
        return self._made[0]

    async def start(self) -> None:
        """Read the files for the first time. Raises `TlsError` when there is nothing that could be served."""
        await self.look()
        if self._material is None:
            raise TlsError(self._context.tls[self._place].fault)

    async def run(self, leads: Callable[[], bool] = lambda: True) -> None:
        """After the look that `start` had, until cancelled."""
        await asyncio.sleep(self._every)
        await super().run(leads)

    async def look(self) -> None:
        """Take what stands in the files, if it can be used."""
        faults = []
        for which, wanted in choices(self._settings, self._context.now()):
            try:
                found = await asyncio.to_thread(read_material, wanted, self._context.root)
            except TlsError as fault:
                faults.append(f"{which}: {fault}")
                if self._material is not None:  # better what was good than what came before it
                    break
                continue
            if self._material is None or found.texts != self._material.texts:
                self._material = found
                logger().info("tls-certificate-served", listener=self._place, fingerprint=found.fingerprint, until=str(found.not_after))
            break
        self._tell("; ".join(faults))

    def _tell(self, fault: str) -> None:
        before = self._context.tls.get(self._place)
        material = self._material
        self._context.tls[self._place] = TlsHealth(
            fingerprint=material.fingerprint if material else "",
            not_after=material.not_after if material else None,
            fault=fault,
        )
        self._context.metrics.tls_fault(self._place, is_faulty=bool(fault))
        if fault and (before is None or before.fault != fault):
            logger().error("tls-certificate-unusable", listener=self._place, reason=fault)
