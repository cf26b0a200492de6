"""MIME entities: cut by offsets, never rebuilt."""

import io

import pytest

from as2.content import IN_MEMORY, Content
from as2.errors import IllegalFilename
from as2.mime import ContentType, Entity, MimeError, build_entity, canonical, file_label, parameter, split

PART = b"Content-Type: text/plain\r\nX-Odd:   kept  \r\n\r\nfirst\r\n"


def body(*parts: bytes, end: bytes = b"\r\n--b--\r\n", line: bytes = b"\r\n") -> bytes:
    return b"preamble" + line + line.join(b"--b" + line + part for part in parts) + end


def test_A21_parts_are_the_very_bytes_up_to_the_line_end_before_the_boundary():
    found = split(body(PART, b"\r\nsecond"), "b")
    assert found.parts == (PART, b"\r\nsecond")
    assert found.whole


@pytest.mark.parametrize("line", [b"\r\n", b"\n"])
def test_A22_line_ends_of_both_kinds(line):
    assert split(body(b"a" + line + line + b"x", end=line + b"--b--", line=line), "b").parts == (b"a" + line + line + b"x",)


@pytest.mark.parametrize(
    ("end", "closed", "whole"), [(b"\r\n--b--", True, True), (b"\r\n--b-- \t\r\n\r\n", True, True), (b"\r\n--b--\r\nx", True, False)]
)
def test_A12_the_last_boundary_needs_no_line_end_and_an_epilogue_is_seen(end, closed, whole):
    found = split(body(PART, end=end), "b")
    assert (found.parts, found.closed, found.whole) == ((PART,), closed, whole)


def test_a_body_that_is_cut_off_is_not_closed():
    found = split(body(PART, b"\r\nhalf", end=b""), "b")
    assert found.parts == (PART, b"\r\nhalf")
    assert not found.closed


def test_a_boundary_counts_only_at_the_start_of_a_line_and_alone():
    content = b"\r\nx --b\r\n--bb\r\n--b x\r\ny"
    assert split(body(content), "b").parts == (content,)


def test_empty_parts():
    assert split(b"--b\r\n--b\r\n\r\n--b--", "b").parts == (b"", b"")


@pytest.mark.parametrize("boundary", ["", "other", "b\r\n"])
def test_a_boundary_that_is_not_there(boundary):
    with pytest.raises(MimeError):
        split(body(PART), boundary)


def test_too_many_parts_are_refused():
    with pytest.raises(MimeError):
        split(body(*[b"\r\nx"] * 102), "b")


@pytest.mark.parametrize("kept", [bytes, io.BytesIO])
def test_lines_that_only_begin_like_the_boundary_are_content_but_not_without_end(kept):
    """Behind each of them the search begins anew, in a file with a read of its own."""
    content = b"\r\nx" + b"\r\n--bb" * 1000
    assert split(Content.of(kept(body(content, bytes(IN_MEMORY)))), "b").parts == (content, bytes(IN_MEMORY))
    with pytest.raises(MimeError):
        split(Content.of(kept(body(content, b"\r\n--bb", bytes(IN_MEMORY)))), "b")


def test_fields_are_unfolded_and_the_raw_bytes_kept():
    raw = b'Content-Type: multipart/mixed;\r\n\tboundary="x"\r\nCONTENT-Transfer-encoding : Base64\r\n\r\nYQ=='
    entity = Entity.parse(raw)
    assert entity.content_type == ContentType("multipart/mixed", {"boundary": "x"})
    assert (entity.transfer_encoding, entity.decoded(), entity.raw) == ("base64", b"a", raw)


def test_an_entity_may_have_no_fields_at_all():
    entity = Entity.parse(b"\r\n\r\nx")
    assert (entity.fields, entity.body) == ((), b"\r\nx")
    assert entity.content_type.type == "text/plain"


@pytest.mark.parametrize(
    "raw", [b"", b"no fields", b"no field\r\n\r\nx", b"Content-Type: x\r\n", b"\x00\x01:\r\n\r\n", b"x: y\r\n" * 20_000 + b"\r\n"]
)
def test_what_is_no_entity_is_refused(raw):
    with pytest.raises(MimeError):
        Entity.parse(raw)


