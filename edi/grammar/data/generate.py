"""Makes the grammar files of this folder out of compact facts about the standards.

    python generate.py FACTS [x12/004010 edifact/D96A …]

Per release: `dictionary.json` (elements, codes, composites, segments) and `sets/ID.json`. By hand, and never overwritten, are
`corrections.json` (where the facts are wrong or the standard is ambiguous, each with its why), `labels.json` and the `service` folders.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RELEASES = ("x12/004010", "edifact/D96A")

Json = Any  #: these files are free JSON; the loader checks what it reads


def main(facts: Path, releases: tuple[str, ...]) -> None:
    """Write every file of these releases."""
    for release in releases:
        family, _, name = release.partition("/")
        target = HERE / family / name.lower()
        corrections = _read(target / "corrections.json")
        make = _x12 if family == "x12" else _edifact
        dictionary, sets = make(facts / family / name)
        for element, correction in corrections["elements"].items():
            if "set" in correction:
                dictionary["elements"][element] = correction["set"]
            if "codes" in correction:
                dictionary["codes"].pop(element, None)
            if "add" in correction:
                dictionary["codes"][element] = sorted({*dictionary["codes"][element], *correction["add"]})
        dictionary["codes"] = {element: " ".join(codes) for element, codes in dictionary["codes"].items()}
        dictionary["segments"].update(corrections.get("segments", {}))
        (target / "sets").mkdir(parents=True, exist_ok=True)
        _write(target / "dictionary.json", dictionary)
        for set_id, areas in sets.items():
            correction = corrections["sets"].get(set_id, {})
            _write(target / "sets" / f"{set_id}.json", {"set": set_id, "areas": areas, **correction})
        print(f"{release}: {len(dictionary['segments'])} segments, {len(sets)} sets")


# --- X12 -----------------------------------------------------------------------------------------------------------------------------


def _x12(folder: Path) -> tuple[dict[str, Json], dict[str, Json]]:
    segments, composites = _read(folder / "segments.json"), _read(folder / "composites.json")
    dictionary = {
        "elements": dict(sorted(_read(folder / "elements.json").items())),
        "codes": dict(sorted(_read(folder / "codes.json").items())),
        "composites": {name: _without_empty_notes(composites[name]) for name in sorted(composites)},
        "segments": {tag: _without_empty_notes(segments[tag]) for tag in sorted(segments)},
    }
    sets = {}
    for path in sorted((folder / "sets").glob("*.json")):
        sets[path.stem] = [_bounded([_x12_place(place) for place in area]) for area in _read(path)["areas"]]
    return dictionary, sets


def _without_empty_notes(entry: dict[str, Json]) -> dict[str, Json]:
    return {"e": entry["e"], "n": entry["n"]} if entry["n"] else {"e": entry["e"]}


def _x12_place(place: dict[str, Json]) -> list[Json]:
    most = 0 if place["max"].startswith(">") else int(place["max"])
    if "loop" in place:
        return [place["loop"], place["req"], most, _bounded([_x12_place(inner) for inner in place["segs"]])]
    return [place["seg"], place["req"], most]


def _bounded(places: list[Json]) -> list[Json]:
    """X12.6: a bounded loop stands between LS and LE, and LE must come when LS did. LS, the loop, LE become one loop named LS."""
    tags = [place[0] for place in places]
    if "LS" not in tags:
        return places
    first, last = tags.index("LS"), tags.index("LE")
    header, *inner = places[first:last]
    return [*places[:first], ["LS", header[1], header[2], [["LS", "M", 1], *inner, ["LE", "M", 1]]], *_bounded(places[last + 1 :])]


# --- EDIFACT -------------------------------------------------------------------------------------------------------------------------


def _edifact(folder: Path) -> tuple[dict[str, Json], dict[str, Json]]:
    elements: dict[str, Json] = {}
    composites: dict[str, Json] = {}
    segments: dict[str, Json] = {}
    for tag, uses in sorted(_read(folder / "segments.json").items()):
        entry = []
        for name, requirement, repeat, form, components in uses:
            if components:
                made = {"e": [[part, _requirement(status)] for part, status, _ in components]}
                if composites.setdefault(name, made) != made:
                    raise SystemExit(f"{folder}: composite {name} has two forms")
                for part, _, part_form in components:
                    _note_element(elements, part, part_form)
            else:
                _note_element(elements, name, form)
            entry.append([name, _requirement(requirement), *([repeat] if repeat > 1 else [])])
        segments[tag] = {"e": entry}
    codes = folder / "codes.json"
    dictionary = {
        "elements": dict(sorted(elements.items())),
        "codes": dict(sorted(_read(codes).items())) if codes.exists() else {},
        "composites": dict(sorted(composites.items())),
        "segments": segments,
    }
    sets = {name: [[_edifact_place(node) for node in nodes]] for name, nodes in sorted(_read(folder / "messages.json").items())}
    return dictionary, sets


def _note_element(elements: dict[str, Json], name: str, form: str) -> None:
    match = re.fullmatch(r"(an|a|n)(\.\.)?(\d+)", form)
    if match is None:
        raise SystemExit(f"element {name}: format {form!r}")
    kind, variable, length = match.groups()
    made = [kind, 1 if variable else int(length), int(length)]
    if elements.setdefault(name, made) != made:
        raise SystemExit(f"element {name} has two formats")


def _requirement(status: str) -> str:
    return "M" if status == "M" else "O"


def _edifact_place(node: dict[str, Json]) -> list[Json]:
    if "group" in node:
        return [f"SG{node['group']}", _requirement(node["req"]), node["max"], [_edifact_place(inner) for inner in node["nodes"]]]
    return [node["id"], _requirement(node["req"]), node["max"]]


# --- files ---------------------------------------------------------------------------------------------------------------------------


def _read(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, value: dict[str, Json]) -> None:
    """Compact, yet one line per entry, so that a change shows as a line."""
    parts = []
    for key, entry in value.items():
        if isinstance(entry, dict):
            lines = ",\n".join(f"{json.dumps(k)}:{_compact(v)}" for k, v in entry.items())
            parts.append(f"{json.dumps(key)}:{{\n{lines}\n}}")
        elif key == "areas":
            areas = ",\n".join(_area(area) for area in entry)
            parts.append(f'"areas":[\n{areas}\n]')
        else:
            parts.append(f"{json.dumps(key)}:{_compact(entry)}")
    path.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


def _area(area: list[Json]) -> str:
    return "[\n" + ",\n".join(_compact(place) for place in area) + "\n]"


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]), tuple(sys.argv[2:]) or RELEASES)
