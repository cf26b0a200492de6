"""What is large goes from file to file: the same answers as in memory, and never more than a few blocks of it at once (A50)."""

import base64
import hashlib
import io
import random
import tempfile
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, BinaryIO
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from as2.cms.ber import OCTET_STRING, SEQUENCE, der, der_integer, der_oid, parse
from as2.cms.compressed import compress
from as2.cms.enveloped import encrypt
from as2.content import IN_MEMORY, Content, Scratch
from as2.errors import As2Error, DecompressionFailed, DecryptionFailed, IntegrityCheckFailed
from as2.headers import As2Headers
from as2.message import SealedMessage, signed_entity
from as2.mic import Mic
from as2.mime import Entity, build_entity
from as2.receive import OpenedMessage, open_message
from tests.as2.parties import NORTHMART, SOUTHGATE, Party, seal
from tests.support.certificates import NOW

LAX: dict[str, Any] = {"require_signed": False, "require_encrypted": False, "max_bytes": 1 << 30}
SENDER = NORTHMART.having(**LAX)
SIZE = 2 * IN_MEMORY + 12_345
LARGE = random.Random(11).randbytes(SIZE)
MIB = 1 << 20


class Files:
    """Scratch files, all closed in the end."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack, self.made = stack, list[BinaryIO]()

    def __call__(self) -> BinaryIO:
        self.made.append(self._stack.enter_context(tempfile.TemporaryFile()))  # noqa: SIM115 - the stack closes it
        return self.made[-1]


@pytest.fixture
def files() -> Iterator[Files]:
    with ExitStack() as stack:
        yield Files(stack)


def opened(body: Content, headers: dict[str, str], scratch: Scratch | None, *, sender: Party = SENDER) -> OpenedMessage:
    own, partner = SOUTHGATE.own, sender.profile
    return open_message(As2Headers.parse(headers.items()), body, own=own, partner=partner, now=NOW, scratch=scratch)


def received(body: bytes, content_type: str, files: Files, **fields: str) -> OpenedMessage:
    """A body that comes as a file."""
    head = {"AS2-From": SENDER.name, "AS2-To": SOUTHGATE.name, "Message-ID": "<1@example.com>", "Content-Type": content_type}
    return opened(Content.of(io.BytesIO(body)), head | {name.replace("_", "-"): value for name, value in fields.items()}, files)


def signed(entity: bytes) -> bytes:
    """A MIME entity: a signature of Northmart's around these bytes."""
    key = NORTHMART.own.sign
    assert key is not None
    mic = Mic.of(entity, SOUTHGATE.profile.sign)
    fields, body = signed_entity(Content.of(entity), mic, key=key.current, partner=SOUTHGATE.profile, now=NOW, random=bytes)
    return build_entity(fields, body.read())


def encrypted(entity: bytes) -> bytes:
    certificate = SOUTHGATE.own.decrypting(NOW)[0].certificate
    return encrypt(entity, certificates=[certificate])


def chunked(octets: bytes, tag: int = 0x24, size: int = 1000) -> bytes:
    """A string of indefinite length, in chunks."""
    pieces = (der(OCTET_STRING, octets[start : start + size]) for start in range(0, len(octets), size))
    return bytes((tag, 0x80)) + b"".join(pieces) + b"\0\0"


LAYERS = {
    "plain": {"sign": None, "encrypt": None},
    "signed": {"encrypt": None},
    "encrypted": {"sign": None},
    "signed and encrypted": {},
    "compressed, signed and encrypted": {"compress": True},
    "compressed in base64": {"compress": True, "transfer_encoding": "base64", "encrypt": None},
    "compressed": {"compress": True, "sign": None, "encrypt": None},
    "GCM": {"encrypt": "aes256_gcm"},
    "3DES": {"encrypt": "3des_cbc", "legacy": ["3des"]},
    "PSS, SHA-512": {"sign": "sha512", "sign_scheme": "rsa_pss"},
}


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("size", [SIZE, IN_MEMORY, IN_MEMORY - 700])
def test_A50_large_and_small_are_sealed_and_opened_alike(layers: dict[str, Any], size: int, files: Files):
    payload = io.BytesIO(LARGE[:size])
    message: SealedMessage = seal(payload, receiver=SOUTHGATE.having(**layers), scratch=files)  # type: ignore[arg-type]
    assert message.content.in_memory is (message.content.size <= IN_MEMORY)
    assert message.sha256 == hashlib.sha256(message.body).hexdigest()
    assert message.mic == Mic.of(message.covered, message.mic.algorithm)
    sender = SENDER.having(**LAX, legacy=layers.get("legacy", []))
    for body, scratch in ((message.content, files), (Content.of(message.body), None)):
        found = opened(body, dict(message.headers), scratch, sender=sender)
        assert found.payloads[0].content == LARGE[:size]
        assert found.mic == message.mic
        assert bool(found.signed_by) is bool(message.signed_by)
        assert bool(found.decrypted_with) is bool(message.encrypted_for)


