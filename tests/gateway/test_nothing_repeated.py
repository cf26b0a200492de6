"""What partners send is in no line of the log and in no sentence of the audit trail, wherever it stands in what comes."""

import io

from sqlalchemy import select

from gateway.states import Thing
from gateway.store.schema import Event
from tests.gateway.world import World, an_order

#: longer than a tag, of letters that every element takes
WORD = "HUSHHUSH"
#: of an event's data, what says which thing it is about
NAMES = {"set", "controlNumber", "number"}


async def test_wherever_a_word_stands_in_what_comes_the_audit_trail_and_the_log_do_not_repeat_it(world: World, lines: io.StringIO) -> None:
    """In the place of each tag and each element in turn; but for what names things: the set, and the numbers of orders and sets."""
    whole = an_order().decode().split("~\n")[:-1]
    places = [(n, m) for n, segment in enumerate(whole) for m in range(segment.count("*") + 1)]
    for number, (n, m) in enumerate(places, 2):
        segments = an_order(f"PO-{number}", number=number).decode().split("~\n")[:-1]
        elements = segments[n].split("*")
        elements[m] = WORD.ljust(len(elements[m])) if n == 0 else WORD
        segments[n] = "*".join(elements)
        await world.receive("".join(f"{segment}~\n" for segment in segments).encode(), work=False)
    await world.work()
    assert len(await world.rows(Thing.TRANSMISSION, direction="inbound", limit=1000)) == len(places)
    table = Event.table().c
    read = select(table.message, table.data)
    found = await world.context.store.read(lambda connection: [tuple(row) for row in connection.execute(read)])
    assert any((data or {}).get("sentences") for _, data in found)
    told = [(message, {name: value for name, value in (data or {}).items() if name not in NAMES}) for message, data in found]
    assert [one for one in told if WORD in str(one)] == []
    assert WORD not in lines.getvalue()
