"""The head of an AS2 message: what is read, what is refused, what is written."""

import pytest

from as2.algorithms import Digest, Legacy
from as2.errors import InvalidMessageId, MalformedRequest
from as2.headers import As2Headers, MdnMode, MdnRequest, parse_as2_name, same_message_id, write_as2_name

BASIS = {"AS2-From": "Northmart", "AS2-To": "Southgate", "Message-ID": "<1@example.com>"}


def head(*more: tuple[str, str], **changes: str) -> As2Headers:
    fields = BASIS | {name.replace("_", "-"): value for name, value in changes.items()}
    return As2Headers.parse([*fields.items(), *more])


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("Northmart", "Northmart"),
        ('"Northmart"', "Northmart"),
        ('"North mart"', "North mart"),
        ("North mart", "North mart"),  # without quotes, as some products send it
        ('"a \\"b\\" \\\\c"', 'a "b" \\c'),
        ("!#<>[]", "!#<>[]"),
        ("  Northmart\t", "Northmart"),
        ("x" * 128, "x" * 128),
    ],
)
def test_A01_names_are_read_bare(written, bare):
    assert parse_as2_name(written) == bare
    assert head(AS2_From=written).as2_from == bare


@pytest.mark.parametrize("written", ["", '""', "x" * 129, "Nörd", "a\x01b"])
def test_A01_what_is_no_name_is_refused(written):
    with pytest.raises(MalformedRequest):
        head(AS2_From=written)


def test_A01_names_are_quoted_only_when_they_must_be():
    assert write_as2_name("North-mart!#<>[]") == "North-mart!#<>[]"
    assert write_as2_name('a "b" \\c') == '"a \\"b\\" \\\\c"'
    with pytest.raises(ValueError, match="printable"):
        write_as2_name("a\r\nb")


def test_A02_equal_duplicates_are_a_warning_unequal_ones_a_bad_request():
    assert head(("AS2-From", "Northmart")).warnings == ("as2-from comes twice",)
    with pytest.raises(MalformedRequest):
        head(("AS2-From", "Other"))


@pytest.mark.parametrize("missing", list(BASIS))
def test_A02_names_and_message_id_are_needed(missing):
    with pytest.raises(MalformedRequest):
        As2Headers.parse([(name, value) for name, value in BASIS.items() if name != missing])


@pytest.mark.parametrize(
    ("written", "version"), [(None, "1.0"), ("1.0", "1.0"), ("1.2", "1.2"), (" 1.9 ", "1.9"), ("2.0", "1.0"), ("x", "1.0")]
)
def test_A03_versions(written, version):
    assert (head() if written is None else head(AS2_Version=written)).as2_version == version


def test_A04_features_are_a_list():
    assert head(EDIINT_Features="multiple-attachments, CMS,,AS2-Reliability").ediint_features == (
        "multiple-attachments",
        "CMS",
        "AS2-Reliability",
    )


@pytest.mark.parametrize("message_id", ["<1@example.com>", "no-brackets-no-at", "<" + "x" * 996 + ">"])
def test_A05_odd_message_ids_are_fine(message_id):
    head(Message_ID=message_id).check()


@pytest.mark.parametrize("message_id", ["<a b@example.com>", "<" + "x" * 997 + ">", "<ä@example.com>", "<a\x01@example.com>"])
def test_A05_bad_message_ids_have_their_own_answer(message_id):
    with pytest.raises(InvalidMessageId):
        head(Message_ID=message_id).check()


def test_A06_message_ids_match_without_brackets():
    assert same_message_id("<1@example.com>", " 1@example.com ")
    assert same_message_id("1@example.com", "<1@example.com>")
    assert not same_message_id("<1@example.com>", "<2@example.com>")


@pytest.mark.parametrize("value", ["edi@example.com", "http://localhost", "", "anything"])
def test_A07_any_value_asks_for_an_mdn(value):
    assert head(Disposition_Notification_To=value).mdn.mode is MdnMode.SYNC
    assert head().mdn.mode is MdnMode.NONE


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha256, sha1",
            (True, "pkcs7-signature", ("sha256", "sha1"), False),
        ),
        (
            "signed-receipt-protocol=required,pkcs7-signature;\tsigned-receipt-micalg=required,SHA1",
            (True, "pkcs7-signature", ("SHA1",), True),
        ),
        ("Signed-Receipt-Protocol = optional , PKCS7-Signature", (True, "pkcs7-signature", (), False)),
        ("signed-receipt-protocol=pkcs7-signature", (True, "pkcs7-signature", (), False)),
        ("something=else", (False, "", (), False)),
        ("", (False, "", (), False)),
        (";;=;,", (False, "", (), False)),
    ],
)
def test_A08_options_are_read_tolerantly(options, expected):
    request = MdnRequest.parse("x", options, None)
    assert (request.signed, request.protocol, request.micalgs, request.required) == expected


def test_A08_the_first_supported_algorithm_counts():
    request = MdnRequest.parse("x", "signed-receipt-micalg=optional, md5, sha1, sha-384, sha-256", None)
    assert request.digest(frozenset()) is Digest.SHA384
    assert request.digest({Legacy.SHA1}) is Digest.SHA1
    assert MdnRequest.parse("x", "", None).digest(frozenset()) is None


def test_A09_a_delivery_option_asks_for_an_asynchronous_mdn():
    url = "https://example.com/mdn?" + "x" * 500
    request = head(Disposition_Notification_To="x", Receipt_Delivery_Option=url).mdn
    assert (request.mode, request.return_url) == (MdnMode.ASYNC, url)


def test_A10_date_and_subject_are_text():
    fields = head(Date="yesterday, perhaps", Subject="Order  4711")
    assert (fields.date, fields.subject) == ("yesterday, perhaps", "Order  4711")


def test_A12_length_and_chunks_exclude_each_other():
    with pytest.raises(MalformedRequest):
        head(Content_Length="5", Transfer_Encoding="chunked")


def test_raw_fields_keep_the_partners_form():
    fields = As2Headers.parse([(b"aS2-From", b'"Northmart"'), (b"AS2-To", b"Southgate"), (b"Message-ID", b"1")])
    assert fields.get("as2-from") == '"Northmart"'
