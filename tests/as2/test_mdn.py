"""MDNs: built as asked for, read as products write them, judged by what was stored before sending."""

import base64
from dataclasses import replace

import pytest

from as2.algorithms import Digest
from as2.cms.enveloped import encrypt
from as2.disposition import AUTOMATIC, PROCESSED, Disposition
from as2.errors import DecryptionFailed, UnknownPartner, UnsupportedMicAlgorithms
from as2.headers import As2Headers, MdnMode
from as2.keys import partner_keys
from as2.mdn import Mdn, MdnUnreadableError, SealedMdn, SignatureState, build_mdn, looks_like_mdn, read_mdn
from as2.message import SealedMessage
from as2.mic import Mic
from as2.mime import build_entity
from as2.receive import open_message
from as2.send import Retry, VerdictState, judge_mdn, judge_status
from tests.as2.parties import NORTHMART, ORDER, SOUTHGATE, Party, opened, seal
from tests.support.certificates import NOW, certificate

MIC = Mic.of(ORDER, Digest.SHA256)
STRANGER = Party("Stranger", certificate("stranger", number=3))


def answer(
    message: SealedMessage, *, disposition: Disposition = PROCESSED, mic: Mic | None = MIC, by: Party = SOUTHGATE, to: Party = NORTHMART
) -> SealedMdn:
    headers = As2Headers.parse(message.headers.items())
    mdn = build_mdn(
        headers, disposition=disposition, mic=mic, own=by.own, partner=to.profile, message_id="<m@example.com>", now=NOW, trace="trn_1"
    )
    assert mdn is not None
    return mdn


def asking(**fields: str) -> SealedMessage:
    message = seal()
    return replace(message, headers={**message.headers, **{name.replace("_", "-"): value for name, value in fields.items()}})


def read(mdn: SealedMdn) -> Mdn:
    return read_mdn(mdn.headers.items(), mdn.body, partner=SOUTHGATE.profile, now=NOW)


# --- the whole way -------------------------------------------------------------------------------------------------------------------


def test_the_whole_way_from_the_order_to_the_verdict():
    message = seal()
    received = opened(message)
    mdn = read(answer(message, mic=received.mic))
    assert mdn.signature is SignatureState.VERIFIED
    assert mdn.signed_by == received.decrypted_with
    assert judge_mdn(message.message_id, message.mic, mdn, signed_wanted=True).state is VerdictState.RECEIPTED


def test_A39_A40_the_report_is_exact():
    mdn = answer(replace(seal(), message_id="x"), by=SOUTHGATE)
    text = mdn.body.decode("latin-1")
    assert mdn.headers["Content-Type"].startswith('multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=')
    assert "Content-Type: multipart/report; report-type=disposition-notification; boundary=" in text
    assert 'Final-Recipient: rfc822; "South gate"\r\n' in text
    assert "Original-Message-ID: <1@example.com>\r\n" in text
    assert "Disposition: automatic-action/MDN-sent-automatically; processed\r\n" in text
    assert f"Received-Content-MIC: {MIC}\r\n" in text
    assert "Trace: trn_1" in text


def test_A01_names_are_swapped_and_echoed_byte_for_byte():
    mdn = answer(asking(AS2_From='"Northmart"', AS2_To='"South gate"'))
    assert (mdn.headers["AS2-From"], mdn.headers["AS2-To"]) == ('"South gate"', '"Northmart"')


def test_A06_the_original_message_id_is_echoed_as_it_came():
    assert b"Original-Message-ID: no-brackets\r\n" in answer(asking(Message_ID="no-brackets")).body


def test_A05_a_bad_message_id_can_still_be_answered():
    assert b"Original-Message-ID: <?? a@example.com>\r\n" in answer(asking(Message_ID="<\xe4\x01 a@example.com>"), mic=None).body


def test_A43_errors_are_signed_too():
    disposition = DecryptionFailed("x").answer("1.2")
    assert disposition is not None
    mdn = answer(seal(), disposition=disposition, mic=None)
    assert mdn.signed
    assert read(mdn).disposition == disposition
    assert read(mdn).mic is None


