"""What the store asks of a database: connections that write or read, what its faults mean, and its schema."""

from importlib.resources import as_file, files
from typing import Final, Protocol

from sqlalchemy import Connection, Engine, inspect, text

from gateway.store.errors import SchemaError

__all__ = ["NEWEST", "Database", "migrate", "require_newest", "version_of"]

#: the newest migration: a schema that has it is not looked at further, and alembic, which is slow to load, stays out
NEWEST: Final = "0015"


class Database(Protocol):
    """SQLite in the data folder, or PostgreSQL for any number of nodes."""

    name: str  #: "sqlite", "postgresql"
    is_shared: bool  #: whether other processes may write to it at the same time
    readers: int  #: connections that read at once, at most

    def writer(self) -> Engine:
        """Of the connection that writes."""
        ...

    def reader(self) -> Engine:
        """Of connections that only read, each transaction one moment of the database."""
        ...

    def prepare(self, engine: Engine) -> None:
        """Bring the schema to where this release needs it, or raise SchemaError where that is for a person to do."""
        ...

    def is_in_place(self) -> bool:
        """Whether what is written to is what the next process will open. A file may be moved or removed while it is open."""
        ...

    def is_of_the_function(self, fault: BaseException) -> bool:
        """Whether a function broke a rule of the schema; every other fault of the driver is the disk's or the database's."""
        ...

    def is_of_the_database(self, fault: BaseException) -> bool:
        """Whether the driver raised it for another reason: nothing of the transaction can be trusted."""
        ...

    def is_damaged(self, fault: BaseException) -> bool:
        """Whether it means that what is stored cannot be read any more."""
        ...

    def is_taken(self, fault: BaseException) -> bool:
        """Whether a key was there already that another node may have written meanwhile: worth another try."""
        ...

    def is_conflict(self, fault: BaseException) -> bool:
        """Whether the transaction lost against one of another node: worth another try."""
        ...

    def is_broken(self, connection: Connection) -> bool:
        """Whether a connection is of no more use."""
        ...


def version_of(connection: Connection) -> str | None:
    """The revision that the schema has; None before the first."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return found


def migrate(engine: Engine, to: str = "head") -> None:
    """Bring the schema to a revision of the migrations in this package, wherever it is installed."""
    with engine.connect() as connection:
        if to == "head" and version_of(connection) == NEWEST:
            return
    from alembic import command
    from alembic.config import Config

    with as_file(files("gateway.store") / "migrations") as scripts, engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, to)
        connection.commit()


def require_newest(engine: Engine) -> bool:
    """Whether there is a schema at all. Raises SchemaError for one of another release: which nodes still run decides a person."""
    with engine.connect() as connection:
        version = version_of(connection)
    if version is None:
        return False
    if version < NEWEST:
        raise SchemaError(f"the database has revision {version}, this release needs {NEWEST}", version)
    if version > NEWEST:
        raise SchemaError(f"the database has revision {version}, this release knows {NEWEST}", version)
    return True
