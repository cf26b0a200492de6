"""The kept broken messages: what is wrong with each, and what `explain` must say of it. The truth about each is in how it was made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from as2.explain import Cause
from tests.as2.broken.made import (
    COMPRESSED,
    ENVELOPE,
    ORDER,
    altered,
    answer,
    as_entity,
    base64_lines,
    compressed,
    encrypted,
    entity,
    http,
    in_envelope,
    mic_of,
    no_signer,
    plain,
    receipt,
    report,
    sent_entity,
    shortened,
    signature,
    signed,
    unsigned_receipt,
    usual,
    with_other_key,
    with_wrong_salt,
)


@dataclass(frozen=True)
class Case:
    """One message. Without `profile` it is that of a partner with everything as it should be."""

    name: str
    make: Callable[[], bytes]
    cause: Cause
    detail: str = ""  #: must stand in the explanation's detail: the offending thing itself
    switch: str = ""  #: the line that would help
    profile: Mapping[str, Any] = field(default_factory=dict)
    their_mic: Callable[[], str] | None = None  #: that the partner says it computed
    sent: str = ""  #: it is a receipt for this message of ours


_OPEN: Final = {"require_encrypted": False}
_TEXT: Final = entity(ORDER.replace(b"\n", b"\r\n"), "application/edi-x12", "7bit")
_BINARY: Final = entity(ORDER, "application/edi-x12", "binary")
_UNIX: Final = _TEXT.replace(b"\r\n", b"\n")


def _zip(content: bytes) -> bytes:
    return as_entity(COMPRESSED, compressed(content), "binary")


def _signed_only(content: bytes, sealed: bytes, **changed: str) -> bytes:
    return http(*signed(content, sealed), **changed)


def _without_signature() -> bytes:
    kind, body = signed(_BINARY, b"x")
    return http(kind, body.partition(b"\r\n--b0undary\r\nContent-Type: application/pkcs7-signature")[0] + b"\r\n--b0undary--\r\n")


def _base64_body() -> bytes:
    return base64_lines(encrypted(as_entity(*signed(_BINARY, signature(_BINARY)))))


def _signature_twice() -> bytes:
    return _signed_only(_BINARY, base64_lines(signature(_BINARY)))


def _unlabelled() -> bytes:
    kind, body = signed(_BINARY, signature(_BINARY))
    return http(kind, base64_lines(body))


def _damaged() -> bytes:
    message = usual()
    return message[:-1] + bytes((message[-1] ^ 1,))


def _damaged_compression() -> bytes:
    packed = compressed(_BINARY)
    middle = len(packed) - 60
    return usual(as_entity(COMPRESSED, packed[:middle] + bytes((packed[middle] ^ 0xFF,)) + packed[middle + 1 :], "binary"))


def _compressed_signed() -> bytes:
    return usual(_zip(_BINARY))


def _receipt_changed() -> bytes:
    return altered(
        receipt(report(disposition="processed/error: unexpected-processing-error")),
        b"processed/error: unexpected-processing-error",
        b"processed",
    )


CASES: Final[tuple[Case, ...]] = (
    # the head
    Case("names-swapped", lambda: usual(as2_from="HARBORLINE", as2_to="NORTHMART"), Cause.NAMES_SWAPPED, "AS2-From HARBORLINE"),
    Case(
        "name-in-another-case",
        lambda: usual(as2_from="Northmart"),
        Cause.NAME_IN_ANOTHER_CASE,
        "AS2-From Northmart, agreed is NORTHMART",
        "tolerance: {as2_name_ignore_case: true}",
    ),
    Case(
        "our-name-in-another-case",
        lambda: usual(as2_to="Harborline"),
        Cause.NAME_IN_ANOTHER_CASE,
        "AS2-To Harborline, agreed is HARBORLINE",
    ),
    Case("name-quoted-twice", lambda: usual(as2_from='"\\"NORTHMART\\""'), Cause.NAME_QUOTED_TWICE, 'AS2-From "NORTHMART"'),
    Case("name-unknown", lambda: usual(as2_from="NORTHMART-TEST"), Cause.NAMES_UNKNOWN, "AS2-From NORTHMART-TEST"),
    Case("no-message-id", lambda: usual(message_id=""), Cause.HEAD_UNUSABLE, "Message-ID is missing"),
    Case("blank-in-message-id", lambda: usual(message_id="<47 11@northmart.example>"), Cause.MESSAGE_ID_UNUSABLE),
    # MIME
    Case("parts-cut-off", lambda: shortened(plain(), 900), Cause.CUT_OFF, "the last boundary is missing", profile=_OPEN),
    Case("envelope-cut-off", lambda: shortened(usual(), 1000), Cause.CUT_OFF, "1000 came"),
    Case("shorter-than-it-says", lambda: shortened(usual(), 1000, honest=False), Cause.CUT_OFF, "Content-Length says"),
    Case("base64-twice", lambda: http(ENVELOPE, base64_lines(_base64_body())), Cause.BASE64_TWICE, "the body"),
    Case("signature-in-base64-twice", _signature_twice, Cause.BASE64_TWICE, "the signature", profile=_OPEN),
    Case(
        "base64-not-agreed",
        lambda: http(ENVELOPE, _base64_body(), content_transfer_encoding="base64"),
        Cause.BASE64_NOT_AGREED,
        "",
        "tolerance: {outer_base64: true}",
        {"tolerance": {"outer_base64": False}},
    ),
    Case("base64-body-not-labelled", _unlabelled, Cause.BASE64_NOT_LABELLED, "the body", profile=_OPEN),
    Case("base64-content-not-labelled", lambda: usual(entity(base64_lines(ORDER))), Cause.BASE64_NOT_LABELLED, "the content"),
    Case(
        "wrong-boundary",
        lambda: plain().replace(b"boundary=b0undary", b"boundary=boundary"),
        Cause.BOUNDARY_WRONG,
        'named "boundary", and "b0undary" stands there',
        profile=_OPEN,
    ),
    Case("signature-missing", _without_signature, Cause.SIGNATURE_MISSING, "one part only", profile=_OPEN),
    Case("no-envelope", lambda: http(ENVELOPE, ORDER), Cause.NOT_CMS, "ISA*"),
    # decryption
    Case(
        "encrypted-for-a-former-certificate",
        lambda: in_envelope(_BINARY, "own-former"),
        Cause.ENCRYPTED_FOR_FORMER_KEY,
        "certs/own-former.pem",
    ),
    Case(
        "encrypted-for-a-lost-certificate",
        lambda: in_envelope(_BINARY, "own-lost"),
        Cause.ENCRYPTED_FOR_FORMER_KEY,
        "issued by CN=Harborline",
    ),
    Case("encrypted-for-the-sender", lambda: in_envelope(_BINARY, "northmart"), Cause.ENCRYPTED_FOR_SENDER, "northmart.pem"),
    Case("encrypted-for-another-partner", lambda: in_envelope(_BINARY, "southgate"), Cause.ENCRYPTED_FOR_OTHERS, "southgate.pem"),
    Case("encrypted-for-a-stranger", lambda: in_envelope(_BINARY, "stranger"), Cause.ENCRYPTED_FOR_OTHERS, "issued by CN=Nobody"),
    Case(
        "triple-des",
        lambda: in_envelope(as_entity(*signed(_BINARY, signature(_BINARY))), "own", "-des3"),
        Cause.CIPHER_NOT_ALLOWED,
        "3des_cbc",
        "legacy: [3des]",
    ),
    Case(
        "triple-des-and-sha1",
        lambda: in_envelope(as_entity(*signed(_BINARY, signature(_BINARY, "northmart", "-md", "sha1"))), "own", "-des3"),
        Cause.CIPHER_NOT_ALLOWED,
        "3des_cbc",
        "legacy: [3des, sha1]",
    ),
    Case(
        "rc2",
        lambda: in_envelope(_BINARY, "own", "-rc2", "-provider", "legacy", "-provider", "default"),
        Cause.CIPHER_UNSAFE,
        "RC2",
    ),
    Case("ciphertext-damaged", _damaged, Cause.CIPHERTEXT_DAMAGED, "encrypted for"),
    Case("bare-file-encrypted", lambda: in_envelope(ORDER), Cause.DECRYPTED_NO_ENTITY, "'ISA'"),
    # compression
    Case("bomb", lambda: usual(_zip(entity(bytes(30_000_000), "application/octet-stream"))), Cause.COMPRESSION_BOMB),
    Case(
        "unpacks-to-too-much",
        lambda: usual(_zip(entity(b"".join(b"%08d~" % number for number in range(50_000))))),
        Cause.UNPACKS_TO_TOO_MUCH,
        "100000 are allowed",
        "max_bytes: 268435456",
        {"max_bytes": 100_000},
    ),
    Case("compression-damaged", _damaged_compression, Cause.COMPRESSION_DAMAGED, "damaged"),
    Case("compressed-three-times", lambda: usual(_zip(_zip(_zip(_BINARY)))), Cause.COMPRESSED_TOO_OFTEN, "3 times"),
    # who signed
    Case(
        "signed-with-the-next-certificate-of-the-folder",
        lambda: usual(_BINARY, "northmart-next"),
        Cause.SIGNER_RENEWED,
        "partners/northmart/certs/northmart-next.pem",
        "certs: {current: northmart.pem, next: northmart-next.pem}",
    ),
    Case("signed-with-a-newer-certificate", lambda: usual(_BINARY, "northmart-expired"), Cause.SIGNER_RENEWED, "CN=Northmart"),
    Case("signed-by-a-stranger", lambda: usual(_BINARY, "stranger"), Cause.SIGNER_NOT_CONFIGURED, "CN=Nobody"),
    Case(
        "signed-without-a-certificate",
        lambda: in_envelope(as_entity(*signed(_BINARY, signature(_BINARY, "stranger", "-md", "sha256", "-nocerts")))),
        Cause.SIGNER_NOT_SHOWN,
        "issued by CN=Nobody",
    ),
    Case("signed-by-another-partner", lambda: usual(_BINARY, "southgate"), Cause.SIGNER_OF_ANOTHER, "southgate.pem"),
    Case(
        "signed-with-a-previous-certificate",
        lambda: usual(_BINARY, "northmart-next"),
        Cause.SIGNER_NO_LONGER_ACCEPTED,
        "previous",
        profile={"previous": ("northmart-next", "2026-11-01")},
    ),
    Case(
        "signed-with-an-expired-certificate",
        lambda: usual(_BINARY, "northmart-expired"),
        Cause.SIGNER_EXPIRED,
        "valid until 2026-10-30",
        "tolerance: {expired_verify: true}",
        {"tolerance": {"expired_verify": False}, "current": "northmart-expired"},
    ),
    # the signature
    Case("no-signer", lambda: _signed_only(_BINARY, no_signer()), Cause.NO_SIGNER, profile=_OPEN),
    Case("signature-damaged", lambda: _signed_only(_BINARY, b"\x30\x03\x02\x01\x00"), Cause.SIGNATURE_UNREADABLE, profile=_OPEN),
    Case(
        "signed-as-another-content-type",
        lambda: _signed_only(_BINARY, signature(_BINARY, "northmart", "-md", "sha256", "-econtent_type", "1.2.840.113549.1.9.16.1.4")),
        Cause.ATTRIBUTES_WRONG,
        "the content type",
        profile=_OPEN,
    ),
    Case(
        "sha1",
        lambda: in_envelope(as_entity(*signed(_BINARY, signature(_BINARY, "northmart", "-md", "sha1"), micalg="sha1"))),
        Cause.DIGEST_NOT_ALLOWED,
        "sha1",
        "legacy: [sha1]",
    ),
    Case(
        "md5",
        lambda: in_envelope(as_entity(*signed(_BINARY, signature(_BINARY, "northmart", "-md", "md5")))),
        Cause.SIGNATURE_UNSAFE,
        "MD5",
    ),
    Case("pss-with-another-salt", lambda: _signed_only(_BINARY, with_wrong_salt(_BINARY)), Cause.PSS_SALT_WRONG, profile=_OPEN),
    Case(
        "another-key-under-the-same-name",
        lambda: _signed_only(_BINARY, with_other_key(_BINARY)),
        Cause.SIGNED_WITH_OTHER_KEY,
        "CN=Northmart",
        profile=_OPEN,
    ),
    Case("content-changed", lambda: altered(plain(_BINARY), b"NE*4711**", b"NE*4712**"), Cause.CONTENT_CHANGED, profile=_OPEN),
    Case(
        "lf-for-crlf",
        lambda: in_envelope(as_entity(*signed(_UNIX, signature(_TEXT)))),
        Cause.LINE_ENDS_CHANGED,
        "the part with CRLF line ends",
        "tolerance: {canonical_retry: true}",
        {"tolerance": {"canonical_retry": False}},
    ),
    Case(
        "lf-for-crlf-in-binary",
        lambda: in_envelope(as_entity(*signed(_UNIX.replace(b"7bit", b"binary"), signature(_TEXT.replace(b"7bit", b"binary"))))),
        Cause.LINE_ENDS_CHANGED,
        "the part with CRLF line ends",
    ),
    Case(
        "signed-without-the-header-fields",
        lambda: in_envelope(as_entity(*signed(_BINARY, signature(ORDER)))),
        Cause.SIGNED_OTHER_BYTES,
        "the part without its header fields",
    ),
    Case(
        "header-field-added-after-signing",
        lambda: in_envelope(as_entity(*signed(_BINARY, signature(entity())))),
        Cause.HEADERS_CHANGED,
        "without its field Content-Transfer-Encoding",
    ),
    Case(
        "signed-before-compressing",
        lambda: in_envelope(as_entity(*signed(_zip(_BINARY), signature(_BINARY)))),
        Cause.SIGNED_OTHER_BYTES,
        "the decompressed entity with its header fields",
    ),
    # policy
    Case("not-signed", lambda: in_envelope(_BINARY), Cause.NOT_SIGNED, "", "require_signed: false"),
    Case("not-encrypted", lambda: plain(_BINARY), Cause.NOT_ENCRYPTED, "", "require_encrypted: false"),
    # it opens, and the partner says that our MIC is wrong
    Case("nothing-wrong", lambda: usual(_BINARY), Cause.OPENS, their_mic=lambda: mic_of(_BINARY)),
    Case(
        "mic-by-another-digest",
        lambda: usual(_BINARY),
        Cause.MIC_OTHER_DIGEST,
        "sha-512 instead of sha-256",
        their_mic=lambda: mic_of(_BINARY, "sha512", "sha-512"),
    ),
    Case(
        "mic-by-the-digest-asked-for",
        lambda: usual(
            _BINARY,
            disposition_notification_options="signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha-384",
        ),
        Cause.MIC_OTHER_DIGEST,
        "sha-384 instead of sha-256",
        "tolerance: {mic_algorithm: request}",
        their_mic=lambda: mic_of(_BINARY, "sha384", "sha-384"),
    ),
    Case(
        "mic-of-the-decompressed",
        _compressed_signed,
        Cause.MIC_OTHER_BYTES,
        "the decompressed entity with its header fields",
        their_mic=lambda: mic_of(_BINARY),
    ),
    Case(
        "mic-without-header-fields",
        lambda: usual(_BINARY),
        Cause.MIC_OTHER_BYTES,
        "the part without its header fields",
        their_mic=lambda: mic_of(ORDER),
    ),
    Case("mic-with-other-line-ends", lambda: usual(_TEXT), Cause.MIC_LINE_ENDS, "with LF line ends", their_mic=lambda: mic_of(_UNIX)),
    Case("mic-of-something-else", lambda: usual(_BINARY), Cause.MIC_UNEXPLAINED, their_mic=lambda: mic_of(b"something else")),
    # receipts
    Case("receipt-fits", lambda: receipt(report()), Cause.RECEIPT_FITS, sent="usual"),
    Case("receipt-not-signed", lambda: unsigned_receipt(report()), Cause.RECEIPT_NOT_SIGNED, "", "mdn: {signed: false}", sent="usual"),
    Case(
        "receipt-of-another-message",
        lambda: receipt(report(message_id="<6@harborline.example>")),
        Cause.RECEIPT_OF_ANOTHER,
        "<6@harborline.example>",
        sent="usual",
    ),
    Case("receipt-signed-by-a-stranger", lambda: receipt(report(), "stranger"), Cause.SIGNER_NOT_CONFIGURED, "CN=Nobody", sent="usual"),
    Case(
        "receipt-signed-with-the-next-certificate",
        lambda: receipt(report(), "northmart-next"),
        Cause.SIGNER_RENEWED,
        "northmart-next.pem",
        "certs: {current: northmart.pem, next: northmart-next.pem}",
        sent="usual",
    ),
    Case("receipt-changed", _receipt_changed, Cause.CONTENT_CHANGED, sent="usual"),
    Case(
        "receipt-with-the-mic-of-the-decompressed",
        lambda: receipt(report(mic=mic_of(sent_entity()))),
        Cause.MIC_OTHER_BYTES,
        "the decompressed entity with its header fields",
        "compress: false",
        {"compress": True},
        sent="compressed",
    ),
    Case(
        "receipt-with-the-mic-of-the-bare-file",
        lambda: receipt(report(mic=mic_of(ORDER))),
        Cause.MIC_OTHER_BYTES,
        "without its header fields",
        sent="usual",
    ),
    Case(
        "receipt-with-the-mic-by-sha1",
        lambda: receipt(report(mic=mic_of(sent_entity(), "sha1", "sha1"))),
        Cause.MIC_OTHER_DIGEST,
        "sha1 instead of sha-256",
        sent="usual",
    ),
    Case("receipt-with-another-mic", lambda: receipt(report(mic=mic_of(b"x"))), Cause.MIC_UNEXPLAINED, sent="not-encrypted"),
    Case("receipt-without-a-mic", lambda: receipt(report(digest_line=False)), Cause.RECEIPT_WITHOUT_MIC, "missing", sent="usual"),
    Case(
        "receipt-with-a-hexadecimal-mic",
        lambda: receipt(report(mic="e3b0c44298fc1c14, sha-256")),
        Cause.RECEIPT_WITHOUT_MIC,
        "e3b0c44298fc1c14",
        sent="usual",
    ),
    Case(
        "an-error-page",
        lambda: answer("text/html", b"<html><body>It works!</body></html>"),
        Cause.RECEIPT_UNREADABLE,
        "text/html",
        sent="usual",
    ),
    Case(
        "refused-decryption",
        lambda: unsigned_receipt(report(disposition="processed/error: decryption-failed")),
        Cause.REFUSED_DECRYPTION,
        sent="usual",
    ),
    Case(
        "refused-signer", lambda: receipt(report(disposition="processed/error: authentication-failed")), Cause.REFUSED_SIGNER, sent="usual"
    ),
    Case(
        "refused-decompression",
        lambda: receipt(report("compressed", disposition="processed/error: decompression-failed")),
        Cause.REFUSED_DECOMPRESSION,
        "",
        "compress: false",
        {"compress": True},
        sent="compressed",
    ),
    Case(
        "refused-digest-name",
        lambda: unsigned_receipt(report(disposition="failed/Failure: unsupported MIC-algorithms")),
        Cause.REFUSED_MIC_ALGORITHM,
        "",
        "tolerance: {micalg_style: sha256}",
        sent="usual",
    ),
    Case(
        "refused-by-a-fault-of-theirs",
        lambda: receipt(report(disposition="processed/error: unexpected-processing-error")),
        Cause.REFUSED_FAULT_OF_THEIRS,
        sent="usual",
    ),
)
