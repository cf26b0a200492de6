"""What the layers of a message say of themselves, and what each certificate named in it is here."""

from as2.cms.ber import BerError
from as2.explain.anatomy import Identifier, name_of, read_envelope, read_signature
from as2.explain.peel import Layer
from as2.explain.signing import certificate_words, embedded_in
from as2.explain.values import Circumstances, Fact
from as2.keys import partner_keys
from as2.succession import H, Succession

__all__ = ["roles", "story_of"]


def story_of(layers: tuple[Layer, ...], circumstances: Circumstances) -> tuple[Fact, ...]:
    """What each layer says of itself: for whom, by whom, by which algorithms."""
    facts = [Fact("layers", ", then ".join(layer.kind for layer in layers))]
    for layer in layers:
        try:
            if layer.kind == "encrypted":
                envelope = read_envelope(layer.cms)
                facts += [Fact("encrypted for", _who(recipient, circumstances)) for recipient in envelope.recipients]
                facts.append(Fact("cipher", envelope.cipher.value if envelope.cipher else name_of(envelope.cipher_oid)))
            elif layer.kind == "signed" and layer.cms:
                for signer in read_signature(layer.cms).signers:
                    facts.append(Fact("signed by", _who(signer.identifier, circumstances)))
                    digest = signer.digest.micalg if signer.digest else name_of(signer.digest_oid)
                    facts += [Fact("digest it signs", signer.message_digest.hex())] if signer.message_digest else []
                    facts.append(Fact("signature", f"{signer.scheme or name_of(signer.signature_oid)}, {digest}"))
        except (BerError, ValueError, IndexError):
            facts.append(Fact(layer.kind, "cannot be read"))
        facts += [Fact("certificate in it, not trusted", certificate_words(one)) for one in embedded_in(layer)]
    return tuple(facts)


def _who(identifier: Identifier, circumstances: Circumstances) -> str:
    """How the message names a certificate, and which one that is here."""
    named = str(identifier)
    held = roles(circumstances)
    for known in circumstances.known:
        if identifier.means(known.certificate):
            return f"{named}: {known.label}, {held.get(known.certificate.fingerprint, 'not in use here')}"
    return named


def roles(circumstances: Circumstances) -> dict[str, str]:
    """What each configured certificate is, by its fingerprint: whose, in use or next, until when."""
    own, partner = circumstances.own, partner_keys(circumstances.partner)
    found: dict[str, str] = {}
    for theirs in (partner.encrypt, partner.verify):
        found |= _roles("the partner's", theirs) if theirs is not None else {}
    for ours in (own.sign, own.decrypt) if own is not None else ():
        found |= _roles("ours", ours) if ours is not None else {}
    return found


def _roles(whose: str, held: Succession[H]) -> dict[str, str]:
    return {one.certificate.fingerprint: f"{whose}, {held.role(one)}, until {one.certificate.not_after:%Y-%m-%d}" for one in held.all}
