"""Packed payloads, and retention: the one way by which events leave, and what must stay"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_UNUSED = sa.text("unused_since IS NOT NULL")
_APPEND_ONLY = "events are append only"
#: what the newest cut names, and is as old as it says
_IS_CUT = (
    "EXISTS (SELECT 1 FROM (SELECT before, first_seq, last_seq FROM event_cut ORDER BY seq DESC LIMIT 1) cut "
    "WHERE OLD.seq BETWEEN cut.first_seq AND cut.last_seq AND OLD.at < cut.before)"
)


def upgrade() -> None:
    with op.batch_alter_table("payload", schema=None) as batch_op:
        batch_op.add_column(sa.Column("encoding", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("unused_since", sa.Text(), nullable=True))
    op.create_index("ix_payload_unused", "payload", ["unused_since"], unique=False, sqlite_where=_UNUSED, postgresql_where=_UNUSED)
    op.create_index("ix_acknowledgment_transmission", "acknowledgment", ["transmission_id"], unique=False)
    op.create_table(
        "event_cut",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("first_seq", sa.Integer(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "retention_hold",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_on_postgresql()
    else:
        _guard_on_sqlite()


def _guard_on_sqlite() -> None:
    op.execute("DROP TRIGGER event_no_delete")
    op.execute(
        f"CREATE TRIGGER event_no_delete BEFORE DELETE ON event WHEN NOT {_IS_CUT} BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END"
    )
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER event_cut_no_{verb.lower()} BEFORE {verb} ON event_cut BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END"
        )


def _guard_on_postgresql() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF TG_TABLE_NAME = 'event' AND TG_OP = 'DELETE' THEN IF {_IS_CUT} THEN RETURN OLD; END IF; END IF; "
        f"RAISE EXCEPTION '{_APPEND_ONLY}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER event_cut_no_change BEFORE UPDATE OR DELETE ON event_cut FOR EACH ROW EXECUTE FUNCTION event_is_append_only()"
    )


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
