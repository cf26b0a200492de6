"""What `gateway doctor` says of certificates: each in its place, with our keys to them, and what ends before it is prepared for."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from cryptography import x509

from as2.certificate_settings import KeyPairRef
from as2.keys import CertificateError, own_key
from gateway.cli.check import Check
from gateway.pipeline.certificates import standings, unusable
from gateway.pipeline.expiries import expiries
from gateway.plural import counted
from gateway.settings import SecretError, resolve
from partners.model import Workspace
from partners.places import places

__all__ = ["certificate_checks"]


def certificate_checks(root: Path, files: Mapping[str, bytes], workspace: Workspace | None, now: datetime) -> Iterator[Check]:
    """One line for each that is not well, and one for all that are."""
    for name, data in sorted(files.items()):
        if name.endswith(".pem") and not _is_readable(data):
            yield Check("certificate", "fault", f"{name} is no certificate in PEM form", "Ask for the certificate again.")
    if workspace is None:
        return
    for one in unusable(workspace):
        detail = f"{one.place.whose}: the certificate to {one.place.use.value} cannot be used: {one.reason}"
        yield Check(
            "certificate", "fault", detail, "Exchange another one; `gateway cert import` and `gateway cert new` take and make them."
        )
    yield from _keys(root, workspace)
    found = tuple(standings(workspace, (), now))
    pressing = expiries(found, {}, now)
    for expiry in pressing:
        yield Check("certificate", "warning" if expiry.threshold else "fault", expiry.sentence, expiry.next_action)
    if found:
        first = min(found, key=lambda one: one.held.certificate.not_after)
        ends = f"the first ends on {first.held.certificate.not_after:%Y-%m-%d} ({first.place.whose}, {first.place.use.value})"
        yield Check("certificates", "ok", f"{counted(len({one.held.certificate for one in found}), 'certificate')}; {ends}")


def _keys(root: Path, workspace: Workspace) -> Iterator[Check]:
    """Our keys, each with its certificate. One that cannot be read is told among the secrets."""
    told = set()
    for place in places(workspace):
        for reference in place.pair.all if isinstance(place.pair, KeyPairRef) else ():
            try:
                own_key(reference, lambda named: resolve(named, root))
            except SecretError:
                continue
            except CertificateError as fault:
                told.add((place.whose, reference.key, str(fault)))
    for whose, key, reason in sorted(told):
        yield Check("key", "fault", f"{whose}: {key}: {reason}", "Name the certificate that was made for this key.")


def _is_readable(data: bytes) -> bool:
    try:
        x509.load_pem_x509_certificate(data)
    except ValueError:
        return False
    return True
