"""What the engine benchmark measures with: frames, quantiles, coordinated omission, parts."""

import pytest

from tests.benchmarks.engine.figures import Run, quantile
from tests.benchmarks.engine.parts import OTHER, part_of
from tests.benchmarks.engine.wire import Framer

STREAM = b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 204 No Content\r\n\r\nGET /all HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("step", [1, 2, 7, len(STREAM)])
def test_messages_are_cut_however_they_come(step):
    framer = Framer()
    found = [one for at in range(0, len(STREAM), step) for one in framer.feed(STREAM[at : at + step])]
    assert [body for _, body in found] == [b"hello", b"", b""]
    assert [head.split(b"\r\n")[0] for head, _ in found] == [b"HTTP/1.1 202 Accepted", b"HTTP/1.1 204 No Content", b"GET /all HTTP/1.1"]


def test_a_message_whose_length_is_not_said_is_not_guessed():
    with pytest.raises(ValueError, match="no length"):
        Framer().feed(b"HTTP/1.1 200 OK\r\n\r\n")


def test_a_quantile_is_a_value_that_was_measured():
    values = list(range(1, 101))
    assert [quantile(values, share) for share in (0, 0.5, 0.99, 0.999)] == [1, 51, 100, 100]


def test_times_count_from_when_a_request_was_due_and_rates_until_the_hub_has_the_last():
    run = Run({"a": 10.0, "b": 11.0}, {"a": 10.1, "b": 11.2}, {"a": 10.4, "b": 12.0}, 0.004, 0.0, 0.0, 0)
    assert run.rate == pytest.approx(1.0)
    assert run.answered(0.99) == pytest.approx(200)
    assert run.through(0.99) == pytest.approx(1000)
    assert run.cpu == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("file", "part"),
    [
        ("/x/gateway/service/inbox.py", "HTTP in: request, key, limits, answer"),
        ("/x/aiohttp/client_reqrep.py", "webhook: event, signature, request"),
        ("/x/edi/acks/streamed.py", "997: written and numbered"),
        ("/x/edi/lexer.py", "EDI: read and validated"),
        ("/x/gateway/store/writer.py", "store: transactions and statements"),
        ("/usr/lib/python3.11/zipfile.py", OTHER),
    ],
)
def test_every_file_has_its_part(file, part):
    assert part_of(file) == part
