"""Makes the grammar files of this folder out of compact facts about the standards.

    python generate.py FACTS [x12/004010 edifact/D96A …]

Per release: `dictionary.json` (elements, codes, composites, segments) and `sets/ID.json`. By hand, and never overwritten, are
`corrections.json` (where the facts are wrong or the standard is ambiguous, each with its why), `labels.json` and the `service` folders.

Where the facts of a release lack elements or segments, its dictionary names a `base`: what it does not say itself is carried over
from there.
"""

import json
import re
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
#: a base comes before what is carried over from it
RELEASES = (
    *(f"x12/{release}" for release in ("004010", "005010")),
    *(f"edifact/D{directory}" for directory in ["95B", "93A", "96A", "97B", "98B", "99B", "00A", "01B", "03B", "10B", "16B", "21B"]),
)
BASES = {"x12/005010": "004010", "edifact/D93A": "d95b"}

_LOOP_NUMBER = re.compile(r"Loop\d+$")  #: SACLoop1 of the facts is the loop SAC

Json = Any  #: these files are free JSON; the loader checks what it reads


def main(facts: Path, releases: tuple[str, ...]) -> None:
    """Write every file of these releases."""
    for release in releases:
        family, _, name = release.partition("/")
        target = HERE / family / name.lower()
        corrections = _read(target / "corrections.json")
        base = _read(target.parent / BASES[release] / "dictionary.json") if release in BASES else None
        make = _x12 if family == "x12" else _edifact
        dictionary, sets = make(facts / family / name)
        _correct(dictionary, corrections, base)
        header = {"base": BASES[release], "why": corrections["why"]} if base else {}
        (target / "sets").mkdir(parents=True, exist_ok=True)
        _write(target / "dictionary.json", {**header, **dictionary})
        for set_id, areas in sets.items():
            correction = corrections["sets"].get(set_id, {})
            _write(target / "sets" / f"{set_id}.json", {"set": set_id, "areas": areas, **correction})
        print(f"{release}: {len(dictionary['segments'])} segments, {len(sets)} sets")


def _correct(dictionary: dict[str, Json], corrections: dict[str, Json], base: dict[str, Json] | None) -> None:
    """`set` is type and lengths, `codes` the whole list (null: open), `add` more codes than the facts, or the base, have."""
    codes = dictionary["codes"]
    for element, correction in corrections["elements"].items():
        if "set" in correction:
            dictionary["elements"][element] = correction["set"]
        if "codes" in correction:
            codes.pop(element, None)
            if correction["codes"] is not None:
                codes[element] = correction["codes"].split()
            elif base and element in base["codes"]:
                codes[element] = None
        if "add" in correction and base:
            dictionary.setdefault("added", {})[element] = correction["add"]
        elif "add" in correction:
            codes[element] = sorted({*codes[element], *correction["add"].split()})
    dictionary["codes"] = {name: None if listed is None else " ".join(listed) for name, listed in sorted(codes.items())}
    dictionary["elements"] = dict(sorted(dictionary["elements"].items()))
    for kind in ("composites", "segments"):
        corrected = {name: _segment(entry) for name, entry in corrections.get(kind, {}).items()}
        dictionary[kind] = dict(sorted({**dictionary[kind], **corrected}.items()))


# --- X12 -----------------------------------------------------------------------------------------------------------------------------


def _x12(folder: Path) -> tuple[dict[str, Json], dict[str, Json]]:
    elements, codes, composites, segments = (_facts(folder, name) for name in ("elements", "codes", "composites", "segments"))
    dictionary = {
        "elements": elements,
        "codes": codes,
        "composites": {name: _segment(composites[name]) for name in composites},
        "segments": {tag: _segment(segments[tag]) for tag in segments},
    }
    sets = {}
    for path in sorted((folder / "sets").glob("*.json")):
        raw = _read(path)
        areas = [[_x12_place(place) for place in area] for area in raw["areas"]] if "areas" in raw else _parted(path.stem, raw["segs"])
        sets[path.stem] = [_bounded(area) for area in areas]
    return dictionary, sets


