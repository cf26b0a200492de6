"""Our AS2 keys of a station, read by their secret references once per revision."""

from as2.keys import OwnKeys, own_keys
from gateway.pipeline.context import Context
from gateway.settings import resolve
from partners.model import Station

__all__ = ["keys_of"]


def keys_of(context: Context, station: Station) -> OwnKeys:
    """The keys of a station. Raises CertificateError, and SecretError when a reference leads nowhere."""
    known = context.active.own_keys.get(station.id)
    if known is None:
        assert station.as2 is not None  # the message came to this station's AS2 name
        known = own_keys(station.as2, lambda reference: resolve(reference, context.root))
        context.active.own_keys[station.id] = known
    return known
