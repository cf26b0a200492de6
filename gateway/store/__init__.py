"""The one database: what was received, made, sent and still has to be done."""
