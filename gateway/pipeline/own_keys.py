"""Our AS2 keys of a station, read by their secret references once per revision."""

import asyncio
from typing import Final

from as2.keys import CertificateError, OwnKeys, own_keys
from gateway.errors import Cause, Refusal
from gateway.log import logger
from gateway.pipeline.context import Context
from gateway.settings import SecretError, resolve
from partners.model import Station

__all__ = ["keys_for", "keys_of", "usable_keys"]

_LATER: Final = 300  #: seconds


def keys_of(context: Context, station: Station) -> OwnKeys:
    """The keys of a station. Raises CertificateError, and SecretError when a reference leads nowhere."""
    known = context.active.own_keys.get(station.id)
    if known is None:
        assert station.as2 is not None  # the message came to this station's AS2 name
        known = own_keys(station.as2, lambda reference: resolve(reference, context.root))
        context.active.own_keys[station.id] = known
    return known


async def keys_for(context: Context, station: Station) -> OwnKeys:
    """As `usable_keys`, in a thread when files have to be read for it: once per revision. Raises Refusal."""
    known = context.active.own_keys.get(station.id)
    return known if known is not None else await asyncio.to_thread(usable_keys, context, station)


def usable_keys(context: Context, station: Station) -> OwnKeys:
    """As `keys_of`, for a message that has come: one that we cannot open now is told to come later. Raises Refusal."""
    try:
        return keys_of(context, station)
    except (CertificateError, SecretError) as fault:
        logger().error("own-key-unusable", station=station.id, reason=str(fault))
        raise Refusal(Cause.OWN_KEY_UNUSABLE, retry_after=_LATER) from fault
