"""Ids are the same on every replay and differ where the keys differ."""

from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.base import Ids
from canonical.ids import event_id, line_id, order_id, shipment_id


def test_ids_never_change() -> None:
    """These very values stand in hubs' databases: whoever changes the namespace breaks every replay."""
    order = order_id("harborline", "northmart", "4500123987")
    assert order == "ord_5a5d797e75555806b47f1fc66dd2841a"
    assert line_id(order, "1") == "oln_d06d2efa247456cca493d1cb86facf1d"
    assert shipment_id("harborline", "harborline", "SHP-0098213") == "shp_a3b466f11e685765899d37cc02e08696"
    assert event_id("urn:gw:harborline:live", "ZZ:A", "ZZ:B", ("1", "2", "3"), "ab", 0, "cd") == "b7cc2688-d82e-50b6-9400-732cdd1a627d"
    assert Ids(order_id=order).order_id == order


def test_what_makes_an_order_another_order() -> None:
    base = ("harborline", "northmart", "4500123987")
    others = {
        order_id(*base),
        order_id("other", *base[1:]),
        order_id(base[0], "southmart", base[2]),
        order_id(*base[:2], "4500123988"),
        order_id(*base, "7"),
        order_id(*base, generation=1),
    }
    assert len(others) == 6


def test_lines_without_a_number_go_by_place_and_product() -> None:
    order = order_id("a", "b", "c")
    assert len({line_id(order, None, 1, "x"), line_id(order, None, 2, "x"), line_id(order, None, 1, "y"), line_id(order, "1")}) == 4
    assert line_id(order, "1", 1, "x") == line_id(order, "1", 2, "y")


@given(
    st.lists(st.text(alphabet="ab|/ ", min_size=1, max_size=4), min_size=3, max_size=3),
    st.lists(st.text(alphabet="ab|/ ", min_size=1, max_size=4), min_size=3, max_size=3),
)
@settings(max_examples=100)
def test_keys_do_not_run_together(one, other) -> None:
    assert (order_id(*one) == order_id(*other)) == (one == other)


def test_an_event_is_another_with_another_map() -> None:
    def event(**changes) -> str:
        given = {
            "source": "s",
            "sender": "a",
            "receiver": "b",
            "controls": ("1", "2", "3"),
            "set_sha256": "x",
            "ordinal": 0,
            "map_hash": "m",
        }
        return event_id(**(given | changes))

    assert event() == event()
    assert (
        len({event(), event(map_hash="n"), event(ordinal=1), event(set_sha256="y"), event(controls=("1", "2", "4")), event(source="t")})
        == 6
    )
