"""What one party seals, the other opens: every combination, and the points of the checklist that show on the way."""

import base64
import hashlib
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from as2.algorithms import Cipher, Digest, KeyTransport
from as2.cms.compressed import compress
from as2.cms.enveloped import encrypt
from as2.cms.signed import verify
from as2.content import Content
from as2.errors import AuthenticationFailed, InsufficientSecurity, InvalidMessageId
from as2.headers import As2Headers, MdnMode
from as2.keys import CertificateError, partner_keys
from as2.message import SealedMessage, new_message_id, signed_entity
from as2.mic import Mic
from as2.mime import Entity, build_entity
from as2.receive import open_message
from tests.as2.parties import NORTHMART, ORDER, SOUTHGATE, Party, opened, seal
from tests.support.certificates import NOW, certificate

LAX = {"require_signed": False, "require_encrypted": False, "legacy": ["sha1", "3des"]}
BOSS = Party("Boss", certificate("boss", "p256"))  # signs with an elliptic curve key


@pytest.mark.parametrize(
    ("sign", "encrypt_", "compress_", "encoding"),
    list(product([None, "sha256"], [None, "aes256_cbc"], [False, True], ["binary", "base64"])),
)
def test_every_order_of_layers(sign, encrypt_, compress_, encoding):
    message = seal(receiver=SOUTHGATE.having(sign=sign, encrypt=encrypt_, compress=compress_, transfer_encoding=encoding))
    found = opened(message, sender=NORTHMART.having(**LAX))
    [payload] = found.payloads
    assert (payload.content, payload.content_type, payload.filename) == (ORDER, "application/edi-x12", "order.edi")
    assert found.mic == message.mic
    assert (found.signed_by is not None, found.decrypted_with is not None, found.compressed) == (bool(sign), bool(encrypt_), compress_)
    expected = ["decrypt"] * bool(encrypt_) + ["verify"] * bool(sign) + ["decompress"] * compress_
    assert [step.name for step in found.steps if step.name != "policy"] == expected


@pytest.mark.parametrize(("cipher", "transport"), list(product(Cipher, KeyTransport)))
def test_A32_ciphers_and_key_transports(cipher, transport):
    message = seal(receiver=SOUTHGATE.having(encrypt=cipher, key_transport=transport, legacy=["3des"]))
    found = opened(message, sender=NORTHMART.having(legacy=["3des"]))
    assert found.payloads[0].content == ORDER
    assert ("authEnveloped" in message.headers["Content-Type"]) == cipher.authenticated
    assert bool(found.warnings) == (cipher is Cipher.TRIPLE_DES_CBC)


@pytest.mark.parametrize(("digest", "scheme", "sender"), list(product(Digest, ["rsa_v1_5", "rsa_pss"], [NORTHMART, BOSS])))
def test_A30_digests_and_schemes(digest, scheme, sender):
    message = seal(sender=sender, receiver=SOUTHGATE.having(sign=digest, sign_scheme=scheme, legacy=["sha1"]))
    found = opened(message, sender=sender.having(legacy=["sha1"]))
    assert found.mic == message.mic
    assert found.mic.algorithm is digest


def test_A25_plain_messages_have_the_mic_of_their_body():
    message = seal(receiver=SOUTHGATE.having(sign=None, encrypt=None))
    assert message.body == ORDER
    assert message.mic == Mic.of(ORDER, Digest.SHA256)


def test_A25_unsigned_takes_the_first_digest_asked_for():
    message = seal(receiver=SOUTHGATE.having(sign=None))
    message = changed(message, Disposition_Notification_Options="signed-receipt-micalg=optional, md5, sha-384")
    found = opened(message, sender=NORTHMART.having(require_signed=False))
    assert found.mic.algorithm is Digest.SHA384


def test_A25_the_request_decides_where_that_is_agreed():
    message = changed(seal(), Disposition_Notification_Options="signed-receipt-micalg=optional, sha-512")
    assert opened(message).mic.algorithm is Digest.SHA256
    assert opened(message, sender=NORTHMART.having(tolerance={"mic_algorithm": "request"})).mic.algorithm is Digest.SHA512


