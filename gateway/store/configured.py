"""The database that gateway.yaml names, and the store over it."""

from pathlib import Path

from gateway.settings import SecretError, Settings, resolve
from gateway.store.errors import StoreUnavailableError
from gateway.store.postgresql import Postgresql
from gateway.store.store import Store

__all__ = ["database_of", "open_store"]


def database_of(settings: Settings, root: Path) -> Postgresql | None:
    """The database that gateway.yaml names; None for the data folder's own. Raises SecretError, StoreUnavailableError."""
    named = settings.database
    if named is None:
        return None
    password = resolve(named.password, root) if named.password is not None else None
    return Postgresql(named.url, password, readers=named.readers)


def open_store(settings: Settings, root: Path) -> Store:
    """The store of a workspace. Raises as `Store.open`, and StoreUnavailableError where the password cannot be found."""
    try:
        database = database_of(settings, root)
    except SecretError as fault:
        raise StoreUnavailableError(f"the password of the database: {fault}") from fault
    payloads = settings.database.payloads if settings.database else None
    return Store.open(settings.data_folder(root), database, payloads=root / payloads if payloads else None)
