"""Laws of the AS2 values: what is written is read back, whatever it holds."""

import string

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from as2.algorithms import Digest
from as2.cms.ber import der_integer, der_oid, parse
from as2.disposition import PROCESSED, Disposition
from as2.errors import MalformedRequest
from as2.headers import As2Headers, MdnMode, MdnRequest, parse_as2_name, write_as2_name
from as2.mdn import build_mdn, read_mdn
from as2.mic import Mic
from as2.mime import ContentType, Entity, build_entity, parameter, split
from as2.settings import As2Settings
from as2.unfold import unfold
from tests.support.certificates import NOW

PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
NAMES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=128)
TOKENS = st.text(string.ascii_lowercase + string.digits + "-", max_size=20)


@given(NAMES)
@settings(max_examples=100)
def test_names(name):
    assert parse_as2_name(write_as2_name(name)) == name


@given(st.binary(max_size=100), st.sampled_from(Digest))
@settings(max_examples=100)
def test_mics(content, digest):
    mic = Mic.of(content, digest)
    assert Mic.parse(str(mic)) == mic


@given(PRINTABLE, TOKENS, TOKENS, PRINTABLE)
@settings(max_examples=100)
def test_dispositions(mode, kind, modifier, description):
    try:
        disposition = Disposition(mode, kind, modifier, description)
    except ValueError:
        assume(False)
        raise
    assert Disposition.parse(str(disposition)) == disposition


@given(st.text())
@settings(max_examples=100)
def test_a_disposition_that_is_read_can_be_written(text):
    try:
        disposition = Disposition.parse(text)
    except ValueError:
        return
    assert Disposition.parse(str(disposition)) == disposition


@given(
    st.builds(
        MdnRequest,
        mode=st.just(MdnMode.SYNC),
        signed=st.just(value=True),
        protocol=st.sampled_from(["pkcs7-signature", ""]),
        micalgs=st.lists(st.sampled_from(["sha-256", "SHA1", "md5"]), min_size=1).map(tuple),
        required=st.booleans(),
    )
)
@settings(max_examples=50)
def test_requests_for_mdns(request):
    fields = dict(request.fields("edi@example.com"))
    assert MdnRequest.parse(fields["Disposition-Notification-To"], fields["Disposition-Notification-Options"], None) == request


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"])))
@settings(max_examples=100)
def test_parameters(value):
    assert ContentType.parse("x" + parameter("name", value)).text("name") == value or "=?" in value or value != value.strip()


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=5), st.sampled_from([b"", b"\r\n", b" \r\n\r\n"]))
@settings(max_examples=100)
def test_parts(parts, epilogue):
    assume(not any(b"--=_b" in part for part in parts))
    body = b"".join(b"--=_b\r\n" + part + b"\r\n" for part in parts) + b"--=_b--" + epilogue
    found = split(body, "=_b")
    assert found.parts == tuple(parts)
    assert found.whole


@given(st.binary(max_size=200))
@settings(max_examples=100)
def test_entities(body):
    entity = Entity.parse(build_entity([("Content-Type", "a/b"), ("X", "y")], body))
    assert entity.body == body
    assert entity.fields == (("content-type", "a/b"), ("x", "y"))


@given(st.integers())
@settings(max_examples=100)
def test_integers(value):
    assert parse(der_integer(value)).integer() == value


@given(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**40), max_size=6))
@settings(max_examples=100)
def test_object_identifiers(first, second, rest):
    dotted = ".".join(map(str, (first, second, *rest)))
    assert parse(der_oid(dotted)).oid() == dotted


FIELDS = st.lists(
    st.tuples(st.sampled_from(["Subject", "X-Odd", "Date"]), st.lists(st.text("ab;=", min_size=1, max_size=5), min_size=1, max_size=4)),
    max_size=6,
)


@given(FIELDS, st.sampled_from([" ", "\t", " \t "]))
@settings(max_examples=100)
def test_A11_a_folded_head_says_what_the_unfolded_one_says(fields, blank):
    def head(joint: str) -> bytes:
        lines = [f"{name}: {joint.join(words)}\r\n" for name, words in fields]
        return ("POST / HTTP/1.1\r\n" + "".join(lines) + "\r\n").encode()

    assert unfold(head("\r\n" + blank)) == head(" ")


LATIN_1 = st.text(st.characters(min_codepoint=1, max_codepoint=255))
ODD_FIELDS = st.sampled_from(
    ["Disposition-Notification-To", "Disposition-Notification-Options", "Receipt-Delivery-Option", "AS2-Version", "Subject"]
)


@given(NAMES.map(write_as2_name) | LATIN_1, NAMES, LATIN_1, st.lists(st.tuples(ODD_FIELDS | LATIN_1, LATIN_1), max_size=5))
@settings(max_examples=100)
def test_any_head_is_refused_or_can_be_answered(as2_from, as2_to, message_id, fields):
    asked = [("AS2-From", as2_from), ("AS2-To", as2_to), ("Message-ID", message_id), ("Disposition-Notification-To", "x")]
    try:
        headers = As2Headers.parse([*asked, *fields])
    except MalformedRequest:
        return
    mdn = build_mdn(headers, disposition=PROCESSED, mic=None, own=None, partner=None, message_id="<m@example.com>", now=NOW)
    assert mdn is not None
    assert read_mdn(mdn.headers.items(), mdn.body, partner=As2Settings(), now=NOW).disposition == mdn.disposition
