"""Folders that are looked at by a schedule: with two nodes on one PostgreSQL, and on a real OpenSSH server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.app import App
from gateway.operations.counts import status
from tests.gateway.timed import ORDER, TWICE, Gateway, at, taken, wait_until
from tests.support.postgresql import fresh_url
from tests.support.sshd import needs_sshd, running_sshd


@asynccontextmanager
async def two_nodes(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Gateway, App, App]]:
    """Two processes on one database; the first leads, and has to end its membership."""
    with fresh_url() as url:
        monkeypatch.setenv("GATEWAY_DATABASE__URL", url)
        gateway = Gateway(folder, TWICE)
        async with gateway.process() as one, gateway.process() as two:
            await one.membership.begin()
            await wait_until(one.context.leads)
            await two.membership.begin()
            yield gateway, one, two
            await two.membership.end()


async def test_of_two_nodes_one_looks_at_each_slot(tmp_path, monkeypatch):
    async with two_nodes(tmp_path, monkeypatch) as (gateway, one, two):

        async def all_look(*moments: datetime) -> None:
            for moment in moments:
                gateway.now = moment
                for node in (two, one, two, one):
                    await node.pickups.look_due()

        await all_look(at(18, "18:10"), at(18, "18:15"), at(18, "18:20"), at(19, "06:15"), at(19, "06:16"))
        assert gateway.looks == ["18 18:15:00", "19 06:15:00"]
        [seen_by_two] = (await status(two.context))["folders"]
        assert datetime.fromisoformat(seen_by_two["nextLookAt"]) == at(19, "18:15")
        await one.membership.end()
        await wait_until(two.context.leads)
        await all_look(at(19, "06:20"), at(19, "18:14"), at(19, "18:15"), at(19, "18:16"))
        assert gateway.looks == ["18 18:15:00", "19 06:15:00", "19 18:15:00"]


async def test_a_slot_that_nobody_led_at_is_looked_at_by_the_next_leader(tmp_path, monkeypatch):
    async with two_nodes(tmp_path, monkeypatch) as (gateway, one, two):
        await one.pickups.look_due()
        gateway.now = at(18, "18:20")
        await two.pickups.look_due()
        assert gateway.looks == []
        await one.membership.end()
        await wait_until(two.context.leads)
        for node in (two, one, two):
            await node.pickups.look_due()
        assert gateway.looks == ["18 18:20:00"]


@needs_sshd
async def test_a_real_server_is_looked_at_by_schedule(tmp_path):
    with running_sshd(tmp_path) as sshd:
        (sshd.folder / "out").mkdir()
        endpoint = f"{{host: 127.0.0.1, port: {sshd.port}, user: {sshd.user}, key: 'file:id', host_keys: {{current: '{sshd.host_key}'}}"
        gateway = Gateway(tmp_path / "w", "", transport=f"  sftp: {endpoint}, pickup: {{folder: out, schedule: {{{TWICE}}}}}}}\n")
        (gateway.root / "id").write_text(sshd.user_key)
        (sshd.folder / "out" / "order.edi").write_bytes(ORDER)
        async with gateway.process() as app:
            await app.pickups.look_due()
            assert await gateway.pass_time(app, at(18, "18:14")) == []
            assert (sshd.folder / "out" / "order.edi").exists()
            assert await gateway.pass_time(app, at(18, "18:20"), timedelta(seconds=5)) == ["18 18:15:00", "18 18:15:10"]
            assert await taken(app) == ["order.edi"]
            assert [path.name.partition("-")[2] for path in (sshd.folder / "out" / "archive").rglob("*.edi")] == ["order.edi"]
            (sshd.folder / "out" / "next.edi").write_bytes(ORDER + b"\n")
        gateway.now = at(19, "09:00")  # the morning's slot was missed
        async with gateway.process() as app:
            assert await gateway.pass_time(app, at(19, "09:02"), timedelta(seconds=10)) == ["19 09:00:10", "19 09:00:20"]
            assert sorted(await taken(app)) == ["next.edi", "order.edi"]
