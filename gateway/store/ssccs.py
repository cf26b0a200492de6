"""The SSCCs that were used: in which shipment, by whom, when."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, select

from gateway.store.schema import UsedSscc
from gateway.store.statement import insert

__all__ = ["OURS", "earlier", "use"]

OURS: Final = "own"  #: the shipper of what we send, whoever gets it
_YEAR: Final = timedelta(days=365)
_MANY: Final = 400
_used = UsedSscc.table()


def earlier(connection: Connection, usage: str, shipper: str, ssccs: Iterable[str], shipment: str, now: datetime) -> dict[str, str]:
    """Those that another shipment of the last year used, with its number."""
    wanted = sorted(set(ssccs))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _MANY):
        statement = select(_used.c.sscc, _used.c.shipment_number).where(
            _used.c.usage == usage,
            _used.c.shipper == shipper,
            _used.c.sscc.in_(wanted[start : start + _MANY]),
            _used.c.shipment_number != shipment,
            _used.c.at > now - _YEAR,
        )
        found |= {row.sscc: row.shipment_number for row in connection.execute(statement)}
    return found


def use(connection: Connection, usage: str, shipper: str, ssccs: Iterable[str], shipment: str, document_id: str, now: datetime) -> None:
    """They stand on packs of this shipment now."""
    common = {"usage": usage, "shipper": shipper, "shipment_number": shipment, "document_id": document_id, "at": now}
    rows = [{**common, "sscc": sscc} for sscc in sorted(set(ssccs))]
    if rows:
        statement = insert(_used)
        fresh = {"at": statement.excluded["at"], "document_id": statement.excluded["document_id"]}
        keys = ["usage", "shipper", "sscc", "shipment_number"]
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=fresh), rows)
