"""Settings files changed by a program: only what differs is touched."""

import copy
from datetime import date
from difflib import unified_diff

import pytest
from ruamel.yaml import YAML

from partners.rewrite import RewriteError, flow, rewrite

TEXT = """\
# head
partner: northmart   # who
identities: {x12: [{qualifier: ZZ, id: NORTHMART}], as2: NORTHMART}  # ids
transports:
  # the way
  as2:
    url: https://a.example   # theirs
    certs:       # exchanged by phone
      current: a.pem     # since 2024
      # the next one comes
      next:
        file: b.pem
        from: 2026-12-01

  sftp: {host: h, user: u,
         # deep comment
         folder: x, port: 22}   # tail
empty:
agreements:
  - {id: a, direction: inbound}

  - id: b   # second
    direction: outbound
# end
"""


def roll(data):
    certs = data["transports"]["as2"]["certs"]
    certs["previous"] = {"file": certs["current"], "until": date(2026, 12, 20)}
    certs["current"] = certs.pop("next")["file"]


def expand(data):
    data["transports"]["as2"]["certs"] = {"verify": {"current": "a.pem"}}


def shorten(data):
    sftp = data["transports"]["sftp"]
    del sftp["folder"], sftp["port"]
    sftp["key"] = "file:secrets/key"


def cut_out(data):
    del data["transports"]["sftp"]["user"]


def fill(data):
    data["empty"] = {"a": [1, True]}
    data["agreements"][1]["usage"] = "test"
    data["agreements"].append({"id": "no"})
    data["client_certs"] = "c.pem"


def empty(data):
    data["agreements"] = []


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        (
            roll,
            """\
-      current: a.pem     # since 2024
+      current: b.pem     # since 2024
+      previous: {file: a.pem, until: 2026-12-20}
-      next:
-        file: b.pem
-        from: 2026-12-01
""",
        ),
        (
            expand,
            """\
-    certs:       # exchanged by phone
-      current: a.pem     # since 2024
-      # the next one comes
-      next:
-        file: b.pem
-        from: 2026-12-01
+    certs: {verify: {current: a.pem}}       # exchanged by phone
""",
        ),
        (
            shorten,
            """\
-  sftp: {host: h, user: u,
-         # deep comment
-         folder: x, port: 22}   # tail
+  sftp: {host: h, user: u, key: "file:secrets/key"}   # tail
""",
        ),
        (
            cut_out,
            """\
-  sftp: {host: h, user: u,
-         # deep comment
-         folder: x, port: 22}   # tail
+  sftp: {host: h, folder: x, port: 22}   # tail
""",
        ),
        (
            fill,
            """\
-empty:
+empty: {a: [1, true]}
+    usage: test
+  - {id: "no"}
+client_certs: c.pem
""",
        ),
        (
            empty,
            """\
-agreements:
-  - {id: a, direction: inbound}
-
-  - id: b   # second
-    direction: outbound
+agreements: []
""",
        ),
    ],
)
def test_only_what_differs_is_touched(change, touched):
    data = load(TEXT)
    change(data)
    changed = rewrite(TEXT, data)
    assert load(changed) == data
    lines = unified_diff(TEXT.splitlines(keepends=True), changed.splitlines(keepends=True), n=0)
    assert "".join(line for line in lines if not line.startswith(("@", "---", "+++"))) == touched


def load(text):
    return YAML(typ="safe", pure=True).load(text)


def test_what_makes_a_line_too_long_goes_on_in_the_next():
    long = "x" * 120
    assert rewrite(f"a: {{b: {long}}}\n", {"a": {"b": long, "c": "d" * 20}}) == f"a: {{b: {long},\n    c: {'d' * 20}}}\n"


def test_nothing_to_change_changes_nothing():
    assert rewrite(TEXT, load(TEXT)) == TEXT


@pytest.mark.parametrize("text", ["a: &x {b: 1}\nc: *x\n", "- a\n", "a: [\n"])
def test_what_cannot_be_changed_is_refused(text):
    with pytest.raises(RewriteError):
        rewrite(text, {"a": {"b": 2}, "c": {"b": 1}})


def test_the_first_line_of_an_item_stays():
    data = copy.deepcopy(load(TEXT))
    del data["agreements"][1]["id"]
    with pytest.raises(RewriteError):
        rewrite(TEXT, data)


@pytest.mark.parametrize(
    "value", ["yes", "4010", "a b", "env:NAME", "", "#x", "2026-12-01", None, 1, 1.5, True, date(2026, 12, 1), ["a", {"b": "c"}]]
)
def test_values_come_back_as_they_were(value):
    assert load(f"a: {flow(value)}\nb: [{flow(value)}]\n") == {"a": value, "b": [value]}
