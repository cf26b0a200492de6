"""Receipts and heads over which other products stumbled in the field, re-created in our own writing; each names the issue that tells of it."""

import base64

import pytest

from as2.algorithms import Digest
from as2.cms.certificate import load_certificate
from as2.cms.signing import sign
from as2.headers import As2Headers
from as2.mdn import Mdn, MdnUnreadableError, SignatureState, read_mdn
from as2.message import SealedMessage
from as2.mic import Mic
from as2.receive import open_message
from as2.send import VerdictState, judge_mdn
from tests.as2.parties import NORTHMART, ORDER, SOUTHGATE, seal
from tests.support.certificates import NOW, private_key

SENT = seal(receiver=SOUTHGATE.having(sign="sha512"))


def signed(entity: bytes, *, boundary: str = "b0", binary: bool = False, over: bytes | None = None, end: bytes = b"") -> Mdn:
    """The receipt in a signed answer of the partner; `over`: what the signature is made over, `end`: what stands before the second boundary."""
    mic = Mic.of(entity if over is None else over, Digest.SHA256)
    certificate = load_certificate(SOUTHGATE.pair.certificate)
    signature = sign(mic.digest, digest=mic.algorithm, key=private_key("rsa", 2), certificate=certificate, now=NOW)
    encoding = b"" if binary else b"Content-Transfer-Encoding: base64\r\n"
    part = encoding + b"Content-Type: application/pkcs7-signature\r\n\r\n" + (signature if binary else base64.encodebytes(signature))
    line = b"--" + boundary.encode()
    body = b"".join((line, b"\r\n", entity, end, b"\r\n", line, b"\r\n", part, b"\r\n", line, b"--\r\n"))
    content_type = f'multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="{boundary}"'
    return read_mdn([("Content-Type", content_type)], body, partner=SOUTHGATE.profile, now=NOW)


def report(facts: str, *, boundary: str = "b1", head: str = "") -> bytes:
    """A multipart/report as an entity; `facts` is the second part from behind its Content-Type."""
    return (
        f'Content-Type: multipart/report; report-type=disposition-notification;\r\n boundary="{boundary}"\r\n{head}\r\n'
        f"--{boundary}\r\nContent-Type: text/plain\r\n\r\nTaken.\r\n"
        f"--{boundary}\r\nContent-Type: message/disposition-notification\r\n{facts}\r\n--{boundary}--\r\n"
    ).encode()


def facts(message: SealedMessage = SENT, *, mic: str = "", disposition: str = "automatic-action/MDN-sent-automatically; processed") -> str:
    return f"Original-Message-ID: {message.message_id}\r\nReceived-Content-MIC: {mic or message.mic}\r\nDisposition: {disposition}\r\n"


def verdict(mdn: Mdn) -> VerdictState:
    return judge_mdn(SENT.message_id, SENT.mic, mdn, signed_wanted=True).state


def test_boundaries_of_dashes_a_binary_signature_and_no_blanks():
    """django-pyas2#59: the two boundaries differ late, the report ends with blank lines, SHA-512 stands behind a bare comma."""
    mic = str(SENT.mic).replace(", sha-512", ",sha512")
    entity = report(
        "\r\n" + facts(mic=mic, disposition="automatic-action/MDN-sent-automatically;processed") + "\r\n\r\n",
        boundary="------2A41FEDB2182",
        head="Content-Transfer-Encoding: binary\r\n",
    )
    mdn = signed(entity, boundary="------2A41FEDB2181", binary=True)
    assert verdict(mdn) is VerdictState.RECEIPTED


def test_no_original_recipient():
    """django-pyas2#52: the field is optional."""
    assert verdict(signed(report("\r\n" + facts()))) is VerdictState.RECEIPTED


def test_the_facts_stand_in_the_head_of_their_part():
    """nhin-d#109: what belongs into the body of the notification was written as header fields of the part."""
    assert verdict(signed(report(facts() + "\r\n"))) is VerdictState.RECEIPTED


def test_an_error_without_a_type_is_a_refusal():
    """nhin-d#265: `;error` and nothing else."""
    mdn = signed(report("\r\n" + facts(disposition="automatic-action/MDN-sent-automatically;error")))
    assert verdict(mdn) is VerdictState.REFUSED


@pytest.mark.parametrize("sent_with", [b"\n", b"\r\n"])
def test_line_ends_of_two_kinds_in_one_report(sent_with):
    """blueseer#148: some lines end in LF; signed as written, or as CRLF throughout."""
    entity = report("\r\n" + facts()).replace(b"Taken.\r\n", b"Taken." + sent_with)
    assert verdict(signed(entity)) is VerdictState.RECEIPTED
    assert verdict(signed(entity, over=entity.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))) is VerdictState.RECEIPTED


def test_a_digest_in_capitals_and_a_date_in_french():
    """OpenAS2#204: `SHA512` beside the digest, and a Date in Latin-1."""
    mdn = signed(report("\r\n" + facts(mic=str(SENT.mic).replace("sha-512", "SHA512"))))
    assert verdict(mdn) is VerdictState.RECEIPTED
    raw = [(name.encode(), value.encode()) for name, value in SENT.headers.items() if name != "Date"]
    headers = As2Headers.parse([*raw, (b"Date", "mar., 08 déc. 2020 18:42:13 +0100".encode("latin-1"))])
    assert open_message(headers, SENT.body, own=SOUTHGATE.own, partner=NORTHMART.profile, now=NOW).payloads[0].content == ORDER


def test_the_protocol_behind_the_digests():
    """OpenAS2#60: the options in the other order; the digest is not what stands last."""
    head = {
        **SENT.headers,
        "Disposition-Notification-Options": "signed-receipt-micalg=optional, sha512, sha256;\tsigned-receipt-protocol=optional, pkcs7-signature",
    }
    request = As2Headers.parse(head.items()).mdn
    assert (request.protocol, request.digest(())) == ("pkcs7-signature", Digest.SHA512)


@pytest.mark.parametrize("cut", [1, 100, 600])
def test_a_signature_that_is_cut_off(cut):
    """phase2#84: "No more data": the receipt is read, and known to be unverified."""
    entity = report("\r\n" + facts())
    certificate = load_certificate(SOUTHGATE.pair.certificate)
    digest = Mic.of(entity, Digest.SHA256).digest
    signature = sign(digest, digest=Digest.SHA256, key=private_key("rsa", 2), certificate=certificate, now=NOW)
    text = base64.b64encode(signature[:-cut])
    body = b"--b\r\n" + entity + b"\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\n" + text + b"\r\n--b--\r\n"
    mdn = read_mdn([("Content-Type", "multipart/signed; boundary=b")], body, partner=SOUTHGATE.profile, now=NOW)
    assert mdn.signature is SignatureState.FAILED
    assert verdict(mdn) is VerdictState.MDN_UNVERIFIED


@pytest.mark.parametrize("body", [b"Message accepted.\r\n", b"--other\r\n\r\nx\r\n--other--\r\n", b""])
def test_an_answer_that_has_no_disposition_in_it(body):
    """phase2#126 and phase2#82: words instead of a report, or a boundary that does not occur."""
    for content_type in ("multipart/report; boundary=b", 'multipart/signed; boundary="b"', "text/plain"):
        with pytest.raises(MdnUnreadableError):
            read_mdn([("Content-Type", content_type)], body, partner=SOUTHGATE.profile, now=NOW)
