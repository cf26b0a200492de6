"""Documents that come by themselves, such as a daily inventory: the alarm when one is missing, and its end when it is there."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, select

from gateway.errors import Cause
from gateway.pipeline.unseen import read_by, seen_until
from gateway.pipeline.watch import Watch
from gateway.plural import with_article
from gateway.store import alarms, looks
from gateway.store.alarms import Trouble
from gateway.store.looks import Looked
from gateway.store.schema import Document, Revision, Transmission
from partners.model import Agreement, Direction, Partner

__all__ = ["EXPECTED", "ExpectedDocuments", "last_of", "way_of"]

_document, _revision, _transmission = Document.table(), Revision.table(), Transmission.table()
_BACK: Final = 8  #: moments before the last one, where nobody could look since
EXPECTED: Final = "expected"  #: the flow of its alarms


class ExpectedDocuments(Watch):
    """Looks, once a minute, for documents that an agreement expects by a time of day."""

    name = "expected"

    async def look(self) -> list[Trouble]:
        """One look. Gives what is missing now and was not before."""
        return await self._context.store.write(self._look)

    def _look(self, connection: Connection) -> list[Trouble]:
        now = self._context.now()
        wanted = [(one, self._context.workspace.partners[one.partner_id]) for one in self._context.workspace.agreements if one.expect]
        looked = looks.listed(connection)
        missing = [trouble for agreement, partner in wanted for trouble in self._missing(connection, agreement, partner, looked, now)]
        return alarms.sync(connection, missing, now, flow=EXPECTED)[0]

    def _missing(
        self, connection: Connection, agreement: Agreement, partner: Partner, looked: Mapping[str, Looked], now: datetime
    ) -> list[Trouble]:
        """Nothing before the first period that the agreement is in force for a whole: a new agreement owes nothing of yesterday."""
        assert agreement.expect is not None
        if not partner.status.takes(self._context.workspace.own.environment):
            return []
        moments = self._moments(connection, agreement, partner, looked, now)
        if moments is None:
            return []
        begins, due = moments
        last = last_of(connection, agreement)
        if (last is None and not self._is_older(connection, begins)) or (last is not None and last > begins):
            return []
        local = due.astimezone(partner.tzinfo)
        ours = agreement.direction is Direction.OUTBOUND
        since = f"the last one {'left' if ours else 'came'} {last.astimezone(partner.tzinfo):%Y-%m-%d %H:%M}" if last else "none so far"
        had = f"{with_article(agreement.set_id)} had to {'leave' if ours else 'come'}"
        return [
            Trouble(
                EXPECTED,
                Cause.DOCUMENT_MISSING,
                f"{partner.id}/{agreement.id}",
                f"{agreement.set_id} {'to' if ours else 'of'} {partner.id}",
                f"{had} by {local:%Y-%m-%d %H:%M} ({partner.zone}); {since}",
                correlation_id=f"{partner.id}/{agreement.id}",
                day=local.date().isoformat(),
                partner_id=partner.id,
                agreement_id=agreement.id,
                data={"direction": agreement.direction.value, "dueAt": due.astimezone(UTC).isoformat()},
            )
        ]

    def _moments(
        self, connection: Connection, agreement: Agreement, partner: Partner, looked: Mapping[str, Looked], now: datetime
    ) -> tuple[datetime, datetime] | None:
        """The last moment by which one had to come, of those after which we have looked for it; and since when it could."""
        assert agreement.expect is not None
        begins, due = agreement.expect.last_due(now, partner.tzinfo)
        if agreement.direction is Direction.OUTBOUND:
            return begins, due
        way = way_of(connection, agreement)
        seen = seen_until(self._context, partner, way, looked)
        for _ in range(_BACK):
            if due <= seen:
                fetched = read_by(partner, way, begins)  # with the first look after it came what belongs to the moment before
                return fetched if fetched < due else begins, due
            begins, due = agreement.expect.last_due(due - timedelta(seconds=1), partner.tzinfo)
        return None

    @staticmethod
    def _is_older(connection: Connection, begins: datetime) -> bool:
        """Whether the gateway worked before this moment at all."""
        first: Any = connection.execute(select(func.min(_revision.c.at))).scalar_one_or_none()
        return first is not None and first <= begins


def last_of(connection: Connection, agreement: Agreement) -> datetime | None:
    """When the newest document of an agreement came or was submitted."""
    newest: datetime | None = connection.execute(_newest(agreement, _document.c.created_at)).scalar_one_or_none()
    return newest


def way_of(connection: Connection, agreement: Agreement) -> str | None:
    """The transport that the newest document of an agreement came by; None where none has come yet."""
    of = _newest(agreement, _document.c.transmission_id).scalar_subquery()
    way: str | None = connection.execute(select(_transmission.c.transport).where(_transmission.c.id == of)).scalar_one_or_none()
    return way


def _newest(agreement: Agreement, column: Any) -> Any:
    return (
        select(column)
        .where(
            _document.c.document_type == agreement.document,
            _document.c.partner_id == agreement.partner_id,
            _document.c.agreement_id == agreement.id,
        )
        .order_by(_document.c.created_at.desc())
        .limit(1)
    )