def test_A13_without_a_transfer_encoding_it_is_binary():
    assert Entity.parse(b"Content-Type: text/plain\r\n\r\n=41\xff").decoded() == b"=41\xff"
    assert Entity.parse(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=41").decoded() == b"A"


@pytest.mark.parametrize("encoded", [b"MAA=", b"MA\nA=\n", b" MA\r\nA=\r\n", b"\x30\x00"])
def test_A23_a_cms_part_is_binary_when_it_begins_like_one(encoded):
    assert Entity.parse(b"Content-Transfer-Encoding: 8bit\r\n\r\n" + encoded).cms() == b"\x30\x00"


def test_A23_what_is_neither_is_refused():
    with pytest.raises(MimeError):
        Entity.parse(b"\r\n!!").cms()


@pytest.mark.parametrize(
    ("text", "type_", "parameters"),
    [
        ('a/b; x="1;2"; y=3 ; X=4', "a/b", {"x": "1;2", "y": "3"}),
        ('A/B ;x="q\\"q"', "a/b", {"x": 'q"q'}),
        ("application/application/edi-x12", "application/application/edi-x12", {}),
        ("", "", {}),
        (";;;=", "", {}),
        ('multipart/signed; protocol="APPLICATION/pkcs7-signature";micalg=SHA1;\tboundary=a=b', "multipart/signed",
         {"protocol": "APPLICATION/pkcs7-signature", "micalg": "SHA1", "boundary": "a=b"}),
    ],
)  # fmt: skip
def test_content_types_are_read_tolerantly(text, type_, parameters):
    assert ContentType.parse(text) == ContentType(type_, parameters)


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename=order.edi", "order.edi"),
        ('attachment; filename="my order.edi"', "my order.edi"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\temp\\\\order.edi"', "order.edi"),
        ("attachment; filename*=UTF-8''%C3%A4%20b.edi", "ä b.edi"),
        ("attachment; filename*0=or; filename*1=der.edi", "order.edi"),
        ("attachment; filename*0*=UTF-8''%C3%A4; filename*1=.edi", "ä.edi"),
        ('attachment; filename="=?utf-8?b?w6QuZWRp?="', "ä.edi"),
        ('attachment; filename="=?nonsense?x?y?="', "=?nonsense?x?y?="),
        ("attachment; filename=ä.edi", "ä.edi"),  # UTF-8 as it is
        ("attachment; filename*=nonsense''%E4.edi", "ä.edi"),
        ('attachment; filename=".."', None),
        ("attachment", None),
    ],
)
def test_A37_the_file_name_is_a_label(disposition, name):
    raw = b"Content-Disposition: " + disposition.encode() + b"\r\n\r\n"
    assert Entity.parse(raw).file_name == name


def test_A37_a_name_in_latin_1_is_read_too():
    assert Entity.parse("Content-Disposition: attachment; filename=ä.edi\r\n\r\n".encode("latin-1")).file_name == "ä.edi"


def test_A37_the_name_of_the_content_type_serves_when_there_is_no_other():
    assert Entity.parse(b"Content-Type: application/edi-x12; name=order.edi\r\n\r\n").file_name == "order.edi"


def test_A37_limits_of_a_label():
    assert len((file_label("ä" * 300) or "").encode()) <= 255
    with pytest.raises(IllegalFilename):
        file_label("a\nb")


def test_A20_fields_take_no_control_characters():
    for value in ("a\r\nb: c", "a\x00", "ä"):
        with pytest.raises(ValueError, match="characters"):
            build_entity([("Subject", value)], b"")
    with pytest.raises(ValueError, match="characters"):
        parameter("filename", "a\nb")


@pytest.mark.parametrize("value", ["order.edi", "my order.edi", 'a"b\\c', "ä ö", "a;b=c", ""])
def test_parameters_are_read_as_they_were_written(value):
    assert (ContentType.parse("x" + parameter("name", value)).text("name") or "") == value


def test_A22_canonical_line_ends():
    assert canonical(b"a\nb\r\nc\n\nd\r") == b"a\r\nb\r\nc\r\n\r\nd\r"
