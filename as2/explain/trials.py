"""The settings that could make a message open, each tried alone: nothing is said to help that was not seen to help."""

from collections.abc import Iterator
from typing import Any

from as2.algorithms import Legacy
from as2.certificate_settings import CertificateRef, CertPair, PartnerCerts
from as2.errors import As2Error
from as2.explain.anatomy import pem_of
from as2.explain.values import Circumstances, Switch, Tried
from as2.headers import As2Headers
from as2.keys import CertificateError, partner_keys
from as2.receive import OpenedMessage, open_message
from as2.settings import As2Settings

__all__ = ["attempt", "candidates", "tolerance", "try_switches", "with_settings"]

#: of settings that are tried, the larger ones
_LARGER = (256 << 20, 1 << 30)


def attempt(headers: As2Headers, body: bytes, circumstances: Circumstances, partner: As2Settings) -> OpenedMessage | As2Error | None:
    """What opening gives with these settings; None when there is no key of ours, or a certificate that cannot be used."""
    if circumstances.own is None:
        return None
    try:
        return open_message(headers, body, own=circumstances.own, partner=partner, now=circumstances.now)
    except As2Error as fault:
        return fault
    except CertificateError:
        return None


def with_settings(partner: As2Settings, settings: dict[str, Any]) -> As2Settings:
    """The profile with other values, checked as a file would be."""
    basis = {name: getattr(partner, name) for name in partner.model_fields_set}
    return As2Settings.model_validate(basis | settings)


def tolerance(partner: As2Settings, **values: Any) -> Switch:
    """A switch beside those that are set already."""
    return Switch({"tolerance": partner.tolerance.model_dump(exclude_defaults=True) | values})


def candidates(circumstances: Circumstances) -> Iterator[tuple[str, Switch, As2Settings]]:
    """What is tried: words, the line for the profile, and the profile as it would be."""
    partner = circumstances.partner
    for name in ("canonical_retry", "outer_base64", "expired_verify"):
        if not getattr(partner.tolerance, name):
            switch = tolerance(partner, **{name: True})
            yield switch.line, switch, with_settings(partner, dict(switch.settings))
    if partner.as2_version != "1.3":
        have = sorted(partner.legacy)
        for some in ([Legacy.SHA1], [Legacy.TRIPLE_DES], [Legacy.SHA1, Legacy.TRIPLE_DES]):
            wanted = sorted({*have, *some})
            if wanted != have and not set(some) & set(have):
                switch = Switch({"legacy": [str(one) for one in wanted]})
                yield switch.line, switch, with_settings(partner, dict(switch.settings))
    for size in _LARGER:
        if size > partner.max_bytes:
            switch = Switch({"max_bytes": size})
            yield switch.line, switch, with_settings(partner, dict(switch.settings))
    for name in ("require_signed", "require_encrypted"):
        if getattr(partner, name):
            switch = Switch({name: False})
            yield switch.line, switch, with_settings(partner, dict(switch.settings))
    yield from _certificates(circumstances)


def _certificates(circumstances: Circumstances) -> Iterator[tuple[str, Switch, As2Settings]]:
    """Each certificate of the partner that lies in its folder and is not configured, as the next one, or as the only one."""
    partner, certs = circumstances.partner, circumstances.partner.certs
    held = partner_keys(partner).verify
    configured = {one.certificate.fingerprint for one in held.all} if held is not None else set()
    for known in circumstances.known:
        if known.whose != "partner" or known.certificate.fingerprint in configured:
            continue
        new = CertificateRef(file=known.label.rpartition("/")[2], pem=pem_of(known.certificate))
        verify = CertPair(current=new) if certs.verify is None else certs.verify.model_copy(update={"next": new})
        both = certs.encrypt == certs.verify
        changed = certs.model_copy(update={"verify": verify, "encrypt": verify if both else certs.encrypt})
        role = "the only one" if certs.verify is None else "the next one"
        switch = Switch({"certs": _said(changed, both=both)})
        yield f"the certificate {known.label} as {role}", switch, partner.model_copy(update={"certs": changed})


def _said(certs: PartnerCerts, *, both: bool) -> dict[str, Any]:
    """The certificates as the profile names them; one pair for verifying and encrypting in the short form."""
    pairs = {"verify": certs.verify, "encrypt": certs.encrypt, "tls": certs.tls}
    said = {place: _pair(pair) for place, pair in pairs.items() if pair is not None}
    return said.pop("verify") | {place: pair for place, pair in said.items() if place != "encrypt"} if both else said


def _pair(pair: CertPair) -> dict[str, Any]:
    """One pair; a certificate that stands in the profile itself is called by its place, for somebody to write it out."""
    places = {"current": pair.current, "next": pair.next, "previous": pair.previous}
    return {place: _reference(place, one) for place, one in places.items() if one is not None}


def _reference(place: str, reference: CertificateRef) -> str | dict[str, str]:
    file = reference.file or f"{place}.pem"
    moments = {"from": reference.valid_from, "until": reference.until}
    dated = {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
    return {"file": file, **dated} if dated else file


def try_switches(headers: As2Headers, body: bytes, circumstances: Circumstances) -> tuple[Tried, ...]:
    """All of them, one at a time; of several values of one setting no further one when one has helped."""
    tried: list[Tried] = []
    for words, switch, changed in candidates(circumstances):
        if not any(one.fits and one.switch is not None and one.switch.settings.keys() == switch.settings.keys() for one in tried):
            fits = isinstance(attempt(headers, body, circumstances, changed), OpenedMessage)
            tried.append(Tried(words, fits, switch))
    return tuple(tried)
