"""What every table shares: its name from its class, moments kept as text with their zone, JSON kept as text."""

import json
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, ClassVar, cast

from pydantic_core import to_json
from sqlalchemy import Index, MetaData, Table, Text, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import declared_attr
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

__all__ = ["JsonText", "Row", "Utc", "from_utc_text", "index_of_some", "json_text", "metadata", "utc_text"]

metadata = MetaData()


@lru_cache(maxsize=1024)
def utc_text(moment: datetime) -> str:
    """Fixed width, so that the order of the texts is the order of time. Raises ValueError for a naive moment."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone cannot be stored")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def json_text(value: Any) -> str:
    """Compact, keys in the order given."""
    return to_json(value).decode()


def from_utc_text(text: str) -> datetime:
    """The inverse of `utc_text`."""
    return datetime.fromisoformat(text)


def index_of_some(name: str, *columns: str, where: str) -> Index:
    """An index of the rows alone that `where` means. A statement takes it when the same words stand in it, as constants."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Utc(TypeDecorator[datetime]):
    """An aware moment as text: SQLite has no type for it and drops the zone."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return None if value is None else utc_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - as above
        return None if value is None else from_utc_text(value)


class JsonText(TypeDecorator[Any]):
    """A JSON value as compact text, keys in the order given. `None` is NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - as above
        return None if value is None else json_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 - as above
        return None if value is None else json.loads(value)


class Row(SQLModel):
    """A table of ours; its name is the class's in snake case."""

    metadata: ClassVar[MetaData] = metadata

    @declared_attr.directive
    @classmethod
    def __tablename__(cls) -> str:
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def table(cls) -> Table:
        """The Core table: what the hot path uses."""
        return cast("Table", cls.__table__)  # type: ignore[attr-defined]  # SQLModel sets it on classes with table=True
