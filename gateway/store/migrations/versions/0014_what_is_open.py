"""What is open, and what has had its time, is found by an index: no look goes over all that was ever done"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _of_some("ix_transmission_unfinished", "transmission", ["direction", "state"], "finished_at IS NULL")
    _of_some("ix_transmission_test", "transmission", ["created_at"], "usage = 'test'")
    _of_some("ix_transmission_message", "transmission", ["message_id"], "message_id IS NOT NULL")
    op.drop_index("ix_transmission_partner", table_name="transmission")
    op.create_index("ix_transmission_partner", "transmission", ["partner_id", "direction", "id"], unique=False)
    op.create_index("ix_transmission_created_at", "transmission", ["created_at"], unique=False)
    for table in ("transaction_set", "document"):  # the newest of a state are there in their order
        op.drop_index(f"ix_{table}_state", table_name=table)
        op.create_index(f"ix_{table}_state", table, ["state", "id"], unique=False)
    op.create_index("ix_document_partner", "document", ["partner_id", "id"], unique=False)
    op.create_index("ix_document_kind", "document", ["document_type", "id"], unique=False)
    op.create_index("ix_document_agreement", "document", ["partner_id", "agreement_id", "created_at"], unique=False)
    _of_some("ix_delivery_finished", "delivery", ["finished_at"], "finished_at IS NOT NULL")
    _of_some("ix_acknowledgment_settled", "acknowledgment", ["finished_at"], "finished_at IS NOT NULL AND state <> 'WRITTEN'")
    op.create_index("ix_seen_interchange_seen_at", "seen_interchange", ["seen_at"], unique=False)
    op.create_index("ix_used_sscc_at", "used_sscc", ["at"], unique=False)
    _of_some("ix_pickup_file_open", "pickup_file", ["endpoint"], "finished IS NULL OR failures > 0")
    _of_some("ix_pickup_file_finished", "pickup_file", ["finished"], "finished IS NOT NULL")
    _of_some("ix_unknown_value_open", "unknown_value", ["partner", "kind"], "solved_at IS NULL")


def _of_some(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, unique=False, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
