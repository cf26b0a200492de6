"""The settings that could make a message open, each tried alone: nothing is said to help that was not seen to help."""

from collections.abc import Iterator
from typing import Any

from as2.algorithms import Legacy
from as2.certificate_settings import CertificateRef
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
    """Each certificate of the partner that lies in its folder and is not configured, as the next one."""
    partner, pair = circumstances.partner, circumstances.partner.certs.verify
    held = partner_keys(partner).verify
    configured = {one.certificate.fingerprint for one in held.all} if held is not None else set()
    for known in circumstances.known:
        if known.whose != "partner" or pair is None or known.certificate.fingerprint in configured:
            continue
        file = known.label.rpartition("/")[2]
        current = pair.current.file or "current.pem"
        settings = {"certs": {"current": current, "next": file}}
        tried = partner.model_copy(
            update={
                "certs": partner.certs.model_copy(
                    update={"verify": pair.model_copy(update={"next": CertificateRef(pem=pem_of(known.certificate))})}
                )
            }
        )
        yield f"the certificate {known.label} as the next one", Switch(settings), tried


def try_switches(headers: As2Headers, body: bytes, circumstances: Circumstances) -> tuple[Tried, ...]:
    """All of them, one at a time; of several values of one setting no further one when one has helped."""
    tried: list[Tried] = []
    for words, switch, changed in candidates(circumstances):
        if not any(one.fits and one.switch is not None and one.switch.settings.keys() == switch.settings.keys() for one in tried):
            fits = isinstance(attempt(headers, body, circumstances, changed), OpenedMessage)
            tried.append(Tried(words, fits, switch))
    return tuple(tried)
