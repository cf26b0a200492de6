"""Damage gives exactly the dispositions that it should, and decryption has one answer for every reason."""

import statistics
import time
import zlib
from dataclasses import replace

import pytest

from as2.algorithms import Cipher, Digest
from as2.cms.ber import OCTET_STRING, SEQUENCE, SET, der, der_integer, der_oid
from as2.cms.certificate import load_certificate
from as2.cms.compressed import COMPRESSED_DATA, DATA, ZLIB, compress, compressed_data, decompress
from as2.cms.enveloped import DecryptionKey, decrypt, encrypt
from as2.cms.signed import SIGNED_DATA, verify
from as2.cms.signing import sign
from as2.content import Content, Scratch, Source
from as2.errors import As2Error, AuthenticationFailed, DecompressionFailed, DecryptionFailed, InsufficientSecurity, IntegrityCheckFailed
from as2.headers import As2Headers
from as2.mic import Mic
from as2.mime import build_entity
from as2.receive import open_message
from tests.as2.parties import NORTHMART, ORDER, SOUTHGATE, opened, seal
from tests.support.certificates import NOW, certificate, private_key

STRANGER = replace(NORTHMART, pair=certificate("stranger", number=3))
ENTITY = build_entity([("Content-Type", "application/edi-x12")], ORDER)
RECIPIENT = load_certificate(SOUTHGATE.pair.certificate)
SIGNER = load_certificate(NORTHMART.pair.certificate)
OPEN = NORTHMART.having(require_signed=False, require_encrypted=False)


#: an offset within the encrypted content key of such an envelope
IN_THE_KEY = 250


def flipped(data: bytes, position: int) -> bytes:
    return data[:position] + bytes((data[position] ^ 0x20,)) + data[position + 1 :]


def received(body: bytes, content_type: str = "application/pkcs7-mime"):
    head = {"AS2-From": "Northmart", "AS2-To": "x", "Message-ID": "<1@example.com>", "Content-Type": content_type}
    return open_message(As2Headers.parse(head.items()), body, own=SOUTHGATE.own, partner=OPEN.profile, now=NOW)


def enveloped(content: bytes) -> bytes:
    return encrypt(content, certificates=[RECIPIENT])


def refused(body: bytes, content_type: str = "application/pkcs7-mime") -> As2Error:
    with pytest.raises(As2Error) as fault:
        received(body, content_type)
    return fault.value


# --- Drummond K.1 to K.3 -------------------------------------------------------------------------------------------------------------


def test_K1_a_damaged_signed_content_is_an_integrity_failure():
    message = seal(receiver=SOUTHGATE.having(encrypt=None))
    position = message.body.index(b"4711")
    with pytest.raises(IntegrityCheckFailed) as fault:
        opened(replace(message, content=Content.of(flipped(message.body, position))))
    assert str(fault.value.disposition).endswith("processed/error: integrity-check-failed")


def test_K1_a_damaged_signature_is_an_integrity_failure():
    message = seal(receiver=SOUTHGATE.having(encrypt=None))
    lines = message.body.split(b"\r\n")
    lines[-4] = lines[-4][:10] + (b"AAAA" if lines[-4][10:14] != b"AAAA" else b"BBBB") + lines[-4][14:]
    with pytest.raises(IntegrityCheckFailed):
        opened(replace(message, content=Content.of(b"\r\n".join(lines))))


def test_K2_a_damaged_ciphertext_is_a_decryption_failure():
    message = seal()
    for position in (len(message.body) - 1, len(message.body) - 40):
        with pytest.raises(DecryptionFailed) as fault:
            opened(replace(message, content=Content.of(flipped(message.body, position))))
        assert str(fault.value.disposition).endswith("processed/error: decryption-failed")


@pytest.mark.parametrize("layers", [{"sign": None, "encrypt": None}, {"encrypt": None}, {}])
def test_K3_a_damaged_compression_is_a_decompression_failure(layers, monkeypatch):
    def damaged(content: Source, scratch: Scratch | None) -> Content:
        whole = compressed_data(content, scratch).read()
        return Content.of(flipped(whole, len(whole) - 3))

    monkeypatch.setattr("as2.message.compressed_data", damaged)
    message = seal(receiver=SOUTHGATE.having(compress=True, **layers))
    with pytest.raises(DecompressionFailed) as fault:
        opened(message, sender=OPEN)
    assert str(fault.value.disposition).endswith("processed/error: decompression-failed")


def test_A27_a_strangers_signature_is_an_authentication_failure():
    with pytest.raises(AuthenticationFailed) as fault:
        opened(seal(sender=STRANGER), sender=NORTHMART)
    assert str(fault.value.disposition).endswith("processed/error: authentication-failed")


