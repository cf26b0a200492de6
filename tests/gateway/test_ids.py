"""Ids are ULIDs: a library that knows nothing of ours reads them, and they sort as they were made."""

from concurrent.futures import ThreadPoolExecutor
from time import time_ns

from ulid import ULID

from gateway.ids import new_id


def test_an_id_is_a_prefix_and_a_ulid_of_this_moment():
    before = time_ns() // 1_000_000
    prefix, _, text = new_id("trn").partition("_")
    assert prefix == "trn"
    assert str(ULID.from_str(text)) == text
    assert before <= ULID.from_str(text).milliseconds <= time_ns() // 1_000_000


def test_ids_of_one_thread_sort_as_they_were_made():
    made = [new_id("doc") for _ in range(5000)]
    assert made == sorted(made)


def test_no_two_are_the_same_whichever_thread_made_them():
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: [new_id("evt") for _ in range(2000)], range(4)))
    assert len({one for some in made for one in some}) == 8000
