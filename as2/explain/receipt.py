"""`explain_receipt`: what is wrong with the receipt for a message of ours, or what it says; which switch would help."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from as2.errors import As2Error
from as2.explain.causes import Cause
from as2.explain.digests import digest_in, judge_mic, ranges_of, received_mic
from as2.explain.facts import roles, story_of
from as2.explain.message import layers_of
from as2.explain.opening import cms_fault, compression_fault, envelope_fault
from as2.explain.peel import Layer, octets
from as2.explain.rebuilt import COMPRESSED_TOO, covered_bytes
from as2.explain.signing import Variant, signature_fault
from as2.explain.trials import candidates, tolerance
from as2.explain.values import Circumstances, Explanation, Fact, Finding, Switch, Tried
from as2.headers import MdnRequest
from as2.mdn import Mdn, MdnUnreadableError, SignatureState, read_mdn
from as2.mic import Mic
from as2.send import VerdictState, judge_mdn

__all__ = ["Sent", "explain_receipt", "explain_stray"]

_REFUSALS: Final[Mapping[str, Cause]] = {
    "decryption-failed": Cause.REFUSED_DECRYPTION,
    "integrity-check-failed": Cause.REFUSED_INTEGRITY,
    "authentication-failed": Cause.REFUSED_SIGNER,
    "unknown-trading-relationship": Cause.REFUSED_SIGNER,
    "unknown-trading-partner": Cause.REFUSED_SIGNER,
    "insufficient-message-security": Cause.REFUSED_SECURITY,
    "decompression-failed": Cause.REFUSED_DECOMPRESSION,
    "unsupported mic-algorithms": Cause.REFUSED_MIC_ALGORITHM,
    "unexpected-processing-error": Cause.REFUSED_FAULT_OF_THEIRS,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of ours as it is stored."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    message_id: str
    mic: Mic
    payload: bytes = field(default=b"", repr=False)  #: what was sealed
    content_type: str = ""
    file_names: tuple[str | None, ...] = (None,)  #: that it may have been sent under

    @property
    def request(self) -> MdnRequest:
        """The receipt that was asked for, whatever the profile says by now."""
        head = {name.lower(): value for name, value in self.headers.items()}
        names = ("disposition-notification-to", "disposition-notification-options", "receipt-delivery-option")
        return MdnRequest.parse(*(head.get(name) for name in names))


def explain_receipt(sent: Sent, fields: Iterable[tuple[str, str]] | None, body: bytes, circumstances: Circumstances) -> Explanation:
    """Judge the receipt as it would be judged now, and find why it is not as it should be. `fields` None: none is stored.

    Raises `CertificateError` for certificates in the profile that cannot be used.
    """
    what_we_sent = tuple(
        Fact(f"sent: {fact.name}", fact.value)
        for fact in story_of(layers_of(sent.headers.items(), sent.body, circumstances), circumstances)
    )
    if fields is None:
        return Explanation("receipt", Cause.RECEIPT_MISSING, facts=what_we_sent, our_mic=sent.mic, certificates=roles(circumstances))
    raw = tuple(fields)
    layers = layers_of(raw, body, circumstances)
    facts = (*what_we_sent, *(Fact(f"receipt: {fact.name}", fact.value) for fact in story_of(layers, circumstances)))
    theirs: Mic | None = None
    answer = ""
    try:
        mdn = read_mdn(raw, body, partner=circumstances.partner, now=circumstances.now, own=circumstances.own)
    except (MdnUnreadableError, As2Error) as fault:
        found = _unreadable(str(fault), raw, layers, circumstances)
    else:
        theirs, answer = mdn.mic, str(mdn.disposition)
        facts = (*facts, Fact("receipt: original message id", mdn.original_message_id))
        found = _judged(sent, mdn, layers, circumstances)
        if found.cause is not Cause.RECEIPT_FITS and mdn.signature is SignatureState.FAILED:
            tried = _try_switches(sent, raw, body, circumstances)
            helps = next((one.switch for one in tried if one.fits), None)
            found = Finding(found.cause, found.detail, found.switch or helps, (*found.tried, *tried))
    return Explanation(
        "receipt", found.cause, found.detail, found.switch, (), facts, found.tried, sent.mic, theirs, answer, roles(circumstances)
    )


def explain_stray(fields: Iterable[tuple[str, str]], body: bytes, circumstances: Circumstances) -> Explanation:
    """A receipt that is about no message of ours, or that could not be read when it came.

    Raises `CertificateError` for certificates in the profile that cannot be used.
    """
    raw = tuple(fields)
    layers = layers_of(raw, body, circumstances)
    answer = ""
    try:
        mdn = read_mdn(raw, body, partner=circumstances.partner, now=circumstances.now, own=circumstances.own)
    except (MdnUnreadableError, As2Error) as fault:
        found = _unreadable(str(fault), raw, layers, circumstances)
    else:
        answer = str(mdn.disposition)
        found = Finding(Cause.RECEIPT_OF_ANOTHER, f"it names {mdn.original_message_id or 'none'}, and nothing of ours has this id")
    facts = story_of(layers, circumstances)
    return Explanation("stray receipt", found.cause, found.detail, facts=facts, answer=answer, certificates=roles(circumstances))


def _unreadable(reason: str, fields: tuple[tuple[str, str], ...], layers: tuple[Layer, ...], circumstances: Circumstances) -> Finding:
    """Not a receipt at all, or one under a layer that does not come off."""
    for layer in layers:
        found = None
        if layer.kind == "unreadable":
            found = cms_fault(layer)
        elif layer.kind == "encrypted":
            found = envelope_fault(layer, circumstances)
        elif layer.kind == "compressed":
            found = compression_fault(layer, circumstances, times=1)
        if found is not None:
            return found
    kind = next((value for name, value in fields if name.lower() == "content-type"), "nothing that says what it is")
    return Finding(
        Cause.RECEIPT_UNREADABLE, f"{reason}; it is {kind.partition(';')[0].strip()}, {len(octets(layers[0].entity.body))} bytes"
    )


def _judged(sent: Sent, mdn: Mdn, layers: tuple[Layer, ...], circumstances: Circumstances) -> Finding:
    signed_wanted = sent.request.signed
    verdict = judge_mdn(sent.message_id, sent.mic, mdn, signed_wanted=signed_wanted)
    report = layers[-1].entity_bytes
    match verdict.state:
        case VerdictState.RECEIPTED if mdn.mic is None or mdn.mic == sent.mic:
            return Finding(Cause.RECEIPT_FITS, "with a warning" if verdict.warning else "")
        case VerdictState.REFUSED:
            return _refused(mdn, circumstances)
    if verdict.reason.endswith("another message"):
        return Finding(Cause.RECEIPT_OF_ANOTHER, f"it names {mdn.original_message_id or 'none'}, ours is {sent.message_id}")
    if mdn.signature is SignatureState.FAILED:
        return _signature(layers, circumstances)
    if signed_wanted and mdn.signature is SignatureState.NONE:
        return _not_signed(sent, mdn, circumstances)
    text = received_mic(report)
    digest = digest_in(text) if text is not None else None
    if digest is None:
        return Finding(Cause.RECEIPT_WITHOUT_MIC, "the field is missing" if text is None else f"it says {text!r}")
    return _mic(sent, digest, text or "", circumstances)


def _not_signed(sent: Sent, mdn: Mdn, circumstances: Circumstances) -> Finding:
    said = circumstances.partner.mdn.model_dump(mode="json", exclude_defaults=True)
    switch = Switch({"mdn": said | {"signed": False}})
    fits = judge_mdn(sent.message_id, sent.mic, mdn, signed_wanted=False).state is VerdictState.RECEIPTED
    return Finding(Cause.RECEIPT_NOT_SIGNED, "", switch if fits else None, (Tried(switch.line, fits, switch),))


def _try_switches(sent: Sent, fields: tuple[tuple[str, str], ...], body: bytes, circumstances: Circumstances) -> tuple[Tried, ...]:
    """What could make its signature verify, one at a time."""
    tried = []
    for words, switch, changed in candidates(circumstances):
        if not switch.settings.keys() & {"certs", "legacy", "tolerance"}:
            continue
        mdn = read_mdn(fields, body, partner=changed, now=circumstances.now, own=circumstances.own)
        verdict = judge_mdn(sent.message_id, sent.mic, mdn, signed_wanted=sent.request.signed)
        tried.append(Tried(words, verdict.state is VerdictState.RECEIPTED, switch))
    return tuple(tried)


def _signature(layers: tuple[Layer, ...], circumstances: Circumstances) -> Finding:
    for layer in layers:
        if layer.kind == "signed":
            return signature_fault(layer, circumstances) or Finding(Cause.UNEXPLAINED)
    return Finding(Cause.SIGNATURE_UNREADABLE)


def _mic(sent: Sent, theirs: bytes, text: str, circumstances: Circumstances) -> Finding:
    """The digests differ: which bytes and which algorithm would give theirs?"""
    layers = layers_of(sent.headers.items(), sent.body, circumstances)
    signed = next((layer.content for layer in layers if layer.kind == "signed" and layer.content is not None), None)
    if signed is None or Mic.of(signed, sent.mic.algorithm) != sent.mic:
        layers = ()
        signed = covered_bytes(sent.payload, sent.content_type, sent.file_names, sent.mic)
    found = judge_mic(sent.mic, theirs, _ranges(sent, signed, layers))
    if found is None:  # the digest is ours, and its name is not
        return Finding(Cause.RECEIPT_WITHOUT_MIC, f"the digest is ours, and its algorithm is named {text.partition(',')[2].strip()!r}")
    if signed is None:
        return Finding(found.cause, "what we sent is encrypted for the partner, and its content is not known here, so nothing was compared")
    tried: list[Tried] = []
    if circumstances.partner.compress:
        switch = Switch({"compress": False})
        tried.append(Tried(switch.line, found.detail.startswith(COMPRESSED_TOO), switch))
    if found.cause is Cause.MIC_OTHER_DIGEST:
        for style in ("sha256", "SHA256"):
            if circumstances.partner.tolerance.micalg_style != style:
                switch = tolerance(circumstances.partner, micalg_style=style)
                tried.append(Tried(f"{switch.line} (only the next message can show it)", False, switch))
    return Finding(found.cause, found.detail or f"it says {text}", next((one.switch for one in tried if one.fits), None), tuple(tried))


def _ranges(sent: Sent, covered: bytes | None, layers: tuple[Layer, ...]) -> Iterator[Variant]:
    """The bytes that count, all others that a product could mean, and the bare file."""
    if covered is not None:
        yield from ranges_of(covered, layers)
        yield Variant(Cause.MIC_OTHER_BYTES, "the file without any header fields", sent.payload)


def _refused(mdn: Mdn, circumstances: Circumstances) -> Finding:
    words = mdn.disposition.description
    cause = _REFUSALS.get(words.strip().lower(), Cause.REFUSED_OTHERWISE)
    switch: Switch | None = None
    if cause is Cause.REFUSED_DECOMPRESSION and circumstances.partner.compress:
        switch = Switch({"compress": False})
    elif cause is Cause.REFUSED_MIC_ALGORITHM:
        style = "sha256" if circumstances.partner.tolerance.micalg_style != "sha256" else "sha-256"
        switch = tolerance(circumstances.partner, micalg_style=style)
    return Finding(cause, words, switch)
