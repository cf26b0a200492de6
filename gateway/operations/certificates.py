"""Every certificate of ours and of the partners: what it is for, until when, whether it is in use, and who really used it last."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from cryptography import x509
from sqlalchemy import Connection

from as2.cms.certificate import Certificate
from gateway.pipeline.certificates import Standing, standings, unusable
from gateway.pipeline.context import Context
from gateway.pipeline.expiries import Expiry, expiries
from gateway.store.evidence import UsedCertificate, certificates_used
from gateway.store.schema.base import utc_text

__all__ = ["certificates", "expiring_view"]


async def certificates(context: Context, *, expiring: int | None = None) -> dict[str, Any]:
    """All that the revision in force names, place by place; with `expiring` those that end within so many days. And what is to be done."""
    now = context.now()

    def look(connection: Connection) -> dict[str, Any]:
        found = tuple(standings(context.workspace, certificates_used(connection), now))
        shown = [one for one in found if expiring is None or one.held.certificate.not_after - now <= timedelta(days=expiring)]
        return {
            "at": utc_text(now),
            "certificates": [{**_view(one), "daysLeft": one.days_left(now)} for one in shown],
            "served": [
                {"address": address, "sha256": health.fingerprint, "validUntil": utc_text(health.not_after)}
                for address, health in context.tls.items()
                if health.not_after is not None
            ],
            "unusable": [
                {"whose": one.place.whose, "for": one.place.use.value, "file": one.place.file, "reason": one.reason}
                for one in unusable(context.workspace)
            ],
            "expiring": expiring_view(expiries(found, context.tls, now)),
        }

    return await context.store.read(look)


def expiring_view(found: Iterable[Expiry]) -> list[dict[str, Any]]:
    """What ends and is not prepared for, with whose turn it is and what to do."""
    return [
        {
            "whose": one.whose,
            "for": list(one.uses),
            "role": one.role,
            "sha256": one.fingerprint,
            "validUntil": utc_text(one.ends),
            "daysLeft": one.days_left,
            "situation": one.situation.value,
            "sentence": one.sentence,
            "owner": one.situation.owner,
            "nextAction": one.next_action,
            **({"stillUsedBy": list(one.partners)} if one.partners else {}),
        }
        for one in found
    ]


def _view(standing: Standing) -> dict[str, Any]:
    place, held = standing.place, standing.held
    fields = {
        "whose": place.whose,
        "isOurs": place.use.is_ours,
        "for": place.use.value,
        "purpose": place.use.sentence,
        "role": standing.role,
        "inUse": standing.in_use,
        "accepted": None if place.use.sends else standing.accepted,
        "state": _state(standing),
        **_names(held.certificate),
        "validFrom": utc_text(held.certificate.not_before),
        "validUntil": utc_text(held.certificate.not_after),
        "from": utc_text(held.valid_from) if held.valid_from else None,
        "until": utc_text(held.until) if held.until else None,
        "file": place.reference(standing.role).file,
        "lastUsedAt": utc_text(max(use.last_used_at for use in standing.uses)) if standing.uses else None,
        "lastUsedWith": _last_uses(standing.uses) or None,
        "stillUsedBy": list(standing.lagging) or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def _state(standing: Standing) -> str:
    """In a word or two, what it is now."""
    if standing.in_use:
        return "in use"
    if standing.accepted:
        return "accepted already" if standing.role == "next" else "still accepted"
    return {"current": "followed", "next": "waits", "previous": "no longer"}[standing.role]


def _names(certificate: Certificate) -> Mapping[str, str]:
    loaded = x509.load_der_x509_certificate(certificate.encoded)
    return {
        "subject": loaded.subject.rfc4514_string(),
        "issuer": loaded.issuer.rfc4514_string(),
        "serial": f"{certificate.serial:x}",
        "sha256": certificate.fingerprint,
    }


def _last_uses(uses: Iterable[UsedCertificate]) -> dict[str, str]:
    return {use.partner_id: utc_text(use.last_used_at) for use in sorted(uses, key=lambda use: use.partner_id)}