def changed(message: SealedMessage, **fields: str) -> SealedMessage:
    return replace(message, headers={**message.headers, **{name.replace("_", "-"): value for name, value in fields.items()}})


def received(body: bytes, content_type: str, *, sender: Party = NORTHMART, receiver: Party = SOUTHGATE, **fields: str):
    """A body that was not made by `seal_message`."""
    head = {"AS2-From": sender.name, "AS2-To": receiver.name, "Message-ID": "<1@example.com>", "Content-Type": content_type}
    head |= {name.replace("_", "-"): value for name, value in fields.items()}
    return open_message(As2Headers.parse(head.items()), body, own=receiver.own, partner=sender.profile, now=NOW)


def signed(entity: bytes) -> tuple[str, bytes]:
    """Content-Type and body of a signature of Northmart's around these bytes."""
    key = NORTHMART.own.sign
    assert key is not None
    mic = Mic.of(entity, Digest.SHA256)
    fields, body = signed_entity(Content.of(entity), mic, key=key.current, partner=SOUTHGATE.profile, now=NOW, random=bytes)
    return fields[0][1], body.read()


OPEN = NORTHMART.having(**LAX)


def test_A22_text_with_bare_line_feeds_verifies_as_sent_or_as_crlf():
    """The sender signed with CRLF, and something on the way, or its own library, wrote LF."""
    entity = b"Content-Type: text/plain\r\n\r\nline 1\r\nline 2"
    content_type, body = signed(entity)
    spoiled = body.replace(b"line 1\r\n", b"line 1\n")
    found = received(spoiled, content_type, sender=OPEN)
    assert found.payloads[0].content == b"line 1\r\nline 2"
    assert found.mic == Mic.of(entity, Digest.SHA256)
    assert found.warnings == ("verified only with CRLF line ends",)
    content_type, body = signed(b"Content-Type: text/plain\r\n\r\nline 1\nline 2")
    assert received(body, content_type, sender=OPEN).payloads[0].content == b"line 1\nline 2"


def test_A34_compressed_after_signing_is_read_too():
    content_type, body = signed(build_entity([("Content-Type", "application/edi-x12")], ORDER))
    found = received(
        compress(build_entity([("Content-Type", content_type)], body)), "application/pkcs7-mime; smime-type=compressed-data", sender=OPEN
    )
    assert [step.name for step in found.steps] == ["decompress", "verify"]
    assert found.mic == Mic.of(build_entity([("Content-Type", "application/edi-x12")], ORDER), Digest.SHA256)


def test_the_label_of_a_cms_message_does_not_decide():
    message = seal()
    assert received(message.body, "application/x-pkcs7-mime; smime-type=signed-data").payloads[0].content == ORDER


def test_A13_a_body_in_base64_is_taken_with_a_warning():
    message = seal()
    body = base64.encodebytes(message.body)
    found = received(body, message.headers["Content-Type"], Content_Transfer_Encoding="base64")
    assert found.payloads[0].content == ORDER
    assert found.warnings == ("the body was in base64",)


def test_A38_attachments_are_payloads_under_one_mic():
    related = (
        b'Content-Type: multipart/related; boundary="r"; type="application/edi-x12"\r\n\r\n'
        b"--r\r\nContent-Type: application/edi-x12\r\n\r\n" + ORDER + b"\r\n--r\r\n\r\nno type\r\n"
        b'--r\r\nContent-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nUERG\r\n--r--\r\n'
    )
    content_type, body = signed(related)
    found = received(body, content_type, sender=OPEN)
    assert [(payload.content, payload.content_type) for payload in found.payloads] == [
        (ORDER, "application/edi-x12"),
        (b"no type", "text/plain"),
        (b"PDF", "application/pdf"),
    ]
    assert found.payloads[2].filename == "a.pdf"
    assert found.mic == Mic.of(related, Digest.SHA256)