def test_A43_nothing_is_answered_when_nothing_is_asked_for():
    message = seal(receiver=SOUTHGATE.having(mdn={"mode": "none"}))
    headers = As2Headers.parse(message.headers.items())
    values = {"disposition": PROCESSED, "mic": MIC, "own": SOUTHGATE.own, "partner": NORTHMART.profile, "message_id": "<m@x>", "now": NOW}
    assert build_mdn(headers, **values) is None


def test_A43_unsigned_is_unsigned():
    mdn = answer(seal(receiver=SOUTHGATE.having(mdn={"signed": False})))
    assert not mdn.signed
    assert read(mdn).signature is SignatureState.NONE


@pytest.mark.parametrize(
    ("options", "description"),
    [
        ("signed-receipt-protocol=required, pgp-signature; signed-receipt-micalg=optional, sha256", "unsupported format"),
        ("signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=required, md5, sha1", "unsupported MIC-algorithms"),
    ],
)
def test_A43_a_receipt_that_cannot_be_made_is_a_failure(options, description):
    mdn = answer(asking(Disposition_Notification_Options=options))
    assert not mdn.signed
    assert mdn.disposition == Disposition(AUTOMATIC, "failed", "failure", description)
    assert str(UnsupportedMicAlgorithms("").disposition).startswith(AUTOMATIC)


def test_A43_what_is_optional_is_made_our_way():
    mdn = answer(asking(Disposition_Notification_Options="signed-receipt-protocol=optional, pgp; signed-receipt-micalg=optional, md5"))
    assert mdn.signed
    assert "micalg=sha-256" in mdn.headers["Content-Type"]


def test_A08_the_first_algorithm_asked_for_signs_the_receipt():
    mdn = answer(
        asking(
            Disposition_Notification_Options="signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha-512"
        )
    )
    assert "micalg=sha-512" in mdn.headers["Content-Type"]
    assert read(mdn).signature is SignatureState.VERIFIED


def test_A46_a_stranger_gets_no_signature():
    headers = As2Headers.parse(seal().headers.items())
    disposition = UnknownPartner("x").answer(headers.as2_version)
    assert disposition is not None
    mdn = build_mdn(headers, disposition=disposition, mic=None, own=None, partner=None, message_id="<m@x>", now=NOW)
    assert mdn is not None
    assert not mdn.signed
    assert disposition.description == "authentication-failed"
    newer = UnknownPartner("x").answer("1.3")
    assert newer is not None
    assert newer.description == "unknown-trading-relationship"


def test_partner_data_does_not_reach_the_text():
    text = answer(asking(Subject="<script>", Date="odd")).body.decode("latin-1")
    assert "script" not in text
    assert "odd" not in text


# --- reading what products write -----------------------------------------------------------------------------------------------------

FACTS = (
    f"original-message-id: <1@example.com>\r\nDISPOSITION: automatic-action/MDN-sent-automatically;processed\r\nReceived-content-MIC: {MIC}"
)


def report(*parts: str, kind: str = "multipart/report", end: str = "--b--") -> Mdn:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + end
    return read_mdn([("Content-Type", f"{kind}; boundary=b")], body.encode(), partner=SOUTHGATE.profile, now=NOW)


NOTIFICATION = f"Content-Type: message/disposition-notification\r\n\r\n{FACTS}\r\n"
TEXT = "Content-Type: text/plain\r\n\r\nReceived."


@pytest.mark.parametrize(
    "parts",
    [
        (TEXT, NOTIFICATION),
        (NOTIFICATION, TEXT),
        (TEXT, NOTIFICATION, "Content-Type: message/rfc822\r\n\r\nthe original"),
        (TEXT, NOTIFICATION.replace("\r\n", "\n")),
        (TEXT, NOTIFICATION + "\r\n\r\nodd line\r\n"),
        (TEXT, NOTIFICATION.replace("; ", ";").replace("message/", "MESSAGE/")),
    ],
)
def test_A39_A40_read_in_any_order_and_case(parts):
    mdn = report(*parts)
    assert mdn.mic == MIC
    assert mdn.disposition == PROCESSED
    assert mdn.original_message_id == "<1@example.com>"


def test_A39_the_last_boundary_may_be_missing():
    assert report(TEXT, NOTIFICATION, end="").mic == MIC


