"""`gateway cert rehearse`: the files of the workspace on the stage of `cert_rehearse`, and a message to the partner's test endpoint."""

import asyncio
import uuid
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from as2.certificate_settings import CertPair
from as2.keys import CertificateError, OwnKeys, client_certificate, own_keys, pins
from as2.message import new_message_id
from as2.settings import As2Settings
from as2.succession import Succession
from gateway.cli.agreed import load_workspace, partner_of
from gateway.cli.cert_rehearse import Moment, Stage, rehearse
from gateway.cli.output import CliError, ExitCode
from gateway.operations.as2_known import circumstances_of, settings_of, station_of
from gateway.settings import SecretError, resolve
from partners.places import places_of_partner, places_of_station

if TYPE_CHECKING:
    from partners.model import Partner, Station, Workspace

__all__ = ["rehearsal"]


def rehearsal(root: Path, partner_id: str, url: str | None, now: datetime) -> dict[str, Any]:
    """What would be at each moment, and what the endpoint says where one is named. Raises `CliError`."""
    workspace = load_workspace(root)
    partner = partner_of(workspace, partner_id)
    settings, station = settings_of(partner), station_of(workspace, partner)
    if settings is None or station is None or station.as2 is None:
        raise CliError(f"{partner_id} has no AS2, or none of our stations has", "Add transports.as2 to its profile.", ExitCode.NOT_FOUND)
    try:
        own = own_keys(station.as2, lambda reference: resolve(reference, root))
    except SecretError as fault:
        raise CliError(str(fault), "Set the variable or write the file: on the day nothing could be signed.") from None
    except CertificateError as fault:
        raise CliError(str(fault), "`gateway doctor` looks at every key and certificate.", ExitCode.FINDINGS) from None
    index = workspace.own.stations.index(station)
    places = (*places_of_station(station, index), *places_of_partner(partner))
    moments = [_moment(one) for one in rehearse(Stage(own, settings, places, now))]
    view: dict[str, Any] = {"partnerId": partner_id, "station": station.id, "moments": moments}
    good = all(place["outcome"] != "failed" for moment in moments for place in moment["places"])
    if url is not None:
        view["endpoint"] = asyncio.run(_at_endpoint(root, workspace, partner, station, own, settings, url, now))
        good = good and view["endpoint"]["ok"]
    return {**view, "ok": good}


def _moment(moment: Moment) -> dict[str, Any]:
    places = [{"for": one.use, "uses": list(one.uses), "outcome": one.outcome, "detail": one.detail} for one in moment.outcomes]
    return {"at": f"{moment.at:%Y-%m-%dT%H:%M:%SZ}", "name": moment.name, "places": places}


async def _at_endpoint(
    root: Path,
    workspace: "Workspace",
    partner: "Partner",
    station: "Station",
    own: OwnKeys,
    settings: As2Settings,
    url: str,
    now: datetime,
) -> dict[str, Any]:
    """A harmless message, signed with our next key and encrypted for the partner's next certificate, and its receipt."""
    from gateway.posting import basic
    from gateway.transports.as2_probe import Probe
    from gateway.transports.as2_trial import trial

    if urlsplit(url).scheme != "https" and not (urlsplit(url).scheme == "http" and settings.allow_http):
        raise CliError("the test endpoint is not https", "Give its https address; `allow_http` in the profile allows http.")
    if own.sign is None or settings.certs.encrypt is None:
        raise CliError("there is no key to sign with, or no certificate to encrypt for", "`gateway cert list` shows what is there.")
    assert station.as2 is not None
    is_known_host = urlsplit(url).netloc == urlsplit(settings.url or "").netloc
    signer = own.sign.next or own.sign.current
    recipient = settings.certs.encrypt.next or settings.certs.encrypt.current
    changed = settings.model_copy(
        update={
            "url": url,
            "mdn": settings.mdn.model_copy(update={"mode": "sync", "signed": True}),
            "certs": settings.certs.model_copy(update={"encrypt": CertPair(current=recipient.model_copy(update={"valid_from": None}))}),
        }
    )
    with_next = replace(own, sign=Succession(signer))
    circumstances = replace(circumstances_of(workspace, partner, with_next, now), partner=changed)
    auth, found = settings.basic_auth, Probe()
    tried = await trial(
        found,
        circumstances,
        message_id=new_message_id(uuid.uuid4().hex, own.domain),
        # credentials and pins are for the address of the profile, not for whoever answers here
        authorization=basic(auth.user, resolve(auth.password, root)) if auth is not None and is_known_host else "",
        pinned=pins(settings.certs.tls, now) if is_known_host else (),
        client=client_certificate(station.as2.tls, lambda reference: resolve(reference, root), now),
    )
    view: dict[str, Any] = {
        "url": url,
        "signedWith": "our next key" if own.sign.next else "our present key (there is no next one)",
        "encryptedFor": "its next certificate" if settings.certs.encrypt.next else "its present certificate (there is no next one)",
        "ok": found.ok and tried is not None,
        "steps": [{"name": step.name, "outcome": step.outcome, "detail": step.detail} for step in found.steps],
    }
    if tried is not None:
        view |= {"messageId": tried.message_id, "verdict": tried.verdict.state.value}
    return view | ({"nextAction": found.next_action} if found.next_action else {})