def test_A25_text_that_nobody_signed_is_digested_with_crlf():
    """The decrypted entity in canonical form; what is binary is digested as it is."""
    head = b"Content-Type: application/edi-x12\r\nContent-Transfer-Encoding: "
    certificate = SOUTHGATE.own.decrypting(NOW)[0].certificate
    for encoding, line_end in ((b"7bit", b"\r\n"), (b"quoted-printable", b"\r\n"), (b"binary", b"\n")):
        fields, text = head + encoding + b"\r\n\r\n", b"ISA\nIEA\n"
        found = received(encrypt(fields + text, certificates=[certificate]), "application/pkcs7-mime", sender=OPEN)
        assert found.mic == Mic.of(fields + text.replace(b"\n", line_end), Digest.SHA256)


def test_what_was_signed_can_be_verified_again_by_who_has_it():
    for layers in ({}, {"encrypt": None}):
        message = seal(receiver=SOUTHGATE.having(**layers))
        found = opened(message, sender=OPEN)
        assert found.signed_entity is not None
        content, signature = Entity.parse(b"".join(found.signed_entity.blocks())).multipart.parts
        certificates = partner_keys(NORTHMART.profile).verifying(NOW)
        assert verify(Entity.parse(signature).cms(), content, certificates=certificates).content == b"".join(message.covered.blocks())
        assert found.embedded == (certificates[0].encoded,)
        assert (found.signed_by, found.decrypted_with) == (message.signed_by, message.encrypted_for)


def test_A36_any_content_type_is_taken():
    message = seal(content_type="application/application/edi-x12")
    assert opened(message).payloads[0].content_type == "application/application/edi-x12"


def test_A31_we_find_ourselves_among_several_recipients():
    certificates = [keys.encryption(NOW) for keys in map(partner_keys, (NORTHMART.profile, SOUTHGATE.profile))]
    content_type, body = signed(build_entity([("Content-Type", "application/edi-x12")], ORDER))
    envelope = encrypt(build_entity([("Content-Type", content_type)], body), certificates=[item for item in certificates if item])
    assert received(envelope, "application/pkcs7-mime").payloads[0].content == ORDER


@pytest.mark.parametrize(
    ("sealed_as", "profile"),
    [
        ({"sign": None}, {}),
        ({"encrypt": None}, {}),
        ({"sign": "sha1", "legacy": ["sha1"]}, {}),
        ({"encrypt": "3des_cbc", "legacy": ["3des"]}, {}),
    ],
)
def test_less_security_than_agreed_is_refused(sealed_as, profile):
    message = seal(receiver=SOUTHGATE.having(**sealed_as))
    with pytest.raises(InsufficientSecurity) as refused:
        opened(message, sender=NORTHMART.having(**profile))
    assert refused.value.steps[-1].outcome == "failed"
    assert refused.value.state == "REJECTED"


def test_the_mic_of_what_is_refused_by_policy_is_known():
    message = seal(receiver=SOUTHGATE.having(encrypt=None))
    with pytest.raises(InsufficientSecurity) as refused:
        opened(message)
    assert refused.value.mic == message.mic


def test_encrypted_but_not_signed_is_a_warning_where_it_is_allowed():
    message = seal(receiver=SOUTHGATE.having(sign=None))
    assert "not signed" in opened(message, sender=NORTHMART.having(require_signed=False)).warnings[0]


def test_A05_an_odd_message_id_is_refused_by_name():
    with pytest.raises(InvalidMessageId):
        opened(changed(seal(), Message_ID="<a b@example.com>"))


def test_expired_certificates_warn_when_verifying_and_stop_when_sending():
    expired = Party("Old", certificate("old", number=1, not_after=NOW - timedelta(days=1)))
    with pytest.raises(CertificateError, match="expired"):
        seal(sender=expired)
    with pytest.raises(CertificateError, match="expired"):
        seal(receiver=expired)
    message = seal(sender=expired, receiver=SOUTHGATE.having(tolerance={"expired_send": True}))
    assert opened(message, sender=expired).warnings == ("signed with an expired certificate",)
    with pytest.raises(AuthenticationFailed):
        opened(message, sender=expired.having(tolerance={"expired_verify": False}))