def _parted(set_id: str, raw: list[Json]) -> list[list[Json]]:
    """The facts have no areas for this release: each place is of the area that it has in the base, a new one of that before it."""
    known = HERE / "x12" / BASES["x12/005010"] / "sets" / f"{set_id}.json"
    areas = _read(known)["areas"] if known.exists() else [[]]
    row = [(place[0], number) for number, area in enumerate(areas) for place in area]
    parted: list[list[Json]] = [[] for _ in areas]
    at = number = 0
    for place in map(_x12_place, raw):
        later = [i for i in range(at, len(row)) if row[i][0] == place[0]]
        if later:
            at, number = later[0] + 1, row[later[0]][1]
        parted[number].append(place)
    return parted


def _segment(entry: dict[str, Json]) -> dict[str, Json]:
    """An element that a note speaks of is conditional; the facts of 005010 call it optional."""
    conditional = {int(note[at : at + 2]) for note in entry.get("n", ()) for at in range(1, len(note), 2)}
    uses = [
        [name, "X" if requirement == "O" and position in conditional else requirement, *repeat]
        for position, (name, requirement, *repeat) in enumerate(entry["e"], 1)
    ]
    return {"e": uses, "n": entry["n"]} if entry.get("n") else {"e": uses}


def _x12_place(place: dict[str, Json]) -> list[Json]:
    most = 0 if place["max"].startswith(">") else int(place["max"])
    if "loop" in place:
        return [_LOOP_NUMBER.sub("", place["loop"]), place["req"], most, _merged(_bounded([_x12_place(inner) for inner in place["segs"]]))]
    return [place["seg"], "M" if place["seg"] == "SE" else place["req"], most]  # the facts of one set forget it


def _bounded(places: list[Json]) -> list[Json]:
    """X12.6: a bounded loop stands between LS and LE, and LE must come when LS did. LS, the loop, LE become one loop named LS."""
    tags = [place[0] if len(place) == 3 else "" for place in places]
    if "LS" not in tags[1:]:
        return places  # there is none, or this is the inside of one
    first, last = tags.index("LS"), tags.index("LE")
    header, *inner = places[first:last]
    return [*places[:first], ["LS", header[1], header[2], [["LS", "M", 1], *inner, ["LE", "M", 1]]], *_bounded(places[last + 1 :])]


def _merged(places: list[Json]) -> list[Json]:
    """Only the code in LS01 tells two bounded loops apart that follow each other, not a tag: they are one loop with the insides of both."""
    merged: list[Json] = []
    for place in places:
        if merged and place[0] == merged[-1][0] == "LS":
            name, requirement, most, (header, *inside, trailer) = merged.pop()
            inner = [[inner, "O", *rest] for inner, _, *rest in (*inside, *place[3][1:-1])]
            place = [name, requirement, most + place[2], [header, *inner, trailer]]
        merged.append(place)
    return merged


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
    dictionary = {"elements": elements, "codes": _facts(folder, "codes"), "composites": composites, "segments": segments}
    sets = {name: _sections([_edifact_place(node) for node in nodes]) for name, nodes in sorted(_read(folder / "messages.json").items())}
    return dictionary, sets


def _sections(places: list[Json]) -> list[list[Json]]:
    """Header, detail and summary: two UNS part them; one begins the summary, and then the detail is the group before it."""
    at = [i for i, place in enumerate(places) if place[0] == "UNS"]
    if len(at) == 1:
        at = [max((i for i in range(at[0]) if len(places[i]) > 3), default=at[0]), at[0]]
    cuts = [0, *dict.fromkeys(at), len(places)]
    return [places[begin:end] for begin, end in pairwise(cuts)]


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


def _facts(folder: Path, name: str) -> dict[str, Json]:
    path = folder / f"{name}.json"
    found: dict[str, Json] = _read(path) if path.exists() else {}
    return found


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
