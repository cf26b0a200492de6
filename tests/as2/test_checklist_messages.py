"""Points of the checklist about messages and receipts that no other test shows."""

import base64
import re

import pytest

from as2.algorithms import Digest
from as2.disposition import PROCESSED
from as2.headers import As2Headers
from as2.keys import partner_keys
from as2.mdn import build_mdn, read_mdn
from as2.mic import Mic
from as2.receive import OpenedMessage, open_message
from as2.send import VerdictState, judge_mdn
from as2.settings import As2Settings
from tests.as2.parties import NORTHMART, ORDER, SOUTHGATE, opened, seal
from tests.support.certificates import NOW

CLEAR = NORTHMART.having(require_encrypted=False)


def signed() -> tuple[dict[str, str], bytes]:
    """Head and body of a message that is signed and not encrypted."""
    message = seal(receiver=SOUTHGATE.having(encrypt=None))
    return dict(message.headers), message.body


def received(head: dict[str, str], body: bytes) -> OpenedMessage:
    return open_message(As2Headers.parse(head.items()), body, own=SOUTHGATE.own, partner=CLEAR.profile, now=NOW)


def test_A03_every_version_of_as2_1_is_taken_and_the_draft_forbids_the_old_algorithms():
    for version in ("1.0", "1.1", "1.2", "1.3", "1.9", None):
        message = seal()
        head = {name: value for name, value in message.headers.items() if name != "AS2-Version"}
        head |= {"AS2-Version": version} if version else {}
        found = open_message(As2Headers.parse(head.items()), message.body, own=SOUTHGATE.own, partner=NORTHMART.profile, now=NOW)
        assert found.headers.as2_version == (version or "1.0")
    for legacy in ("sha1", "3des"):
        with pytest.raises(ValueError, match=r"1\.3 forbids"):
            As2Settings.model_validate({"as2_version": "1.3", "legacy": [legacy]})


def test_A04_features_stand_on_messages_and_on_receipts_and_what_the_partner_lists_is_kept():
    message = seal()
    assert message.headers["EDIINT-Features"] == "multiple-attachments"
    head = {**message.headers, "EDIINT-Features": "CMS, multiple-attachments,AS2-Reliability"}  # the first is no feature name: pyas2-lib
    found = open_message(As2Headers.parse(head.items()), message.body, own=SOUTHGATE.own, partner=NORTHMART.profile, now=NOW)
    assert found.headers.ediint_features == ("CMS", "multiple-attachments", "AS2-Reliability")
    mdn = build_mdn(
        found.headers,
        disposition=PROCESSED,
        mic=found.mic,
        own=SOUTHGATE.own,
        partner=NORTHMART.profile,
        message_id="<m@example.com>",
        now=NOW,
    )
    assert mdn
    assert mdn.headers["EDIINT-Features"] == "multiple-attachments"


def test_A09_a_long_address_with_a_query_comes_out_as_it_went_in():
    url = "https://as2.example.com:4080/mdn?" + "&".join(f"part{number}=%2Fa{number}" for number in range(120))
    assert 1500 < len(url) < 2048
    message = seal(receiver=SOUTHGATE.having(mdn={"mode": "async", "url": url}))
    assert As2Headers.parse(message.headers.items()).mdn.return_url == url


def test_A10_no_date_and_an_odd_subject_hinder_nothing():
    message = seal()
    head = {**message.headers, "Date": "yesterday, or 2026-13-45T99", "Subject": "=?x?q?broken"}
    found = open_message(As2Headers.parse(head.items()), message.body, own=SOUTHGATE.own, partner=NORTHMART.profile, now=NOW)
    assert found.headers.date == head["Date"]
    del head["Date"], head["Subject"]
    assert (
        open_message(As2Headers.parse(head.items()), message.body, own=SOUTHGATE.own, partner=NORTHMART.profile, now=NOW).mic == message.mic
    )


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n\r\n\r\n", b"\r\nan epilogue that nobody signed\r\n"])
def test_A12_what_follows_the_last_boundary_is_never_digested(end):
    head, body = signed()
    message = received(head, body)
    again = received(head, body.rstrip(b"\r\n") + end)
    assert again.mic == message.mic
    assert again.payloads[0].content == ORDER


@pytest.mark.parametrize(
    "content_type",
    [
        'multipart/signed; protocol="application/pkcs7-signature"; {boundary}',
        'multipart/signed; protocol="application/pkcs7-signature"; micalg=md5; {boundary}',
        'multipart/signed; PROTOCOL="APPLICATION/PKCS7-SIGNATURE"; micalg="SHA512"; {boundary}',
        "Multipart/Signed; protocol=application/x-pkcs7-signature; micalg=unknown; {boundary}",
        "multipart/signed; {boundary}",
    ],
)
def test_A24_micalg_and_protocol_are_hints_and_the_signature_decides(content_type):
    head, body = signed()
    boundary = re.search(r'boundary="?[^";]+"?', head["Content-Type"])
    assert boundary
    message = received(head | {"Content-Type": content_type.format(boundary=boundary[0])}, body)
    assert message.mic == Mic.of(body.split(b"\r\n--=_")[0].partition(b"\r\n")[2], Digest.SHA256)
    assert message.signed_by is not None


