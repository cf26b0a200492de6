"""JSON Schema of guides, for editors: `python -m partners.guide_schema` prints it; partners/schemas/guide.json is what it prints.

What it cannot say (which loops and elements the set has, what contradicts what) is said when the files are checked.
"""

import json
import sys
from typing import Any, Final

__all__ = ["guide_schema"]

_SELECTOR: Final = r"\d{1,2}(\.\d{1,2})?!?=[^\[\]/,]+"
_STEP: Final = rf"[A-Z0-9]{{2,6}}(\[{_SELECTOR}(,{_SELECTOR})*\])?"
_PATH: Final = rf"^{_STEP}(/{_STEP})*$"
_POSITION: Final = r"^\d{1,2}(\.\d{1,2})?$"
_REFERENCE: Final = rf"^(\d{{1,2}}(\.\d{{1,2}})?|{_STEP}(/\d{{1,2}}(\.\d{{1,2}})?)?)$"


def guide_schema() -> dict[str, Any]:
    """The schema (2020-12) of one guide as people write it; its language is that of `edi.guide`."""
    count = {"type": "integer", "minimum": 0}
    codes = {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
    usage = {
        "usage": {"enum": ["required", "optional", "not used"], "description": "Whether it must, may or must not be there."},
        "required": {"type": "boolean", "description": "It must be there."},
        "forbidden": {"type": "boolean", "description": "It is not used."},
    }
    elements = {
        "description": "What is asked of elements, by position: 02, or 02.1 for a component.",
        **_keyed(_POSITION, {"$ref": "#/$defs/element"}),
    }
    references = {"type": "array", "items": {"type": "string", "pattern": _REFERENCE}}
    definitions = {
        "segment": _object(
            usage
            | {
                "min": count | {"description": "How often it comes at least, in each repetition of its loop."},
                "max": count | {"description": "How often it comes at most."},
                "elements": elements,
                "conditions": {"type": "array", "items": {"$ref": "#/$defs/condition"}, "description": "What is asked only sometimes."},
            }
        ),
        "element": _object(
            usage
            | {
                "codes": codes | {"description": "The only codes that are used."},
                "not": codes | {"description": "Codes of the standard that are not used."},
                "length": {
                    "type": "array",
                    "minItems": 2,
                    "maxItems": 2,
                    "items": {"type": "integer", "minimum": 1},
                    "description": "Least and most; of a number that of its digits.",
                },
                "pattern": {"type": "string", "maxLength": 200, "description": "A regular expression for the whole value."},
                "min": count | {"description": "Repetitions at least, where there is one."},
                "max": count | {"description": "Repetitions at most."},
            }
        ),
        "condition": _object(
            {
                "when": {
                    "description": "All of it must hold: an element of the segment, a segment of the same loop, or an element of one.",
                    "minProperties": 1,
                    **_keyed(_REFERENCE, {"anyOf": [{"type": "boolean"}, codes, _object({"not": codes}) | {"required": ["not"]}]}),
                },
                "require": references | {"description": "What must be there then."},
                "forbid": references | {"description": "What must not be there then."},
                "elements": elements,
            }
        )
        | {"required": ["when"]},
    }
    for name in ("segment", "element"):  # a rule that asks nothing may be left empty
        definitions[name]["type"] = ["object", "null"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "guide",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "guide": {"type": "string", "description": "A name for people."},
            "segments": {
                "description": 'Rules by path of loops and segments: "N1[01=ST]/N4".',
                **_keyed(_PATH, {"$ref": "#/$defs/segment"}),
            },
        },
        "$defs": definitions,
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": properties}


def _keyed(pattern: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"type": ["object", "null"], "additionalProperties": False, "patternProperties": {pattern: value}}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(guide_schema(), indent=1, ensure_ascii=False) + "\n")