def test_the_head_of_what_we_send():
    message = seal()
    assert message.headers["AS2-Version"] == "1.2"
    assert message.headers["AS2-To"] == '"South gate"'
    assert message.headers["EDIINT-Features"] == "multiple-attachments"
    assert message.headers["Disposition-Notification-Options"] == (
        "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha-256"
    )
    assert "Expect" not in message.headers
    assert "AS2-Product" not in message.headers
    newer = seal(receiver=SOUTHGATE.having(as2_version="1.3", tolerance={"expect_continue": True}))
    assert (newer.headers["AS2-Version"], newer.headers["Expect"]) == ("1.3", "100-continue")
    assert newer.headers["AS2-Product"].startswith("partner-gateway:")


@pytest.mark.parametrize(("style", "spelled"), [("sha-256", "sha-256"), ("sha256", "sha256"), ("SHA256", "SHA256"), ("sha_256", "sha_256")])
def test_A24_digest_names_are_spelled_as_the_partner_knows_them(style, spelled):
    message = seal(receiver=SOUTHGATE.having(encrypt=None, tolerance={"micalg_style": style}))
    assert f"micalg={spelled}" in message.headers["Content-Type"]
    assert message.headers["Disposition-Notification-Options"].endswith(spelled)


@pytest.mark.parametrize(
    ("mdn", "mode", "url"),
    [
        ({"mode": "sync"}, MdnMode.SYNC, None),
        ({"mode": "async"}, MdnMode.ASYNC, "https://us.example.com/as2"),
        ({"mode": "async", "url": "https://other.example.com/mdn"}, MdnMode.ASYNC, "https://other.example.com/mdn"),
        ({"mode": "sync", "async_above": 100}, MdnMode.ASYNC, "https://us.example.com/as2"),
        ({"mode": "none"}, MdnMode.NONE, None),
    ],
)
def test_A09_the_receipt_that_we_ask_for(mdn, mode, url):
    message = seal(receiver=SOUTHGATE.having(mdn=mdn), mdn_url="https://us.example.com/as2")
    assert (message.mdn.mode, message.mdn.return_url) == (mode, url)
    assert As2Headers.parse(message.headers.items()).mdn == message.mdn


def test_what_the_profile_lacks_is_said():
    with pytest.raises(ValueError, match="no address"):
        seal(receiver=SOUTHGATE.having(mdn={"mode": "async"}))
    with pytest.raises(ValueError, match="no AS2 name"):
        seal(receiver=SOUTHGATE.having(as2_name=None))
    with pytest.raises(CertificateError, match="no certificate"):
        seal(receiver=SOUTHGATE.having(certs={}))
    with pytest.raises(CertificateError, match="RSA key"):
        seal(receiver=BOSS)


@pytest.mark.parametrize("fields", [{"message_id": "<a\r\nX: y@example.com>"}, {"content_type": "a/b\r\nX: y"}, {"filename": "a\nb"}])
def test_A20_nothing_can_be_put_into_the_head(fields):
    with pytest.raises(ValueError, match="control"):
        seal(**fields)


def test_what_is_sealed_is_the_same_at_every_attempt():
    message = seal(random=bytes)
    assert message.sha256 == hashlib.sha256(message.body).hexdigest()
    assert (
        seal(receiver=SOUTHGATE.having(encrypt=None), random=bytes).body == seal(receiver=SOUTHGATE.having(encrypt=None), random=bytes).body
    )


def test_message_ids_of_ours():
    assert new_message_id("01J", "as2.example.com") == "<01J@as2.example.com>"


def test_further_header_fields_go_along_where_the_profile_names_them():
    message = seal(receiver=SOUTHGATE.having(extra_headers={"X-Route": "edi-7"}))
    assert message.headers["X-Route"] == "edi-7"
    assert opened(message).payloads[0].content == ORDER
    assert "X-Route" not in seal().headers
