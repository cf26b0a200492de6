"""Healthcare sets on their way through the gateway and its command line."""

from pathlib import Path

import pytest

from gateway.states import Thing
from tests.gateway.command_line import gateway
from tests.gateway.validators.samples import CLAIM, ENROLLMENT, interchange
from tests.gateway.world import PARTNER_YAML, World

GOOD = interchange(ENROLLMENT)
BAD = GOOD.replace(b"DMG*D8*19800102*F", b"DMG*D8*19800102*Q")


@pytest.fixture
async def world(tmp_path: Path):
    world = await World.open(tmp_path)
    yield world
    await world.close()


def test_a_good_claim_validates_with_exit_code_0(tmp_path: Path) -> None:
    (tmp_path / "claim.edi").write_bytes(interchange(CLAIM))
    done = gateway("edi", "validate", tmp_path / "claim.edi")
    assert (done.code, done.err) == (0, "")
    assert "accepted" in done.out


def test_a_fault_by_the_guide_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "enrollment.edi").write_bytes(BAD)
    done = gateway("edi", "validate", tmp_path / "enrollment.edi")
    assert done.code == 1
    assert "DMG03" in done.out
    assert "guide" in done.out


def test_its_acknowledgment_says_what_the_guide_says(tmp_path: Path) -> None:
    (tmp_path / "enrollment.edi").write_bytes(BAD)
    done = gateway("edi", "ack", tmp_path / "enrollment.edi")
    assert b"~AK2*834*0001~AK3*DMG*13*2100*8~AK4*3*1068*7*Q~AK5*R*5~" in done.data


async def test_its_findings_stand_with_the_set_in_the_store(world: World) -> None:
    await world.receive(BAD)
    row = await world.one(Thing.TRANSACTION_SET)
    assert [finding["code"] for finding in row["findings"]][:1] == ["code-unknown"]
    assert "DMG03" in row["findings"][0]["place"]


AGREED = """agreements:
  - {id: enrollments, direction: inbound, standard: {x12: "005010", set: "834"}, document: Order, map: x12/004010/850}"""


async def test_a_good_set_is_acknowledged_and_held_for_there_is_no_map_of_its_kind(tmp_path: Path) -> None:
    world = await World.open(tmp_path, partner=PARTNER_YAML.replace("agreements:", AGREED))
    await world.receive(GOOD.replace(b"*0*T*", b"*0*P*"))
    assert await world.held() == [("transaction_set", "no-map")]
    assert b"~AK5*A~AK9*A*1*1*1~" in world.partner.received[0]
    await world.close()
