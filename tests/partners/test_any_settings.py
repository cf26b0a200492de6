"""Whatever stands in a settings file: a workspace or faults, never an exception, and no value in a fault."""

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.load import load
from tests.partners.support import GATEWAY, NORTHMART, files, yaml

PROFILE = {
    **NORTHMART,
    "inherits": ["retailer-x12"],
    "api": {"keys": ["env:KEY"]},
    "agreement_defaults": {"inbound": {"ack": {"ta1": "auto"}}},
    "transports": {
        "folder": {"pickup": {"folder": "in"}, "drop": {"folder": "out"}},
        "http": {"url": "https://x.example", "bearer": "env:T"},
    },
    "send_by": "folder",
}
SECRET = "hunter2"
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(SECRET)
    | st.just([SECRET])
    | st.just({"a": SECRET})
    | st.text("ab:/\n\x00é", max_size=4)
)


def places(value: Any, way: tuple = ()) -> list[tuple]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, part in inner for place in places(part, (*way, key)))]


@given(st.sampled_from(places(PROFILE)[1:]), VALUES)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # YAML in pure Python takes its time
def test_a_workspace_or_faults(way, value) -> None:
    data = copy.deepcopy(PROFILE)
    inner: Any = data
    for key in way[:-1]:
        inner = inner[key]
    inner[way[-1]] = value
    loaded = load({**files(NORTHMART), "partners/northmart/partner.yaml": yaml(data), "gateway.yaml": yaml(GATEWAY)})
    assert (loaded.workspace is None) == bool(loaded.faults)
    assert not [fault for fault in loaded.faults if SECRET in fault.message]


@given(st.binary(max_size=200) | st.text("a:-[]{}&*!|>'\"#%@ \n\t", max_size=60).map(str.encode))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes(data) -> None:
    loaded = load({"gateway.yaml": yaml(GATEWAY), "partners/northmart/partner.yaml": data})
    assert loaded.faults
