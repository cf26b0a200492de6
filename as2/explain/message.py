"""`explain_message`: what is wrong with a message that came in, or why it opens; which switch would help; what its MIC is made of."""

from collections.abc import Iterable
from typing import Final

from as2.errors import As2Error, AuthenticationFailed, IllegalFilename, InsufficientSecurity, InvalidMessageId, MalformedRequest
from as2.explain.causes import Cause
from as2.explain.digests import digest_in, judge_mic, ranges_of
from as2.explain.facts import roles, story_of
from as2.explain.names import names_fault
from as2.explain.opening import cms_fault, compression_fault, envelope_fault
from as2.explain.peel import MOST_LAYERS, Layer, crlf, entity_of, from_base64, looks_like_base64, octets, peel
from as2.explain.signing import signature_fault
from as2.explain.trials import attempt, tolerance, try_switches, with_settings
from as2.explain.values import Circumstances, Explanation, Finding, Tried
from as2.headers import As2Headers
from as2.keys import partner_keys
from as2.mic import Mic
from as2.mime import Entity, MimeError
from as2.receive import OpenedMessage

__all__ = ["explain_message", "layers_of"]

_EDI: Final = (b"ISA", b"UNA", b"UNB")


def explain_message(
    fields: Iterable[tuple[str, str]], body: bytes, circumstances: Circumstances, *, their_mic: str = "", answer: str = ""
) -> Explanation:
    """Open it as it would be opened now, find the fault, and try what would help. Nothing is changed.

    `their_mic` is what the partner says it computed (`base64, algorithm`), `answer` the disposition that it got.
    Raises `CertificateError` for certificates in the profile that cannot be used.
    """
    raw = tuple(fields)
    partner_keys(circumstances.partner)
    try:
        headers = As2Headers.parse(raw)
        headers.check()
    except MalformedRequest as fault:
        return Explanation("message", Cause.HEAD_UNUSABLE, fault.detail, answer=answer)
    except InvalidMessageId as fault:
        return Explanation("message", Cause.MESSAGE_ID_UNUSABLE, fault.detail, answer=answer)
    layers = layers_of(raw, body, circumstances)
    outcome = attempt(headers, body, circumstances, circumstances.partner)
    tried: tuple[Tried, ...] = ()
    wrong_names = names_fault(headers, circumstances)
    if isinstance(outcome, OpenedMessage):
        found = _opened_finding(outcome, layers, their_mic, circumstances) or Finding(Cause.OPENS)
        tried = found.tried
    else:
        found = _fault(outcome, layers, headers, circumstances)
        if wrong_names is None:
            switches = try_switches(headers, body, circumstances)
            helps = next((one.switch for one in switches if one.fits), None)
            found, tried = Finding(found.cause, found.detail, found.switch or helps), (*found.tried, *switches)
    if wrong_names is not None:
        found, tried = wrong_names, (*wrong_names.tried, *tried)
    steps = outcome.steps if outcome is not None else ()
    return Explanation(
        "message",
        found.cause,
        found.detail,
        found.switch,
        steps,
        story_of(layers, circumstances),
        tried,
        outcome.mic if isinstance(outcome, OpenedMessage) else None,
        _parsed(their_mic),
        answer,
        roles(circumstances),
    )


def _parsed(text: str) -> Mic | None:
    try:
        return Mic.parse(text) if text else None
    except ValueError:
        return None


def layers_of(fields: Iterable[tuple[str, str]], body: bytes, circumstances: Circumstances) -> tuple[Layer, ...]:
    """The layers of a request or an answer, from the outside in."""
    return peel(_outer(entity_of(fields, body), circumstances), circumstances)


def _outer(entity: Entity, circumstances: Circumstances) -> Entity:
    """The entity of the request, without a base64 around it where the profile takes that (A13)."""
    if entity.transfer_encoding != "base64" or not circumstances.partner.tolerance.outer_base64:
        return entity
    try:
        decoded = octets(entity.decoded())
    except MimeError:
        return entity
    return entity_of((item for item in entity.fields if item[0] != "content-transfer-encoding"), decoded)