def test_A34_A50_compressed_after_signing(files: Files):
    entity = build_entity([("Content-Type", "application/edi-x12")], LARGE)
    found = received(
        encrypted(build_entity([("Content-Type", "application/pkcs7-mime")], compress(signed(entity)))), "application/pkcs7-mime", files
    )
    assert [step.name for step in found.steps] == ["decrypt", "decompress", "verify"]
    assert found.payloads[0].content == LARGE
    assert found.mic == Mic.of(entity, found.mic.algorithm)


def test_A26_A50_chunks_of_indefinite_length_come_in_from_a_file(files: Files):
    entity = build_entity([("Content-Type", "application/edi-x12")], LARGE)
    content_info, explicit = parse(encrypted(signed(entity))).children()
    version, recipients, encrypted_info = explicit.first().children()
    kind, algorithm, octets = encrypted_info.children()
    for size in (1000, 65_536, 3 * MIB // 2):
        inner = b"\x30\x80" + kind.encoded + algorithm.encoded + chunked(octets.string(0x80).read(), 0xA0, size) + b"\0\0"
        enveloped = b"\x30\x80" + version.encoded + recipients.encoded + inner + b"\0\0"
        body = b"\x30\x80" + content_info.encoded + b"\xa0\x80" + enveloped + b"\0\0\0\0\r\n"
        assert received(body, "application/pkcs7-mime", files).payloads[0].content == LARGE


def test_A29_A50_content_inside_of_its_signature(files: Files):
    entity = build_entity([("Content-Type", "application/edi-x12")], LARGE)
    content_type, explicit = parse(signature_of(Content.of(signed(entity)))).children()
    version, digests, _, *rest = explicit.first().children()
    for octets in (der(OCTET_STRING, entity), chunked(entity)):
        encapsulated = der(SEQUENCE, der_oid("1.2.840.113549.1.7.1"), der(0xA0, octets))
        data = der(SEQUENCE, version.encoded, digests.encoded, encapsulated, *(element.encoded for element in rest))
        found = received(der(SEQUENCE, content_type.encoded, der(0xA0, data)), "application/pkcs7-mime; smime-type=signed-data", files)
        assert found.payloads[0].content == LARGE
        assert found.mic == Mic.of(entity, found.mic.algorithm)


def signature_of(entity: Content) -> Content:
    """The SignedData of a multipart/signed."""
    return Entity.parse(Entity.parse(entity).multipart.parts[1]).cms()


def test_A13_A50_a_large_body_in_base64(files: Files):
    entity = build_entity([("Content-Type", "application/edi-x12")], LARGE)
    body = base64.encodebytes(encrypted(signed(entity)))
    found = received(body, "application/pkcs7-mime", files, Content_Transfer_Encoding="base64")
    assert found.payloads[0].content == LARGE
    assert found.warnings == ("the body was in base64",)


def test_A22_A50_large_text_whose_line_ends_were_changed(files: Files):
    text = b"A line of text\r\n" * 100_000
    whole = signed(build_entity([("Content-Type", "text/plain")], text))
    head, _, body = whole.partition(b"\r\n\r\n")
    spoiled = body.replace(b"text\r\n", b"text\n")
    found = received(spoiled, head.partition(b": ")[2].decode(), files)
    assert found.payloads[0].content == text
    assert found.warnings == ("verified only with CRLF line ends",)


def test_A38_A50_attachments_are_windows(files: Files):
    parts = [LARGE, b"small", LARGE[:MIB]]
    body = b"".join(b"--r\r\nContent-Type: application/pdf\r\n\r\n" + part + b"\r\n" for part in parts) + b"--r--\r\n"
    related = build_entity([("Content-Type", "multipart/related; boundary=r")], body)
    found = received(encrypted(signed(related)), "application/pkcs7-mime", files)
    assert [payload.content for payload in found.payloads] == parts
    assert len(files.made) == 1  # what was decrypted; everything else is a part of it
    assert found.mic == Mic.of(related, found.mic.algorithm)


def test_A51_a_large_body_that_was_damaged_anywhere_has_one_answer(files: Files):
    entity = signed(build_entity([("Content-Type", "application/edi-x12")], LARGE))
    body = encrypted(entity)
    answers = set()
    for position in (len(body) - 1, len(body) - 20, len(body) - len(entity) - 120):
        spoiled = bytearray(body)
        spoiled[position] ^= 1
        with pytest.raises(As2Error) as fault:
            received(bytes(spoiled), "application/pkcs7-mime", files)
        answers.add((type(fault.value), fault.value.detail))
    assert answers == {(DecryptionFailed, "the envelope could not be opened with any of our keys")}


def test_A51_nothing_of_a_plaintext_whose_tag_fails_stays_in_a_file(files: Files):
    message = seal(LARGE, receiver=SOUTHGATE.having(encrypt="aes128_gcm"))
    body = bytearray(message.body)
    body[-1] ^= 1
    with pytest.raises(DecryptionFailed):
        opened(Content.of(io.BytesIO(bytes(body))), dict(message.headers), files)
    assert [file.seek(0, 2) for file in files.made] == [0]


def test_A21_A50_one_changed_byte_in_a_large_signed_file(files: Files):
    message = seal(LARGE, receiver=SOUTHGATE.having(encrypt=None))
    body = bytearray(message.body)
    body[MIB] ^= 1
    with pytest.raises(IntegrityCheckFailed) as fault:
        opened(Content.of(io.BytesIO(bytes(body))), dict(message.headers), files)
    assert fault.value.computed != fault.value.claimed == message.mic.digest


def test_A35_A50_a_bomb_stops_at_the_limit_with_files_too(files: Files):
    packed = compress(bytes(40 * MIB))
    with pytest.raises(DecompressionFailed):
        received(packed, "application/pkcs7-mime", files)
    assert sum(file.seek(0, 2) for file in files.made) < 16 * MIB


def test_A26_A50_values_that_are_no_content_stay_small(files: Files):
    """A message whose signature, names or attributes are as large as a file is not read into memory."""
    serial = der(0x02, b"\1" * (17 * MIB))
    recipient = der(SEQUENCE, der_integer(0), der(SEQUENCE, der(SEQUENCE), serial), der(SEQUENCE), der(OCTET_STRING))
    envelope = der(SEQUENCE, der_integer(0), der(0x31, recipient), der(SEQUENCE, der_oid("1.2.840.113549.1.7.1"), der(SEQUENCE), der(0x80)))
    message = der(SEQUENCE, der_oid("1.2.840.113549.1.7.3"), der(0xA0, envelope))
    tracemalloc.start()
    try:
        with pytest.raises(DecryptionFailed):
            received(message, "application/pkcs7-mime", files)
        assert tracemalloc.get_traced_memory()[1] < 20 * MIB  # the body itself, which this test holds
    finally:
        tracemalloc.stop()


SMALL = [
    seal(b"ISA" * 700, receiver=SOUTHGATE.having(**layers))
    for layers in (
        {},
        {"encrypt": None, "compress": True, "transfer_encoding": "base64"},
        {"sign": None, "compress": True},
        {"encrypt": "aes256_gcm"},
    )
]


@given(message=st.sampled_from(SMALL), data=st.data())
@settings(max_examples=150, deadline=None)
def test_A50_a_file_is_opened_or_refused_as_the_same_bytes_are(message: SealedMessage, data: st.DataObject):
    """Damaged anywhere, cut, or with something more; in one of the two ways nothing at all stays in memory."""
    body = bytearray(message.body)
    for position in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=3)):
        body[position] = data.draw(st.integers(0, 255))
    whole = bytes(body[: data.draw(st.integers(0, len(body)) | st.just(len(body)))]) + data.draw(
        st.sampled_from([b"", b"\r\n", b"x", bytes(16)])
    )
    with ExitStack() as stack, mock.patch("as2.content.IN_MEMORY", 0), mock.patch("as2.mime.IN_MEMORY", 0):
        from_file = outcome(Content.of(io.BytesIO(whole)), message, Files(stack))
    assert from_file == outcome(Content.of(whole), message, None)