def test_A42_a_wrapped_mic_is_read():
    long = str(Mic.of(ORDER, Digest.SHA512))
    mdn = report(TEXT, NOTIFICATION.replace(str(MIC), f"{long[:70]}\r\n {long[70:]}"))
    assert mdn.mic == Mic.of(ORDER, Digest.SHA512)


def test_transfer_encodings_of_the_parts():
    encoded = base64.b64encode(FACTS.encode()).decode()
    mdn = report(TEXT, f"Content-Type: message/disposition-notification\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}")
    assert mdn.mic == MIC


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ([], b""),
        ([("Content-Type", "text/html")], b"<html>502</html>"),
        ([("Content-Type", "multipart/report")], b"x"),
        ([("Content-Type", "multipart/report; boundary=b")], b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--"),
        ([("Content-Type", "multipart/report; boundary=b")], b"--b\r\nno entity\r\n--b--"),
        ([("Content-Type", "message/disposition-notification")], b"Original-Message-ID: x\r\n"),
        ([("Content-Type", "message/disposition-notification")], b"Disposition: ;;;\r\n"),
        ([("Content-Type", "multipart/signed; boundary=b")], b"--b\r\nx"),
        ([("Content-Type", "application/pkcs7-mime")], b"\x30\x00"),
    ],
)
def test_what_is_no_mdn_is_refused(fields, body):
    with pytest.raises(MdnUnreadableError):
        read_mdn(fields, body, partner=SOUTHGATE.profile, now=NOW)


def test_a_signature_that_fails_does_not_keep_it_from_being_read():
    mdn = answer(seal())
    spoiled = replace(mdn, body=mdn.body.replace(b"taken over", b"taken away"))
    assert read(spoiled).signature is SignatureState.FAILED
    assert read(spoiled).disposition == PROCESSED
    assert read(answer(seal(), by=replace(STRANGER, name=SOUTHGATE.name))).signature is SignatureState.FAILED


def test_A45_an_encrypted_mdn_is_found_and_read():
    mdn = answer(seal())
    entity = build_entity([("Content-Type", mdn.headers["Content-Type"])], mdn.body)
    certificate_ = partner_keys(NORTHMART.profile).encryption(NOW)
    assert certificate_ is not None
    body = encrypt(entity, certificates=[certificate_])
    fields = {**mdn.headers, "Content-Type": "application/pkcs7-mime"}
    headers = As2Headers.parse(fields.items())
    assert not looks_like_mdn(headers, body)
    found = open_message(headers, body, own=NORTHMART.own, partner=SOUTHGATE.profile, now=NOW)
    assert (found.is_mdn, found.payloads) == (True, ())  # or an unsigned report would be a way around `require_signed`
    assert read_mdn(fields.items(), body, partner=SOUTHGATE.profile, now=NOW, own=NORTHMART.own).signature is SignatureState.VERIFIED


def test_A45_the_innermost_type_decides():
    signed, plain = answer(seal()), answer(seal(receiver=SOUTHGATE.having(mdn={"signed": False})))
    for mdn in (signed, plain):
        assert looks_like_mdn(As2Headers.parse(mdn.headers.items()), mdn.body)
    for layers in ({}, {"encrypt": None}, {"encrypt": None, "sign": None}):
        message = seal(receiver=SOUTHGATE.having(**layers))
        assert not looks_like_mdn(As2Headers.parse(message.headers.items()), message.body)


def test_A46_requests_inside_an_mdn_are_not_answered():
    assert As2Headers.parse(answer(seal()).headers.items()).mdn.mode is MdnMode.NONE


# --- judging -------------------------------------------------------------------------------------------------------------------------

GOOD = Mdn("<1@example.com>", "a", "b", PROCESSED, MIC, SignatureState.VERIFIED, "f", "", "", "")


def failed(description: str, modifier: str = "error") -> Disposition:
    return Disposition(AUTOMATIC, "processed", modifier, description)


