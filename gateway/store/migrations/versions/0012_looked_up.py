"""What is looked up for each message is found by an index: the place of a document in the feed, a business number whoever uses it"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_feed_entry_document", "feed_entry", ["document_id"], unique=False)
    op.create_index("ix_business_key_number", "business_key", ["key", "kind", "usage"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("the store only goes forward")