# --- one answer for every decryption failure -----------------------------------------------------------------------------------------


def body_for_another() -> bytes:
    return encrypt(ENTITY, certificates=[SIGNER])


def wrong_padding() -> bytes:
    """A ciphertext whose last block decrypts to no PKCS #7 padding: the last byte before it is changed."""
    message = enveloped(ENTITY)
    return flipped(message, len(message) - 17)


def half_a_block() -> bytes:
    inner = der(SEQUENCE, der_oid("1.2.840.113549.1.7.1"))
    return der(SEQUENCE, der_oid("1.2.840.113549.1.7.3"), der(0xA0, der(SEQUENCE, der_integer(0), der(SET), inner)))


FAILURES = {
    "not for us": body_for_another,
    "wrong padding": wrong_padding,
    "damaged key": lambda: flipped(enveloped(ENTITY), IN_THE_KEY),
    "cut off": lambda: enveloped(ENTITY)[:-5],
    "no recipients": half_a_block,
    "no entity": lambda: enveloped(b"random octets"),
    "no fields": lambda: enveloped(b"\r\n" + ORDER),
    "no last boundary": lambda: enveloped(b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n"),
    "something after the last boundary": lambda: enveloped(b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\nx"),
    "no boundary": lambda: enveloped(b"Content-Type: multipart/signed\r\n\r\nx"),
    "cut off inside": lambda: enveloped(b"Content-Type: application/pkcs7-mime\r\n\r\n" + compress(ENTITY)[:-4]),
    "something after the inner message": lambda: enveloped(b"Content-Type: application/pkcs7-mime\r\n\r\n" + compress(ENTITY) + b"x"),
    "encrypted twice": lambda: enveloped(b"Content-Type: application/pkcs7-mime\r\n\r\n" + enveloped(ENTITY)),
    "not CMS": lambda: b"\x30\x03\x02\x01\x00",
    "not even BER": lambda: b"\x30\x82",
    "not base64": lambda: b"????",
    "wrong base64 inside": lambda: enveloped(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n?\r\n--b--"
    ),
}


@pytest.mark.parametrize("reason", FAILURES)
def test_A51_every_decryption_failure_has_the_same_answer(reason):
    fault = refused(FAILURES[reason]())
    assert type(fault) is DecryptionFailed
    assert (
        str(fault.answer("1.2"))
        == str(fault.answer("1.3"))
        == "automatic-action/MDN-sent-automatically; processed/error: decryption-failed"
    )


def test_A51_of_what_nobody_signed_the_answer_says_nothing_of_the_padding():
    """Whoever changes the vector of a captured message makes text of what was multipart/signed, and then asks byte by byte."""
    body = bytearray(seal().body)
    vector = body.index(der_oid(Cipher.AES256_CBC.oid)) + len(der_oid(Cipher.AES256_CBC.oid)) + 2
    body[vector] ^= ord("C") ^ ord("X")  # no Content-Type any more
    answers = set()
    for changed in range(17):  # 0 leaves the padding right; of the others one makes it right in another length
        asked = bytearray(body)
        asked[-17] ^= changed
        with pytest.raises(As2Error) as fault:
            opened(replace(seal(), content=Content.of(bytes(asked))))
        answers.add((type(fault.value), fault.value.detail, fault.value.steps))
    [(kind, detail, _)] = answers
    assert (kind, detail) == (InsufficientSecurity, "not signed, though the profile requires it")


def test_A51_a_content_key_of_the_wrong_length_takes_the_same_way():
    key = DecryptionKey(private_key("rsa", 2), RECIPIENT)  # type: ignore[arg-type]  # number 2 is an RSA key
    message = encrypt(ENTITY, certificates=[RECIPIENT], random=lambda size: bytes(24 if size == 32 else size))
    with pytest.raises(DecryptionFailed):
        decrypt(message, keys=[key])


def test_A51_a_wrong_key_and_a_wrong_padding_take_the_same_time():
    """The countermeasure of RFC 3218: an unwrap that fails goes on with a random key. Compared as a ratio of medians."""
    damaged_key, damaged_padding = flipped(enveloped(ENTITY), IN_THE_KEY), wrong_padding()

    times: dict[bytes, list[float]] = {damaged_key: [], damaged_padding: []}
    for _ in range(30):
        for body, taken in times.items():  # in turns, so that a busy machine slows both
            begin = time.thread_time()
            refused(body)
            taken.append(time.thread_time() - begin)
    ratio = statistics.median(times[damaged_key]) / statistics.median(times[damaged_padding])
    assert 0.5 < ratio < 2


# --- decompression -------------------------------------------------------------------------------------------------------------------


def compressed(packed: bytes, algorithm: str = ZLIB) -> bytes:
    inner = der(SEQUENCE, der_oid(DATA), der(0xA0, der(OCTET_STRING, packed)))
    return der(SEQUENCE, der_oid(COMPRESSED_DATA), der(0xA0, der(SEQUENCE, der_integer(0), der(SEQUENCE, der_oid(algorithm)), inner)))


@pytest.mark.parametrize("packed", [b"", b"x", zlib.compress(ORDER)[:-1], zlib.compress(ORDER)[:20]])
def test_A34_what_is_no_zlib_data(packed):
    with pytest.raises(DecompressionFailed):
        decompress(compressed(packed), max_bytes=1 << 20)


def test_A34_other_algorithms_and_other_messages():
    for message in (compressed(zlib.compress(ORDER), "1.2.3"), b"", der(SEQUENCE, der_oid(SIGNED_DATA), der(0xA0))):
        with pytest.raises(DecompressionFailed):
            decompress(message, max_bytes=1 << 20)


def test_A35_bombs_stop_at_the_limit_and_at_the_ratio():
    assert len(decompress(compress(bytes(900_000)), max_bytes=1 << 20)) == 900_000
    with pytest.raises(DecompressionFailed, match="more than is agreed"):
        decompress(compress(bytes(2_000_000)), max_bytes=1 << 20)
    with pytest.raises(DecompressionFailed, match="more than is agreed"):  # 1000:1, after the first megabyte
        decompress(compress(bytes(30_000_000)), max_bytes=1 << 30)


def test_A34_three_times_compressed_is_refused():
    entity = ENTITY
    for _ in range(3):
        entity = build_entity([("Content-Type", "application/pkcs7-mime; smime-type=compressed-data")], compress(entity))
    body = entity.partition(b"\r\n\r\n")[2]
    assert isinstance(refused(body), DecompressionFailed)
    assert isinstance(refused(compress(b"no entity")), DecompressionFailed)


# --- signatures ----------------------------------------------------------------------------------------------------------------------


def signature(content: bytes = ENTITY, number: int = 1, name: str = "northmart") -> bytes:
    return sign(
        Mic.of(content, Digest.SHA256).digest,
        digest=Digest.SHA256,
        key=private_key("rsa", number),
        certificate=load_certificate(certificate(name, number=number).certificate),
        now=NOW,
    )


def test_A29_no_signer_is_no_signature():
    empty = der(SEQUENCE, der_integer(1), der(SET), der(SEQUENCE, der_oid(DATA)), der(SET))
    with pytest.raises(IntegrityCheckFailed, match="no signer"):
        verify(der(SEQUENCE, der_oid(SIGNED_DATA), der(0xA0, empty)), ENTITY, certificates=[SIGNER])


def test_A29_a_detached_signature_needs_its_content():
    with pytest.raises(IntegrityCheckFailed, match="detached"):
        verify(signature(), None, certificates=[SIGNER])


def test_A27_a_renewed_certificate_with_the_same_key_is_the_partners():
    renewed = load_certificate(certificate("northmart renewed", number=1).certificate)
    assert verify(signature(), ENTITY, certificates=[renewed]).certificate == renewed


def test_A27_odd_serial_numbers():
    for serial in (1, 2**158):
        pair = certificate("odd", number=1, serial=serial)
        assert load_certificate(pair.certificate).serial == serial


def test_A28_signed_attributes_of_another_message_are_no_content():
    """Without attributes, the attributes of one signature could be passed off as the content of another."""
    attributes_as_content = b"1" + signature()
    with pytest.raises((AuthenticationFailed, IntegrityCheckFailed)):
        verify(signature(), attributes_as_content, certificates=[SIGNER])


@pytest.mark.parametrize("message", [b"", b"\x30\x00", b"\x30\x80\x00\x00", compress(ENTITY), enveloped(ENTITY), signature()[:-1]])
def test_what_is_no_signature_is_an_integrity_failure(message):
    with pytest.raises(IntegrityCheckFailed):
        verify(message, ENTITY, certificates=[SIGNER])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--b\r\n\r\nx\r\n--b--",
        b"--b\r\n\r\nx\r\n--b\r\n\r\n????\r\n--b--",
        b"--b\r\n\r\nx\r\n--b\r\nno entity\r\n--b--",
        b"\xff" * 100,
    ],
)
def test_a_signed_multipart_without_its_parts_is_an_integrity_failure(body):
    assert isinstance(refused(body, "multipart/signed; boundary=b"), IntegrityCheckFailed)


def test_the_detail_is_for_us_and_the_answer_never_has_it():
    fault = refused(body_for_another())
    assert fault.detail
    assert fault.detail not in str(fault.answer("1.2"))
    assert fault.steps[-1].detail == fault.detail
    assert fault.mic is not None
