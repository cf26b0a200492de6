"""What gateway.yaml says of sinks reaches them: through the composition root, to the hub's door."""

import base64
import json

import pytest
import standardwebhooks

from gateway.app import App
from gateway.errors import Cause, PermanentError
from gateway.settings import parse_settings
from gateway.sinks.base import OutgoingEvent
from tests.support.http_receiver import receiving

SECRETS = ["whsec_" + base64.b64encode(byte * 24).decode() for byte in (b"n", b"x")]
OWN = "own: {name: Harborline, org: harborline, environment: test, stations: [{id: main}]}\n"


def an_event(*, is_test):
    return OutgoingEvent("evt_1", "com.harborline.b2b.order.received.v1", "key", "trn_1", is_test, json.dumps({"id": 1}).encode())


@pytest.fixture
async def sinks(tmp_path):
    async with receiving() as hub:
        for name, secret in zip(("now", "next"), SECRETS, strict=True):
            (tmp_path / name).write_text(secret + "\n")
        text = (
            f"{OWN}sinks:\n"
            f"  hub: {{kind: webhook, url: '{hub.url}', secret: 'file:now', next_secret: 'file:next', usage: live}}\n"
            f"  archive: {{kind: folder, path: archive, usage: test}}\n"
        )
        (tmp_path / "gateway.yaml").write_text(text)
        app = await App.open(tmp_path, parse_settings(text))
        try:
            yield hub, app.context.sinks
        finally:
            await app.close()


async def test_both_secrets_sign(sinks):
    hub, made = sinks
    await made["hub"].deliver(an_event(is_test=False))
    for secret in SECRETS:
        standardwebhooks.Webhook(secret).verify(hub.received[0].body, hub.received[0].headers)


async def test_each_sink_takes_its_traffic_only(sinks, tmp_path):
    hub, made = sinks
    for name, wrong in (("hub", True), ("archive", False)):
        with pytest.raises(PermanentError) as held:
            await made[name].deliver(an_event(is_test=wrong))
        assert held.value.cause is Cause.USAGE_NOT_ACCEPTED
    await made["archive"].deliver(an_event(is_test=True))
    assert hub.received == []
    assert [path.name for path in (tmp_path / "archive").iterdir()] == ["evt_1.json"]
