"""JSON Schema (2020-12) of every document and of the event, and the events as AsyncAPI: made from the models into the files here."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

from canonical.base import Document
from canonical.envelope import CloudEvent, document_name
from canonical.field_groups import group_of, places
from canonical.registry import DOCUMENTS
from canonical.schemas.asyncapi import ASYNCAPI_FILE, asyncapi

__all__ = ["FILES", "published", "schema"]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

#: file name -> what it describes
FILES: Final[Mapping[str, type[BaseModel]]] = {
    "cloud-event.json": CloudEvent,
    **{f"{document_name(name)}.json": model for name, model in DOCUMENTS.items()},
}


class _SaidOrAbsent(GenerateJsonSchema):
    """What is not said is absent, so no field may be null, and titles that repeat the field's name are noise."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        """The type alone."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        """Defaults of absence are not values to write."""
        result = super().default_schema(schema)
        if not isinstance(result.get("default"), str):
            result.pop("default", None)
        return result

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the signature of the base class
        """Never: the name says it."""
        return False


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON Schema of a document (or the event) in its JSON form; `x-group` says of a field by whom it is owned and who may see it."""
    described = model.model_json_schema(by_alias=True, schema_generator=_SaidOrAbsent)
    if issubclass(model, Document):
        for owner, name in places(model):
            definition = described if owner is model else described["$defs"][owner.__name__]
            definition["properties"][owner.model_fields[name].alias or name]["x-group"] = str(group_of(owner, name))
    return {"$schema": _DIALECT, "title": model.__name__} | described


def published() -> dict[str, dict[str, Any]]:
    """Every file of this folder by name: the schemas, and the AsyncAPI document that refers to them."""
    return {name: schema(model) for name, model in FILES.items()} | {ASYNCAPI_FILE: asyncapi(DOCUMENTS)}
