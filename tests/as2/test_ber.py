"""BER in all its forms, and its limits."""

import time

import pytest

from as2.cms.ber import (
    MAX_CHILDREN,
    NULL,
    OCTET_STRING,
    SEQUENCE,
    SET,
    BerError,
    bit_string_bytes,
    der,
    der_integer,
    der_oid,
    parse,
    reencoded,
    set_of,
)

INDEFINITE = b"\x80"
END = b"\0\0"


def chunked(*chunks: bytes) -> bytes:
    return b"\x24\x80" + b"".join(der(OCTET_STRING, chunk) for chunk in chunks) + END


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, -1, -128, -129, 2**2048, -(2**64)])
def test_A27_integers_of_any_sign(value):
    assert parse(der_integer(value)).integer() == value


@pytest.mark.parametrize("dotted", ["1.2.840.113549.1.7.2", "2.16.840.1.101.3.4.2.1", "2.999.3", "0.9", "1.3.14.3.2.26"])
def test_object_identifiers(dotted):
    assert parse(der_oid(dotted)).oid() == dotted


@pytest.mark.parametrize("length", [0, 1, 127, 128, 255, 256, 65535, 65536])
def test_lengths(length):
    assert parse(der(OCTET_STRING, b"x" * length)).content == b"x" * length


def test_A26_long_forms_of_lengths_are_read_though_never_written():
    assert parse(b"\x04\x84\x00\x00\x00\x01x").content == b"x"


def test_A26_chunked_and_nested_strings():
    assert parse(chunked(b"ab", b"", b"c")).octets() == b"abc"
    nested = b"\x24\x80" + chunked(b"ab") + der(OCTET_STRING, b"c") + chunked(b"d", b"e") + END
    assert parse(nested).octets() == b"abcde"
    assert parse(der(0x24, der(OCTET_STRING, b"a"), der(OCTET_STRING, b"b"))).octets() == b"ab"


def test_A26_data_may_hold_what_looks_like_an_end():
    assert parse(b"\x30\x80" + der(OCTET_STRING, b"\0\0\0\0") + chunked(b"\0\0") + END).encoded[-2:] == END
    first, second = parse(b"\x30\x80" + der(OCTET_STRING, b"\0\0\0\0") + chunked(b"\0\0") + END).children()
    assert (first.octets(), second.octets()) == (b"\0\0\0\0", b"\0\0")


def test_A26_line_ends_may_follow_and_nothing_else():
    assert parse(der(NULL) + b"\r\n\n").tag == NULL
    with pytest.raises(BerError):
        parse(der(NULL) + b" ")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x30\x05\x04",
        b"\x30\x80",
        b"\x30\x80\x04\x01",
        b"\x30\x80\x04\x01x",
        b"\x30\x80\x04\x01x\0",
        b"\x04\x80x\0\0",
        b"\x30\x89" + b"\1" * 9,
        b"\x30\xff",
        b"\x1f\x81\x01\x00",
        b"\x30\x80" * 40 + END * 40,
        b"\x04\x88" + b"\xff" * 8,
    ],
)
def test_what_is_no_ber_is_refused(data):
    with pytest.raises(BerError):
        reencoded(parse(data))


def test_A26_depth_has_a_limit_in_every_form():
    deep = der(NULL)
    for _ in range(40):
        deep = der(SEQUENCE, deep)
    with pytest.raises(BerError, match="deep"):
        reencoded(parse(deep))


def test_wrong_kinds_are_refused():
    element = parse(der(OCTET_STRING, b"x"))
    for read in (element.integer, element.oid, lambda: list(element.children()), lambda: bit_string_bytes(element)):
        with pytest.raises(BerError):
            read()
    for bad in (b"\x06\x00", b"\x06\x01\x80", b"\x06\x41" + b"\x01" * 65):
        with pytest.raises(BerError):
            parse(bad).oid()
    with pytest.raises(BerError):
        parse(der(SEQUENCE)).first()
    with pytest.raises(BerError):
        parse(b"\x02\x00").integer()
    with pytest.raises(BerError):
        bit_string_bytes(parse(b"\x03\x02\x01\x80"))
    with pytest.raises(BerError):
        parse(der(0x24, der(NULL))).octets()


def test_A26_many_chunks_take_linear_time():
    """Twenty times the chunks are about twenty times the work; were it to grow by the square, four hundred times."""

    def seconds(count: int) -> float:
        message = b"\x30\x80\x30\x80" + chunked(*[b"x" * 100] * count) + END + END
        best = 1e9
        for _ in range(5):
            begin = time.thread_time()
            [outer] = parse(message).children()
            [octets] = outer.children()
            assert len(octets.octets()) == 100 * count
            best = min(best, time.thread_time() - begin)
        return best

    assert seconds(40_000) / seconds(2_000) < 90  # of the thread's own time, at its best: half way between the two


def test_chunks_of_nothing_are_refused_before_they_cost_time():
    with pytest.raises(BerError, match="too many"):
        parse(b"\x30\x80" + b"\x04\x00" * 500_000 + END)
    with pytest.raises(BerError, match="too many"):
        list(parse(der(SEQUENCE, b"\x04\x00" * 500_000)).children())


def test_an_element_of_very_many_is_refused_before_it_costs_memory():
    """An element costs a hundred times the two octets that it is made of, and the whole message has room for millions of them."""
    filling = der(OCTET_STRING, bytes(MAX_CHILDREN))
    assert len(list(parse(der(SEQUENCE, der(NULL) * (MAX_CHILDREN - 1), filling)).children())) == MAX_CHILDREN
    with pytest.raises(BerError, match="in one"):
        list(parse(der(SEQUENCE, der(NULL) * MAX_CHILDREN, filling)).children())


def test_reencoding_is_der():
    inner = b"\x31\x80" + der_integer(2) + der_integer(1) + END
    message = b"\x30\x80" + inner + chunked(b"a", b"b") + END
    assert reencoded(parse(message)) == der(SEQUENCE, set_of(der_integer(1), der_integer(2)), der(OCTET_STRING, b"ab"))
    assert reencoded(parse(der(0xA0, der_integer(2), der_integer(1))), SET) == set_of(der_integer(1), der_integer(2))
