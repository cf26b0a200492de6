"""JSON Schema of partner.yaml, for editors: `python -m partners.schema` prints it; partners/schemas/partner.json is what it prints."""

import json
import sys
from collections.abc import Mapping
from typing import Any, Final

from partners.profile import PartnerFile

__all__ = ["partner_schema"]

_TEXT: Final[Mapping[str, Any]] = {"type": "string", "minLength": 1}
#: what the models of other packages take in a short form too: (definition, what may stand there instead)
_SHORT_FORMS: Final[Mapping[str, Mapping[str, Any]]] = {
    "CertificateRef": _TEXT,
    "CertPair": _TEXT,
    "PartnerCerts": {
        "type": "object",
        "required": ["current"],
        "properties": {name: {"$ref": "#/$defs/CertificateRef"} for name in ("current", "next", "previous")}
        | {"tls": {"$ref": "#/$defs/CertPair"}},
        "additionalProperties": False,
    },
}


def partner_schema() -> dict[str, Any]:
    """The schema (2020-12) of one partner.yaml as people write it; what templates supply may be absent."""
    schema = PartnerFile.model_json_schema(by_alias=True)
    definitions = schema["$defs"]
    for name, short in _SHORT_FORMS.items():
        definitions[name] = {"anyOf": [short, definitions[name]]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "partner.yaml"} | schema


if __name__ == "__main__":
    sys.stdout.write(json.dumps(partner_schema(), indent=1, ensure_ascii=False) + "\n")