def _opened_finding(opened: OpenedMessage, layers: tuple[Layer, ...], their_mic: str, circumstances: Circumstances) -> Finding | None:
    """It opens. Then its MIC may be in dispute, or its content not be what it seems."""
    theirs = digest_in(their_mic) if their_mic else None
    if theirs is not None:
        right = _counted(opened.mic, layers)
        found = judge_mic(opened.mic, theirs, ranges_of(right, layers))
        if found is not None:
            tried = _mic_switches(opened, theirs, layers, circumstances)
            return Finding(found.cause, found.detail, next((one.switch for one in tried if one.fits), None), tried)
    for payload in opened.payloads:
        content = payload.content[:4096].strip()
        if looks_like_base64(content):
            joined = b"".join(content.split())[:400]
            decoded = from_base64(joined[: len(joined) // 4 * 4])
            if decoded is not None and decoded.lstrip().startswith(_EDI):
                return Finding(Cause.BASE64_NOT_LABELLED, "the content")
    return None


def _counted(mic: Mic, layers: tuple[Layer, ...]) -> bytes:
    """The bytes that our MIC covers: those of the layers whose digest it is."""
    signed = [layer.content for layer in layers if layer.kind == "signed" and layer.content is not None]
    last = layers[-1]
    unsigned = octets(last.entity.body) if len(layers) == 1 else last.entity_bytes
    right = signed[-1] if signed else unsigned
    return next((one for one in (right, crlf(right)) if Mic.of(one, mic.algorithm) == mic), right)


def _mic_switches(opened: OpenedMessage, theirs: bytes, layers: tuple[Layer, ...], circumstances: Circumstances) -> tuple[Tried, ...]:
    """The switches that change our MIC, each tried."""
    partner, body = circumstances.partner, octets(layers[0].entity.body)
    tried = []
    for name, value in (("mic_algorithm", "request"), ("prevent_canonicalization_for_mic", True)):
        if getattr(partner.tolerance, name) == value:
            continue
        switch = tolerance(partner, **{name: value})
        again = attempt(opened.headers, body, circumstances, with_settings(partner, dict(switch.settings)))
        fits = isinstance(again, OpenedMessage) and again.mic.digest == theirs
        tried.append(Tried(switch.line, fits, switch))
    return tuple(tried)


def _fault(outcome: As2Error | None, layers: tuple[Layer, ...], headers: As2Headers, circumstances: Circumstances) -> Finding:
    """The first layer in which something is wrong, from the outside in; else what the profile does not allow."""
    if isinstance(outcome, IllegalFilename):
        return Finding(Cause.FILE_NAME_UNUSABLE)
    first = layers[0].entity
    said = first.get("content-length") or ""
    if said.isdecimal() and int(said) > len(octets(first.body)):
        return Finding(Cause.CUT_OFF, f"Content-Length says {said}, and {len(octets(first.body))} bytes came")
    if first.transfer_encoding == "base64" and not circumstances.partner.tolerance.outer_base64:
        return Finding(Cause.BASE64_NOT_AGREED)
    compressions = 0
    for layer in layers:
        compressions += layer.kind == "compressed"
        found = _in_layer(layer, circumstances, compressions)
        if found is not None:
            return found
    kinds = [layer.kind for layer in layers]
    if kinds.count("encrypted") > 1 or len(layers) >= MOST_LAYERS:
        return Finding(Cause.COMPRESSED_TOO_OFTEN, ", ".join(kinds))
    if isinstance(outcome, InsufficientSecurity):
        return Finding(Cause.NOT_SIGNED if "signed" not in kinds else Cause.NOT_ENCRYPTED, headers.content_type.partition(";")[0])
    if isinstance(outcome, AuthenticationFailed):
        return _expired(circumstances)
    return Finding(Cause.UNEXPLAINED, outcome.detail if outcome is not None else "there is no key of ours")


def _in_layer(layer: Layer, circumstances: Circumstances, compressions: int) -> Finding | None:
    match layer.kind:
        case "unreadable":
            return cms_fault(layer)
        case "encrypted":
            return envelope_fault(layer, circumstances)
        case "compressed":
            return compression_fault(layer, circumstances, times=compressions)
        case "signed":
            return signature_fault(layer, circumstances)
    return None


def _expired(circumstances: Circumstances) -> Finding:
    certificate = next(iter(partner_keys(circumstances.partner).verifying(circumstances.now)))
    return Finding(Cause.SIGNER_EXPIRED, f"{certificate.fingerprint}, valid until {certificate.not_after:%Y-%m-%d}")
