"""Why something of ours does not leave: a message that cannot be sealed, a receipt for an address that nothing may be sent to."""

from as2.explain.causes import Cause
from as2.explain.facts import roles
from as2.explain.trials import tolerance, with_settings
from as2.explain.values import Circumstances, Explanation, Switch, Tried
from as2.keys import CertificateError
from as2.message import seal_message
from as2.settings import As2Settings

__all__ = ["explain_address", "explain_unsent"]

_ID = "<not-sent@as2.invalid>"


def explain_unsent(payload: bytes, content_type: str, circumstances: Circumstances) -> Explanation:
    """Seal it as it would be sealed now; what comes out is thrown away. Raises `CertificateError` for certificates that cannot be used."""
    fault = _fault(payload, content_type, circumstances, circumstances.partner)
    if fault is None:
        return Explanation("message to send", Cause.CAN_BE_SEALED, certificates=roles(circumstances))
    tried = []
    switch = tolerance(circumstances.partner, expired_send=True)
    if not circumstances.partner.tolerance.expired_send:
        changed = with_settings(circumstances.partner, dict(switch.settings))
        tried.append(Tried(switch.line, _fault(payload, content_type, circumstances, changed) is None, switch))
    helps = next((one.switch for one in tried if one.fits), None)
    return Explanation("message to send", Cause.CANNOT_BE_SEALED, fault, helps, tried=tuple(tried), certificates=roles(circumstances))


def _fault(payload: bytes, content_type: str, circumstances: Circumstances, partner: As2Settings) -> str | None:
    if circumstances.own is None:
        return "none of our stations has AS2"
    try:
        seal_message(payload, content_type=content_type, own=circumstances.own, partner=partner, message_id=_ID, now=circumstances.now)
    except (CertificateError, ValueError) as fault:
        return str(fault)
    return None


def explain_address(url: str, circumstances: Circumstances, *, private: bool) -> Explanation:
    """An address for our receipt that was refused; `private`: only because of the network that it lies in."""
    partner = circumstances.partner
    if private:
        switch = tolerance(partner, mdn_private_address=True)
        return Explanation("receipt to send", Cause.ADDRESS_PRIVATE, url, switch, tried=(Tried(switch.line, True, switch),))
    switch = Switch({"mdn_urls": [*partner.mdn_urls, url]})
    try:
        with_settings(partner, dict(switch.settings))
    except ValueError:  # http without allow_http, or no address at all
        return Explanation("receipt to send", Cause.ADDRESS_NOT_AGREED, url)
    return Explanation("receipt to send", Cause.ADDRESS_NOT_AGREED, url, switch, tried=(Tried(switch.line, True, switch),))
