"""Windows on bytes and on files say the same; what is large goes to a file."""

import io
import random
from collections.abc import Callable

import pytest

from as2.content import BLOCK, IN_MEMORY, Content, Joined, Spool, as_source, joined

Make = Callable[[bytes], Content]


class Dribbling(io.BytesIO):
    """A file that gives less than is asked for, as a raw one may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size, 70_000) if size is not None and size > 0 else size)


@pytest.fixture(
    params=[Content.of, lambda data: Content.of(io.BytesIO(data)), lambda data: Content.of(Dribbling(data))], ids=["bytes", "file", "raw"]
)
def make(request) -> Make:
    return request.param


def test_A50_a_window_counts_from_its_own_beginning(make: Make):
    content = make(b"0123456789").window(2, 8)
    assert (content.size, content.read(), content[1:3], content[-2:], content[4:99], content[5:2]) == (
        6,
        b"234567",
        b"34",
        b"67",
        b"67",
        b"",
    )
    assert content.window(1).window(1, 3).read() == b"45"
    assert content.window(2, 99).read() == b"4567"
    assert content.window(9).read() == b""
    assert (content.find(b"5"), content.find(b"1"), content.find(b"8"), content.find(b"5", 4), content.find(b"56", 0, 4)) == (
        3,
        -1,
        -1,
        -1,
        -1,
    )


def test_A50_contents_are_compared_by_what_they_hold(make: Make):
    assert make(b"abc") == b"abc"
    assert make(b"abc") == Content.of(b"abc")
    assert make(b"abc") != b"abd"
    assert make(b"abc") != b"ab"
    assert make(b"abc") != "abc"


@pytest.mark.parametrize("offset", [BLOCK - 12, BLOCK - 5, BLOCK - 1, BLOCK, 2 * BLOCK - 3, 3 * BLOCK - 11])
def test_A50_what_is_searched_is_found_over_the_end_of_a_block(make: Make, offset: int):
    data = bytearray(b"-" * (3 * BLOCK))
    marker = b"--boundary="
    data[offset : offset + len(marker)] = marker
    content = make(bytes(data))
    assert content.find(marker) == bytes(data).find(marker)
    assert content.find(marker, offset + 1) == -1
    assert content.window(7).find(marker, 100) == offset - 7


def test_A50_blocks_give_everything_again_and_again(make: Make):
    data = random.Random(5).randbytes(2 * BLOCK + 17)
    content = make(data).window(1)
    for size in (BLOCK, 100_000):
        blocks = list(content.blocks(size))
        assert b"".join(blocks) == data[1:]
        assert max(map(len, blocks)) == size


def test_A50_small_cuts_anywhere_in_a_file_are_right(make: Make):
    rng = random.Random(7)
    data = rng.randbytes(300_000)
    content = make(data)
    for _ in range(300):
        start = rng.randrange(len(data))
        stop = start + rng.choice((0, 1, 10, 70_000, 200_000))
        assert content[start:stop] == data[start:stop]


def test_A50_a_file_that_has_become_shorter_is_no_content():
    file = io.BytesIO(bytes(200_000))
    content = Content.of(file)
    file.truncate(100_000)
    for cut in (slice(99_990, 100_010), slice(0, 200_000)):
        with pytest.raises(EOFError):
            _ = content[cut]


def test_A50_what_is_small_stays_in_memory_and_what_is_large_goes_to_one_file():
    files: list[io.BytesIO] = []

    def scratch() -> io.BytesIO:
        files.append(io.BytesIO())
        return files[-1]

    def kept(*blocks: bytes, scratch: Callable[[], io.BytesIO] | None = scratch) -> Content:
        spool = Spool(scratch)
        for block in blocks:
            spool.write(block)
        return spool.content()

    assert kept(b"a", b"", b"bc") == b"abc"
    assert not files
    large = kept(bytes(IN_MEMORY), b"x", bytes(10))
    assert (large.in_memory, large.size, len(files)) == (False, IN_MEMORY + 11, 1)
    assert large[IN_MEMORY - 1 : IN_MEMORY + 2] == b"\0x\0"
    assert kept(bytes(IN_MEMORY), b"x", scratch=None).in_memory


def test_A50_small_sources_are_put_together_and_large_ones_stay_apart():
    small, large = joined(b"a", Content.of(b"b")), joined(b"a", Content.of(bytes(IN_MEMORY)))
    assert isinstance(small, Content)
    assert small == b"ab"
    assert isinstance(large, Joined)
    assert (large.size, list(large.blocks())) == (IN_MEMORY + 1, [b"a", bytes(IN_MEMORY)])


def test_A50_what_is_discarded_is_gone_from_the_file():
    file = io.BytesIO()
    spool = Spool(lambda: file)
    for _ in range(3):
        spool.write(bytes(BLOCK))
    spool.discard()
    assert file.getvalue() == b""


def test_A50_anything_with_blocks_is_a_source():
    both = Joined(b"one", Content.of(b"two"))
    assert (both.size, both.read()) == (6, b"onetwo")
    assert as_source(both) is both
    assert as_source(b"x").size == as_source(io.BytesIO(b"x")).size == 1
