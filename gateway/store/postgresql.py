"""One PostgreSQL database for any number of nodes."""

from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, exc, make_url, text
from sqlalchemy.pool import NullPool

from gateway.store.database import migrate, require_newest
from gateway.store.errors import StoreUnavailableError
from gateway.store.link import link_of

__all__ = ["MIGRATION_LOCK", "Postgresql"]

MIGRATION_LOCK: Final = 0x6677_0001  #: among the advisory locks of the database
_TAKEN: Final = frozenset({"23505"})  # unique_violation
_CONFLICTS: Final = frozenset({"40001", "40P01", "55P03"})  # serialization_failure, deadlock_detected, lock_not_available
_RULES: Final = ("22", "23")  # data exceptions and integrity constraints
#: a node that stands still must not keep others waiting for ever; a server that is gone is noticed
_OPTIONS: Final = "-c lock_timeout=10s -c idle_in_transaction_session_timeout=60s -c synchronous_commit=on -c client_min_messages=warning"
_KEEPALIVE: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20000,
}


class Postgresql:
    """`Database` on a server. `url` is `postgresql://user@host/name`; the password comes apart, from its reference."""

    name = "postgresql"
    is_shared = True

    def __init__(self, url: str, password: str | None = None, *, readers: int = 8) -> None:
        """Raises StoreUnavailableError when the driver is not installed."""
        try:
            import psycopg  # noqa: F401 - the extra, asked for where it is needed
        except ImportError as fault:
            raise StoreUnavailableError("PostgreSQL needs the extra `postgresql`: pip install 'partner-gateway[postgresql]'") from fault
        made = make_url(url).set(drivername="postgresql+psycopg")
        self.url: URL = made.set(password=password) if password is not None else made
        self.readers = readers

    def writer(self) -> Engine:
        """As `Database.writer`. Each statement sees what others have committed by then: it waits for their locks, never for their end."""
        return self._engine(isolation_level="READ COMMITTED")

    def reader(self) -> Engine:
        """As `Database.reader`."""
        return self._engine(isolation_level="REPEATABLE READ", execution_options={"postgresql_readonly": True})

    def listener(self) -> Any:
        """A connection of the driver itself, outside of transactions: for `LISTEN` and the lock of the leader."""
        import psycopg

        url = self.url
        arguments: dict[str, Any] = {**url.query, **_KEEPALIVE, "options": "-c client_min_messages=warning"}
        return psycopg.connect(
            **arguments,
            host=url.host,
            port=url.port or 5432,
            dbname=url.database,
            user=url.username,
            password=url.password,
            autocommit=True,
        )

    def prepare(self, engine: Engine) -> None:
        """As `Database.prepare`: an empty database is set up; one of another release is for `gateway migrate`, when no old node runs."""
        if not require_newest(engine):
            self.migrate(engine)

    def migrate(self, engine: Engine, to: str = "head") -> None:
        """Bring the schema to a revision; nodes that start at the same moment wait for the one that does it."""
        with engine.connect() as holding:
            holding.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
            try:
                migrate(engine, to)
            finally:
                holding.rollback()
                holding.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
                holding.commit()

    def is_in_place(self) -> bool:
        """Always: a server has its files to itself."""
        return True

    def is_of_the_function(self, fault: BaseException) -> bool:
        """As `Database.is_of_the_function`."""
        return (state := _state(fault)) is not None and state.startswith(_RULES)

    def is_of_the_database(self, fault: BaseException) -> bool:
        """As `Database.is_of_the_database`."""
        import psycopg

        return isinstance(fault, (psycopg.Error, exc.DBAPIError)) and not self.is_of_the_function(fault)

    def is_damaged(self, _fault: BaseException) -> bool:
        """Never: who keeps the server sees to that."""
        return False

    def is_taken(self, fault: BaseException) -> bool:
        """As `Database.is_taken`."""
        return _state(fault) in _TAKEN

    def is_conflict(self, fault: BaseException) -> bool:
        """As `Database.is_conflict`."""
        return _state(fault) in _CONFLICTS

    def is_broken(self, connection: Connection) -> bool:
        """As `Database.is_broken`."""
        return connection.closed or connection.invalidated or bool(link_of(connection).raw.closed)

    def _engine(self, **options: Any) -> Engine:
        arguments = {"options": _OPTIONS, **_KEEPALIVE}
        engine = create_engine(self.url, poolclass=NullPool, connect_args=arguments, **options)

        @event.listens_for(engine, "before_cursor_execute")
        def _flush(connection: Connection, *_statement: Any) -> None:
            link_of(connection).flush()  # what was said by the link comes first

        @event.listens_for(engine, "commit")
        def _commit(connection: Connection) -> None:
            link_of(connection).flush()

        @event.listens_for(engine, "rollback")
        def _rollback(connection: Connection) -> None:
            link_of(connection).rollback()

        return engine


def _state(fault: BaseException) -> str | None:
    """SQLSTATE of a fault of the driver, also where SQLAlchemy has wrapped it."""
    state: str | None = getattr(getattr(fault, "orig", fault), "sqlstate", None)
    return state
