"""What alembic runs: it migrates over the connection that `database.migrate` hands over."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.ext.compiler import compiles, deregister
from sqlalchemy.sql.compiler import TypeCompiler
from sqlmodel.sql.sqltypes import AutoString

from gateway.store.schema import metadata

__all__: list[str] = []


def _plain_text(kind: str, value: Any, _context: AutogenContext) -> str | Literal[False]:
    """Generated migrations name SQLAlchemy's types only, so that they outlive our classes."""
    if kind == "type" and (isinstance(value, AutoString) or type(value).__module__.startswith("gateway.")):
        return "sa.Text()"
    return False


def _ordered_by_bytes(_type: sa.Text, _compiler: TypeCompiler, **_options: Any) -> str:
    """Ids and moments are compared as text: by their bytes, as SQLite does, whatever the language of the server."""
    return 'TEXT COLLATE "C"'


def _wide(_type: sa.Integer, _compiler: TypeCompiler, **_options: Any) -> str:
    """SQLite's integers have 64 bits; sizes of payloads need them."""
    return "BIGINT"


connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True, render_item=_plain_text)
compiles(sa.Text, "postgresql")(_ordered_by_bytes)
compiles(sa.Integer, "postgresql")(_wide)
try:
    with context.begin_transaction():
        context.run_migrations()
finally:
    deregister(sa.Text)  # elsewhere the types mean what they say
    deregister(sa.Integer)
