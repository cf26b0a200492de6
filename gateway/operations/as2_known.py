"""What an AS2 message is judged by when it is explained: the profile, our keys, and every certificate that lies in the workspace."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from as2.cms.certificate import CertificateError, load_certificate
from as2.explain import Circumstances, KnownCertificate
from as2.keys import OwnKeys
from as2.settings import As2Settings
from partners.model import Partner, Station, Workspace

__all__ = ["circumstances_of", "settings_of", "station_of"]

_OURS: Final = "certs/"


def settings_of(partner: Partner) -> As2Settings | None:
    """The partner's AS2 settings with its AS2 name; None where it has none."""
    settings = partner.transports.as2
    return settings.model_copy(update={"as2_name": partner.as2_name}) if settings is not None else None


def station_of(workspace: Workspace, partner: Partner, as2_name: str = "") -> Station | None:
    """Our station of this AS2 name; else that of the partner's agreements, else the first that speaks AS2."""
    speaking = [station for station in workspace.own.stations if station.as2 is not None]
    named = {agreement.station for agreement in partner.agreements}
    return next(
        (station for station in speaking if station.as2 is not None and station.as2.as2_name == as2_name),
        next((station for station in speaking if station.id in named), speaking[0] if speaking else None),
    )


def circumstances_of(workspace: Workspace, partner: Partner, own: OwnKeys | None, now: datetime) -> Circumstances:
    """The partner must have AS2."""
    settings = settings_of(partner)
    assert settings is not None
    return Circumstances(
        own,
        settings,
        now,
        tuple(_known(workspace.files, partner.id)),
        tuple(station.as2.as2_name for station in workspace.own.stations if station.as2 is not None),
        tuple(other.as2_name for other in workspace.partners.values() if other.as2_name is not None),
    )


def _known(files: Mapping[str, bytes], partner_id: str) -> list[KnownCertificate]:
    """Every certificate of the workspace, configured or not. What is none is for `gateway doctor` to tell."""
    found = []
    for path, data in files.items():
        if path.endswith(".pem"):
            whose = "ours" if path.startswith(_OURS) else "partner" if path.startswith(f"partners/{partner_id}/") else "other"
            try:
                found.append(KnownCertificate(path, whose, load_certificate(data.decode("ascii", "replace"))))
            except CertificateError:
                continue
    return found
