"""`explain` names the true cause of each kept broken message, the thing that is wrong in it, and the switch that would help."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from random import Random

import pytest

from as2.errors import As2Error
from as2.explain import CAUSES, Cause, Explanation, Switch, explain_address, explain_message, explain_receipt, explain_unsent
from as2.explain.raw import read_http
from as2.explain.trials import with_settings
from as2.headers import As2Headers
from as2.receive import open_message
from as2.settings import As2Settings
from tests.as2.broken.cases import CASES, Case
from tests.as2.broken.kept import circumstances, explained, message, sent
from tests.as2.broken.made import COMPRESSED, KEYS, MESSAGES, as_entity, compressed, entity, in_envelope, pem, receipt, report, usual

#: causes of which no message is kept: they have tests of their own below
_MADE_HERE = {Cause.NO_KEY_OF_OURS, Cause.RECEIPT_MISSING, Cause.FILE_NAME_UNUSABLE, Cause.UNEXPLAINED}
_MADE_HERE |= {Cause.CAN_BE_SEALED, Cause.CANNOT_BE_SEALED, Cause.ADDRESS_NOT_AGREED, Cause.ADDRESS_PRIVATE}
_MADE_HERE |= {Cause.REFUSED_INTEGRITY, Cause.REFUSED_SECURITY, Cause.REFUSED_OTHERWISE}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_true_cause_is_named(case: Case) -> None:
    explanation = explained(case)
    said = (explanation.cause, explanation.switch.line if explanation.switch else "")
    assert said == (case.cause, case.switch), (explanation.detail, explanation.steps, [t for t in explanation.tried if t.fits])
    assert case.detail in explanation.detail, explanation.detail


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.switch and not case.sent and not case.their_mic and "name" not in case.name],
    ids=lambda c: c.name,
)
def test_the_line_named_makes_the_message_open(case: Case) -> None:
    """As it would stand in partner.yaml, read by the settings themselves; without it the message does not open."""
    raw, known = message(case.name), circumstances(case)
    headers = As2Headers.parse(raw.fields)
    assert known.own is not None
    with pytest.raises(As2Error):
        open_message(headers, raw.body, own=known.own, partner=known.partner, now=known.now)
    switch = explained(case).switch
    assert switch is not None
    changed = with_settings(known.partner, dict(switch.settings)).with_certificates(lambda name: (KEYS / name).read_text())
    assert open_message(headers, raw.body, own=known.own, partner=changed, now=known.now).payloads


def test_every_cause_has_its_words_and_a_message_that_shows_it() -> None:
    assert set(CAUSES) == set(Cause)
    assert all(text.owner in {"partner", "operator", "gateway", "nobody"} for text in CAUSES.values())
    shown = {case.cause for case in CASES}
    assert set(Cause) - shown == _MADE_HERE


def test_at_least_twenty_are_kept_and_each_stands_in_the_table() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 20


def case_of(name: str) -> Case:
    return next(case for case in CASES if case.name == name)


def test_a_certificate_that_came_along_is_named_and_never_trusted() -> None:
    explanation = explained(case_of("signed-by-a-stranger"))
    [came] = [tried for tried in explanation.tried if "came along" in tried.what]
    assert came.fits
    assert came.switch is None
    assert explanation.switch is None
    assert any(fact.name == "certificate in it, not trusted" and "CN=Nobody" in fact.value for fact in explanation.facts)


def test_what_was_done_is_told_with_what_each_certificate_is() -> None:
    explanation = explained(case_of("content-changed"))
    assert [(step.name, step.outcome) for step in explanation.steps] == [("verify", "failed")]
    explanation = explained(case_of("nothing-wrong"))
    assert [step.name for step in explanation.steps] == ["decrypt", "verify"]
    assert [explanation.certificates[step.certificate].partition(", until")[0] for step in explanation.steps] == [
        "ours, current",
        "the partner's, current",
    ]
    assert explanation.our_mic == explanation.their_mic is not None


def test_without_a_key_of_ours_nothing_is_decrypted() -> None:
    case = case_of("nothing-wrong")
    raw, known = message(case.name), circumstances(case)
    assert known.own is not None
    for own in (None, replace(known.own, decrypt=None)):
        assert explain_message(raw.fields, raw.body, replace(known, own=own)).cause is Cause.NO_KEY_OF_OURS


@pytest.mark.parametrize(
    ("disposition", "cause"),
    [
        ("processed/error: integrity-check-failed", Cause.REFUSED_INTEGRITY),
        ("processed/Error: insufficient-message-security", Cause.REFUSED_SECURITY),
        ("processed/error: unknown-trading-relationship", Cause.REFUSED_SIGNER),
        ("failed/failure: sender-equals-receiver", Cause.REFUSED_OTHERWISE),
    ],
)
def test_a_refusal_is_explained_by_the_words_of_the_partner(disposition: str, cause: Cause) -> None:
    raw = read_http(receipt(report(disposition=disposition)))
    explanation = explain_receipt(sent("usual"), raw.fields, raw.body, circumstances(case_of("receipt-fits")))
    assert explanation.cause is cause
    assert explanation.detail == disposition.partition(": ")[2]
    assert any(fact.name == "sent: encrypted for" and "CN=Northmart" in fact.value for fact in explanation.facts)


def test_a_delivery_without_a_receipt_says_so() -> None:
    explanation = explain_receipt(sent("usual"), None, b"", circumstances(case_of("receipt-fits")))
    assert (explanation.cause, explanation.our_mic) == (Cause.RECEIPT_MISSING, sent("usual").mic)


@pytest.mark.parametrize("seed", range(100))
def test_damage_of_any_kind_is_explained_and_raises_nothing(seed: int) -> None:
    random = Random(seed)
    case = random.choice([case for case in CASES if case.cause not in {Cause.COMPRESSION_BOMB, Cause.UNPACKS_TO_TOO_MUCH}])
    data = bytearray((MESSAGES / f"{case.name}.http").read_bytes())
    for _ in range(random.choice((1, 1, 2, 5))):
        place = random.randrange(len(data))
        data[place : place + random.choice((0, 1, 1, 40))] = random.randbytes(random.choice((0, 1, 1, 7)))
    try:
        raw = read_http(bytes(data))
    except ValueError:
        return
    known = circumstances(case)
    found = explain_receipt(sent(case.sent), raw.fields, raw.body, known) if case.sent else explain_message(raw.fields, raw.body, known)
    assert found.text.sentence


def test_a_certificate_of_an_unknown_kind_in_a_signature_is_passed_over() -> None:
    data = (MESSAGES / "pss-with-another-salt.http").read_bytes()
    [head, body] = data.split(b"\r\n\r\n", 1)
    content, signed = body.rsplit(b"\r\n\r\n", 1)
    encoded, tail = signed.split(b"\r\n--", 1)
    rsa = bytes.fromhex("06092a864886f70d010101")
    cms = base64.b64decode(encoded)
    changed = cms.replace(rsa, rsa[:-4] + b"\x7f" + rsa[-3:], 1)  # the key's algorithm, in the certificate
    assert changed != cms
    raw = read_http(head + b"\r\n\r\n" + content + b"\r\n\r\n" + base64.b64encode(changed) + b"\r\n--" + tail)
    found = explain_message(raw.fields, raw.body, circumstances(case_of("pss-with-another-salt")))
    assert not any("certificate in it" in fact.name for fact in found.facts)


@pytest.mark.parametrize(
    ("name", "settings", "cause", "line"),
    [
        ("northmart", {}, Cause.CAN_BE_SEALED, ""),
        ("northmart-expired", {}, Cause.CANNOT_BE_SEALED, "tolerance: {expired_send: true}"),
        ("northmart", {"certs": {}}, Cause.CANNOT_BE_SEALED, ""),
    ],
)
def test_what_was_not_sent_is_sealed_once_more_to_see_why(name: str, settings: dict[str, object], cause: Cause, line: str) -> None:
    known = circumstances(replace(case_of("receipt-fits"), profile={"current": name}))
    partner = with_settings(known.partner, dict(settings))
    explanation = explain_unsent(b"ISA", "application/edi-x12", replace(known, partner=partner))
    assert (explanation.cause, explanation.switch.line if explanation.switch else "") == (cause, line)
    assert bool(explanation.detail) is (cause is Cause.CANNOT_BE_SEALED)


@pytest.mark.parametrize(
    ("url", "private", "cause", "line"),
    [
        ("https://as2.northmart.example/mdn", True, Cause.ADDRESS_PRIVATE, "tolerance: {mdn_private_address: true}"),
        ("https://other.example/mdn", False, Cause.ADDRESS_NOT_AGREED, 'mdn_urls: ["https://other.example/mdn"]'),
        ("http://other.example/mdn", False, Cause.ADDRESS_NOT_AGREED, ""),
    ],
)
def test_A33_an_address_for_our_receipt_that_may_not_be_called_is_explained(url: str, private: bool, cause: Cause, line: str) -> None:
    explanation = explain_address(url, circumstances(case_of("receipt-fits")), private=private)
    assert (explanation.cause, explanation.detail, explanation.switch.line if explanation.switch else "") == (cause, url, line)


def test_what_nobody_has_foreseen_is_not_given_another_name() -> None:
    nothing_in_it = entity(b"--b--\r\n", "multipart/mixed; boundary=c")
    assert explanation_of(usual(nothing_in_it)).cause is Cause.UNEXPLAINED


def test_a_file_name_with_control_characters_is_told() -> None:
    named = entity().replace(b"\r\n\r\n", b"\r\nContent-Disposition: attachment; filename*=utf-8''a%0D%0Ab\r\n\r\n", 1)
    assert explanation_of(usual(named)).cause is Cause.FILE_NAME_UNUSABLE


def test_a_bomb_within_an_envelope_is_not_let_off() -> None:
    bomb = as_entity(COMPRESSED, compressed(bytes(40_000_000)))
    assert explanation_of(in_envelope(bomb)).cause is Cause.COMPRESSION_BOMB


def explanation_of(data: bytes) -> Explanation:
    raw = read_http(data)
    return explain_message(raw.fields, raw.body, circumstances(case_of("nothing-wrong")))


def test_a_saved_request_is_read_with_its_chunks() -> None:
    raw = read_http(b"POST /as2 HTTP/1.1\r\nA: 1\r\n 2\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
    assert (raw.fields, raw.body, raw.is_answer) == ((("A", "1 2"),), b"abcde", False)
    assert read_http(b"HTTP/1.0 200 OK\nA: 1\n\nbody\n").is_answer
    with pytest.raises(ValueError, match="blank line"):
        read_http(b"A: 1\r\n")
    with pytest.raises(ValueError, match="no header field"):
        read_http(b"no field\r\n\r\n")


def test_a_line_is_written_as_yaml_reads_it() -> None:
    from io import StringIO

    from ruamel.yaml import YAML

    for settings in (
        {"tolerance": {"canonical_retry": True, "micalg_style": "sha_256"}},
        {"legacy": ["3des", "sha1"]},
        {"max_bytes": 5},
        {"certs": {"current": "a: b.pem", "next": "b.pem"}},
    ):
        assert YAML(typ="safe").load(StringIO(Switch(settings).line)) == settings


def test_switches_beside_each_other_stay() -> None:
    case = replace(case_of("lf-for-crlf"), profile={"tolerance": {"canonical_retry": False, "async_status": 204}})
    switch = explained(case).switch
    assert switch is not None
    assert switch.line == "tolerance: {canonical_retry: true, async_status: 204}"


@pytest.mark.parametrize(
    ("certs", "line"),
    [
        ({"verify": "a.pem"}, "certs: {verify: {current: a.pem, next: northmart-next.pem}}"),
        (
            {"verify": "a.pem", "encrypt": "b.pem", "tls": "c.pem"},
            "certs: {verify: {current: a.pem, next: northmart-next.pem}, encrypt: {current: b.pem}, tls: {current: c.pem}}",
        ),
        (
            {"verify": "a.pem", "encrypt": "a.pem", "tls": "c.pem"},
            "certs: {current: a.pem, next: northmart-next.pem, tls: {current: c.pem}}",
        ),
        ({}, "certs: {current: northmart-next.pem}"),
    ],
)
def test_the_line_for_a_certificate_keeps_what_the_profile_says(certs: dict[str, str], line: str) -> None:
    case = case_of("signed-with-the-next-certificate-of-the-folder")
    raw, known = message(case.name), circumstances(case)
    said = {place: {"current": {"file": file, "pem": pem("northmart")}} for place, file in certs.items()}
    partner = with_settings(known.partner, {"certs": said})
    switch = explain_message(raw.fields, raw.body, replace(known, partner=partner)).switch
    assert switch is not None
    assert switch.line == line
    As2Settings.model_validate(dict(switch.settings))


def test_the_mic_of_unsigned_text_is_over_crlf_unless_the_switch_says_otherwise() -> None:
    unix = entity(b"ISA*00~\nIEA*1~\n", "application/edi-x12", "7bit")
    raw, known = read_http(in_envelope(unix)), circumstances(case_of("nothing-wrong"))
    assert known.own is not None
    partner = with_settings(known.partner, {"require_signed": False})
    changed = with_settings(partner, {"tolerance": {"prevent_canonicalization_for_mic": True}})
    headers = As2Headers.parse(raw.fields)
    plain, switched = (open_message(headers, raw.body, own=known.own, partner=one, now=known.now).mic for one in (partner, changed))
    assert plain != switched
    explanation = explain_message(raw.fields, raw.body, replace(known, partner=partner), their_mic=str(switched))
    assert (explanation.cause, explanation.switch and explanation.switch.line) == (
        Cause.MIC_LINE_ENDS,
        "tolerance: {prevent_canonicalization_for_mic: true}",
    )


def test_nothing_is_tried_that_the_version_of_the_partner_forbids() -> None:
    settings = As2Settings.model_validate({"as2_name": "NORTHMART", "as2_version": "1.3", "certs": pem("northmart")})
    raw, known = message("sha1"), circumstances(case_of("sha1"))
    explanation = explain_message(raw.fields, raw.body, replace(known, partner=settings, now=datetime(2026, 11, 2, tzinfo=UTC)))
    assert (explanation.cause, explanation.switch) == (Cause.DIGEST_NOT_ALLOWED, None)