@pytest.mark.parametrize(
    "form", ["base64 with line feeds", "base64 without an encoding", "binary without an encoding", "binary labelled base64"]
)
def test_A23_the_signature_part_in_every_form_met(form):
    head, body = signed()
    match = re.search(
        rb"(Content-Type: application/pkcs7-signature.*?\r\n)(Content-Transfer-Encoding: base64\r\n)(.*?\r\n\r\n)(.*?)(\r\n--=_)",
        body,
        re.DOTALL,
    )
    assert match
    kind, encoding, rest, text, end = match.groups()
    raw = base64.b64decode(text)
    part = {
        "base64 with line feeds": kind + encoding + rest + text.replace(b"\r\n", b"\n"),
        "base64 without an encoding": kind + rest + text,
        "binary without an encoding": kind + rest + raw,
        "binary labelled base64": kind + encoding + rest + raw,
    }[form]
    message = received(head, body[: match.start()] + part + end + body[match.end() :])
    assert message.payloads[0].content == ORDER


def test_A28_we_send_no_algorithm_protection_for_some_products_stumble_over_it():
    _, body = signed()
    text = re.search(rb"application/pkcs7-signature.*?\r\n\r\n(.*?)\r\n--=_", body, re.DOTALL)
    assert text
    signature = base64.b64decode(text[1])
    assert bytes.fromhex("06092a864886f70d010904") in signature  # message-digest is there
    assert bytes.fromhex("06092a864886f70d010934") not in signature


def test_A31_a_copy_for_its_originator_is_no_hindrance():
    """The sender stands among the recipients, and first (Drummond old.18)."""
    from as2.cms.enveloped import encrypt

    plain = seal(receiver=SOUTHGATE.having(encrypt=None))
    inner = f"Content-Type: {plain.headers['Content-Type']}\r\n\r\n".encode() + plain.body
    certificates = [certificate for party in (NORTHMART, SOUTHGATE) if (certificate := partner_keys(party.profile).encryption(NOW))]
    assert len(certificates) == 2
    head = {**plain.headers, "Content-Type": "application/pkcs7-mime; smime-type=enveloped-data"}
    body = encrypt(inner, certificates=certificates)
    found = open_message(As2Headers.parse(head.items()), body, own=SOUTHGATE.own, partner=NORTHMART.profile, now=NOW)
    assert found.payloads[0].content == ORDER


@pytest.mark.parametrize(
    ("content_type", "payload"),
    [
        ("application/edifact", b"UNA:+.? 'UNB+UNOA:2+N+S+261102:0930+1'UNZ+0+1'"),
        ("application/edi-consent", ORDER),
        ("application/xml", b"<?xml version='1.0'?>\n<order n='1'/>\n"),
        ("application/json", b'{"a": [1, 2]}\n'),
        ("text/csv", b"a;b\n1;2\n"),
        ("application/octet-stream", bytes(range(256))),
        ("application/application/edi-x12", ORDER),
    ],
)
def test_A36_every_kind_of_content_goes_through_untouched(content_type, payload):
    message = opened(seal(payload, content_type=content_type))
    assert [(one.content, one.content_type) for one in message.payloads] == [(payload, content_type)]


@pytest.mark.parametrize("parameters", ["", '; type="application/edi-x12"', '; type="nonsense"; start="<x>"'])
def test_A38_attachments_without_the_type_of_their_root(parameters):
    body = b"--r\r\nContent-Type: application/edi-x12\r\n\r\n" + ORDER + b"\r\n--r\r\n\r\nplain\r\n--r--\r\n"
    head = {"Content-Type": f"multipart/related; boundary=r{parameters}"}
    names = {"AS2-From": "Northmart", "AS2-To": '"South gate"', "Message-ID": "<1@example.com>"}
    open_ = NORTHMART.having(require_encrypted=False, require_signed=False)
    message = open_message(As2Headers.parse((names | head).items()), body, own=SOUTHGATE.own, partner=open_.profile, now=NOW)
    assert [payload.content for payload in message.payloads] == [ORDER, b"plain"]
    assert message.mic == Mic.of(body, Digest.SHA256)


def test_A40_only_what_matters_is_needed_in_a_receipt():
    """No Message-ID, no recipients, no Reporting-UA, no text; the recipient is another name than ours."""
    message = seal(receiver=SOUTHGATE.having(mdn={"signed": False}))
    for more in ("", "Final-Recipient: rfc822; somebody else\r\n", "Original-Recipient: x\r\n"):
        facts = f"Original-Message-ID: {message.message_id}\r\n{more}Disposition: automatic-action/MDN-sent-automatically; processed\r\n"
        body = f"--b\r\nContent-Type: message/disposition-notification\r\n\r\n{facts}Received-Content-MIC: {message.mic}\r\n\r\n--b--\r\n"
        mdn = read_mdn([("Content-Type", "multipart/report; boundary=b")], body.encode(), partner=SOUTHGATE.profile, now=NOW)
        assert judge_mdn(message.message_id, message.mic, mdn, signed_wanted=False).state is VerdictState.RECEIPTED
