"""`database:` of gateway.yaml: where what the gateway knows is kept, when the data folder's own file is not enough."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.listen import SecretRef, Section

__all__ = ["DatabaseSettings"]

#: who, where and what; the password is a reference of its own, so that none ever stands in the file
Url = Annotated[str, StringConstraints(pattern=r"^postgres(ql)?://([^:@/\s]+@)?[^@\s]*$", max_length=1000)]


class DatabaseSettings(Section):
    """A PostgreSQL database that any number of processes and machines share. Absent: SQLite, for one process."""

    url: Url  #: postgresql://gateway@db.example/gateway
    password: SecretRef | None = None  #: of the user in `url`
    readers: Annotated[int, Field(ge=1, le=64)] = 8  #: connections of each process that read; one more writes, one listens
    payloads: Path | None = None  #: folder for payloads over 64 KB that all machines share; absent: in the data folder
