import asyncio
import time

from gateway.metrics import Metrics


def lines(metrics: Metrics) -> list[str]:
    return metrics.render()[0].decode().splitlines()


def test_each_gateway_counts_in_its_own_registry() -> None:
    first, second = Metrics(), Metrics()
    first.received("as2")
    first.received("as2")
    assert 'gateway_received_total{transport="as2"} 2.0' in lines(first)
    assert not any(line.startswith("gateway_received_total") for line in lines(second))


def test_states_causes_and_deliveries_are_labelled() -> None:
    metrics = Metrics()
    metrics.held("unknown-partner")
    metrics.delivery("webhook", "retry")
    metrics.open("delivery", "QUEUED", 3)
    found = lines(metrics)
    assert 'gateway_held_total{cause="unknown-partner"} 1.0' in found
    assert 'gateway_deliveries_total{destination="webhook",outcome="retry"} 1.0' in found
    assert 'gateway_open{state="QUEUED",thing="delivery"} 3.0' in found


async def test_a_blocked_event_loop_shows() -> None:
    metrics = Metrics()
    watch = asyncio.create_task(metrics.watch_loop())
    await asyncio.sleep(0)  # it waits to wake up
    time.sleep(0.4)  # noqa: ASYNC251 - what no step may do
    while "gateway_event_loop_lag_seconds_count 0.0" in lines(metrics):  # noqa: ASYNC110 - nothing comes between its first look and ours
        await asyncio.sleep(0)
    watch.cancel()
    assert 'gateway_event_loop_lag_seconds_bucket{le="0.1"} 0.0' in lines(metrics)
