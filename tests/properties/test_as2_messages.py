"""Laws of whole messages: opening gives back what was sealed, a flipped bit is never taken, and no bytes bring anything but an `As2Error`."""

import contextlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from as2.algorithms import Cipher, Digest, KeyTransport
from as2.cms.ber import BerError, parse, reencoded
from as2.cms.certificate import load_certificate
from as2.cms.compressed import compress, decompress
from as2.cms.enveloped import DecryptionKey, decrypt, encrypt
from as2.cms.signed import verify
from as2.cms.signing import sign
from as2.content import Content
from as2.errors import As2Error
from as2.headers import As2Headers
from as2.mdn import MdnUnreadableError, looks_like_mdn, read_mdn
from as2.mic import Mic
from as2.receive import open_message
from tests.as2.parties import NORTHMART, SOUTHGATE, opened, seal
from tests.support.certificates import NOW, private_key

OPEN = NORTHMART.having(require_signed=False, require_encrypted=False)
SIGNER = load_certificate(NORTHMART.pair.certificate)
RECIPIENT = load_certificate(SOUTHGATE.pair.certificate)
KEYS = [DecryptionKey(private_key("rsa", 2), RECIPIENT)]  # type: ignore[arg-type]  # number 2 is an RSA key

TYPES = st.sampled_from([
    "application/pkcs7-mime",
    "multipart/signed; boundary=b",
    "multipart/report; boundary=b",
    "multipart/related; boundary=b",
    "application/edi-x12",
    "",
])  # fmt: skip
slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(
    payload=st.binary(max_size=400),
    sign_=st.sampled_from([None, "sha256", "sha512"]),
    encrypt_=st.sampled_from([None, *Cipher]),
    transport=st.sampled_from(KeyTransport),
    compress_=st.booleans(),
    encoding=st.sampled_from(["binary", "base64"]),
    filename=st.none() | st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30),
)
@slow
def test_opening_gives_back_what_was_sealed(payload, sign_, encrypt_, transport, compress_, encoding, filename):
    profile = {"sign": sign_, "encrypt": encrypt_, "key_transport": transport, "compress": compress_, "transfer_encoding": encoding}
    message = seal(payload, receiver=SOUTHGATE.having(legacy=["3des"], **profile), filename=filename)
    found = opened(message, sender=OPEN.having(legacy=["3des"]))
    assert found.payloads[0].content == payload
    assert found.mic == message.mic


@given(st.data())
@slow
def test_A21_a_flipped_bit_in_a_signed_part_is_never_taken(data):
    message = seal(receiver=SOUTHGATE.having(encrypt=None))
    start = message.body.index(b"Content-Type")
    end = message.body.index(b"\r\n--=_", start)
    position, bit = data.draw(st.integers(start, end - 1)), data.draw(st.integers(0, 7))
    body = bytearray(message.body)
    body[position] ^= 1 << bit
    with pytest.raises(As2Error):
        opened(replace(message, content=Content.of(bytes(body))))


@given(st.data())
@slow
def test_a_flipped_bit_in_a_sealed_message_is_never_taken(data):
    message = seal(random=bytes)
    body = bytearray(message.body)
    body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    if bytes(body) == message.body:
        return
    try:
        found = opened(replace(message, content=Content.of(bytes(body))))
    except As2Error:
        return
    assert found.mic == message.mic  # what is not protected (versions, label of a recipient) may change; what was signed may not


SAMPLES = [
    sign(bytes(32), digest=Digest.SHA256, key=private_key("rsa", 1), certificate=SIGNER, now=NOW),
    encrypt(b"Content-Type: a/b\r\n\r\nx", certificates=[RECIPIENT]),
    encrypt(b"Content-Type: a/b\r\n\r\nx", certificates=[RECIPIENT], cipher=Cipher.AES256_GCM),
    compress(b"Content-Type: a/b\r\n\r\nx"),
]


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_damaged_cms_messages_bring_nothing_but_as2_errors(data):
    message = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(message[: data.draw(st.integers(0, len(message)))]) if data.draw(st.booleans()) else bytes(message)
    for step in (
        lambda: verify(damaged, None, certificates=[SIGNER]),
        lambda: verify(damaged, b"x", certificates=[SIGNER]),
        lambda: decrypt(damaged, keys=KEYS),
        lambda: decompress(damaged, max_bytes=1 << 20),
    ):
        with contextlib.suppress(As2Error):  # some octets say nothing (versions), and the message still opens
            step()


@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda tail: b"\x30\x80" + tail))
@settings(max_examples=100)
def test_any_bytes_are_ber_or_refused(data):
    try:
        reencoded(parse(data))
    except BerError:
        return


@given(
    TYPES,
    st.binary(max_size=300) | st.binary(max_size=200).map(lambda part: b"--b\r\n\r\n" + part + b"\r\n--b\r\n\r\n" + part + b"\r\n--b--"),
)
@settings(max_examples=100, deadline=None)
def test_any_body_is_opened_or_refused(content_type, body):
    fields = [("AS2-From", "a"), ("AS2-To", "b"), ("Message-ID", "1"), ("Content-Type", content_type)]
    headers = As2Headers.parse(fields)
    looks_like_mdn(headers, body)
    with contextlib.suppress(As2Error):
        found = open_message(headers, body, own=SOUTHGATE.own, partner=OPEN.profile, now=NOW)
        assert Mic.parse(str(found.mic)) == found.mic
    with contextlib.suppress(MdnUnreadableError):
        read_mdn(fields, body, partner=OPEN.profile, now=NOW)
