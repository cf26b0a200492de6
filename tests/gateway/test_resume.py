"""What a transport stopped by itself (a changed host key, refused credentials) is tried again once a person has decided."""

from dataclasses import dataclass

import pytest

from gateway.operations import apply, resend
from gateway.states import Thing
from tests.gateway.world import World, an_order


@dataclass
class Stopped:
    """A transport that counts how often it was told to go on."""

    resumed: int = 0

    def resume(self) -> None:
        self.resumed += 1


@pytest.fixture
def stopped(world: World) -> Stopped:
    transport = Stopped()
    world.context.transports = {**world.context.transports, "sftp": transport}
    return transport


async def test_a_resend_is_a_decision(world: World, stopped: Stopped):
    await world.receive(an_order())
    delivery = (await world.rows(Thing.DELIVERY))[0]
    assert stopped.resumed == 0
    await resend(world.context, delivery["id"], "the server is back")
    assert stopped.resumed == 1


async def test_a_new_revision_is_a_decision_and_the_same_files_are_none(world: World, stopped: Stopped):
    files = dict(world.context.workspace.files)
    await apply(world.context, files, by="analyst", reason="first")
    before = stopped.resumed
    await apply(world.context, files, by="analyst", reason="nothing new")
    assert stopped.resumed == before
    changed = {**files, "partners/northmart/partner.yaml": files["partners/northmart/partner.yaml"] + b"\n# the new host key is pinned\n"}
    await apply(world.context, changed, by="analyst", reason="a new host key")
    assert stopped.resumed == before + 1