@pytest.mark.parametrize(
    ("change", "state", "retry"),
    [
        ({}, VerdictState.RECEIPTED, Retry.NEVER),
        ({"original_message_id": " 1@example.com"}, VerdictState.RECEIPTED, Retry.NEVER),
        ({"disposition": failed("odd", "warning")}, VerdictState.RECEIPTED, Retry.NEVER),
        ({"mic": Mic.of(b"other", Digest.SHA256)}, VerdictState.MIC_MISMATCH, Retry.NEVER),
        ({"mic": Mic.of(ORDER, Digest.SHA1)}, VerdictState.MDN_UNVERIFIED, Retry.NEVER),
        ({"mic": None}, VerdictState.MDN_UNVERIFIED, Retry.NEVER),
        ({"signature": SignatureState.NONE}, VerdictState.MDN_UNVERIFIED, Retry.NEVER),
        ({"signature": SignatureState.FAILED}, VerdictState.MDN_UNVERIFIED, Retry.NEVER),
        ({"original_message_id": "<2@example.com>"}, VerdictState.MDN_UNVERIFIED, Retry.NEVER),
        ({"disposition": failed("decryption-failed"), "mic": None}, VerdictState.REFUSED, Retry.NEVER),
        ({"disposition": failed("unexpected-processing-error")}, VerdictState.REFUSED, Retry.ONCE),
        ({"disposition": failed("odd", "strange")}, VerdictState.REFUSED, Retry.NEVER),
        ({"disposition": failed("decryption-failed"), "signature": SignatureState.NONE}, VerdictState.REFUSED, Retry.NEVER),
        ({"disposition": failed("decryption-failed"), "signature": SignatureState.FAILED}, VerdictState.MDN_UNVERIFIED, Retry.NEVER),
    ],
)
def test_A47_the_table_of_verdicts(change, state, retry):
    verdict = judge_mdn("<1@example.com>", MIC, replace(GOOD, **change), signed_wanted=True)
    assert (verdict.state, verdict.retry) == (state, retry)
    assert verdict.retryable == (retry is not Retry.NEVER)


def test_A47_without_a_signed_receipt_the_digest_may_be_missing_but_not_wrong():
    unsigned = replace(GOOD, signature=SignatureState.NONE)
    assert judge_mdn("<1@example.com>", MIC, replace(unsigned, mic=None), signed_wanted=False).state is VerdictState.RECEIPTED
    wrong = replace(unsigned, mic=Mic.of(b"other", Digest.SHA256))
    assert judge_mdn("<1@example.com>", MIC, wrong, signed_wanted=False).state is VerdictState.MIC_MISMATCH
    other = judge_mdn("<1@example.com>", MIC, replace(unsigned, mic=Mic.of(ORDER, Digest.SHA1)), signed_wanted=False)
    assert (other.state, other.warning) == (VerdictState.RECEIPTED, True)


def test_a_warning_is_shown():
    verdict = judge_mdn("<1@example.com>", MIC, replace(GOOD, disposition=failed("odd", "warning")), signed_wanted=True)
    assert (verdict.warning, verdict.modifier) == (True, "odd")


@pytest.mark.parametrize(
    ("status", "mode", "has_body", "state"),
    [
        (200, MdnMode.SYNC, True, None),
        (204, MdnMode.SYNC, False, VerdictState.QUEUED),
        (204, MdnMode.ASYNC, False, VerdictState.AWAITING_MDN),
        (202, MdnMode.ASYNC, True, VerdictState.AWAITING_MDN),
        (200, MdnMode.NONE, False, VerdictState.DELIVERED),
        (301, MdnMode.SYNC, True, VerdictState.HELD),
        (308, MdnMode.SYNC, True, VerdictState.HELD),
        (401, MdnMode.SYNC, True, VerdictState.HELD),
        (404, MdnMode.ASYNC, True, VerdictState.HELD),
        (408, MdnMode.SYNC, True, VerdictState.QUEUED),
        (425, MdnMode.SYNC, True, VerdictState.QUEUED),
        (429, MdnMode.NONE, True, VerdictState.QUEUED),
        (500, MdnMode.SYNC, True, VerdictState.QUEUED),
        (503, MdnMode.ASYNC, False, VerdictState.QUEUED),
    ],
)
def test_A14_the_table_of_statuses(status, mode, has_body, state):
    verdict = judge_status(status, mode, has_body=has_body)
    assert (verdict.state if verdict else None) is state
    assert verdict is None or verdict.retryable == (state is VerdictState.QUEUED)