def outcome(body: Content, message: SealedMessage, scratch: Scratch | None) -> tuple[object, ...]:
    try:
        found = opened(body, dict(message.headers), scratch)
    except As2Error as fault:
        return type(fault), fault.detail, fault.mic, fault.steps, fault.computed, fault.claimed
    return [payload.content for payload in found.payloads], found.mic, found.steps, found.embedded


@pytest.mark.parametrize(
    "layers",
    [{}, {"compress": True}, {"encrypt": "aes256_gcm"}, {"encrypt": None}, {"sign": None, "encrypt": None}],
    ids=["signed and encrypted", "compressed too", "GCM", "signed", "plain"],
)
def test_A50_memory_stays_flat_while_48_MiB_are_sealed_and_opened(layers: dict[str, Any], files: Files):
    block = random.Random(3).randbytes(24 * 1024)  # less than zlib looks back, so that it is quick
    payload = files()
    for _ in range(48 * 1024 // 24):
        payload.write(block)
    tracemalloc.start()
    try:
        message: SealedMessage = seal(payload, receiver=SOUTHGATE.having(**layers), scratch=files)  # type: ignore[arg-type]
        found = opened(message.content, dict(message.headers), files)
        assert tracemalloc.get_traced_memory()[1] < 16 * MIB
    finally:
        tracemalloc.stop()
    assert found.payloads[0].body.size == 48 * MIB
    assert found.mic == message.mic
