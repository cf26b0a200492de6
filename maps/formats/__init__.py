"""One small reading and writing interface per syntax; the engine knows records and places only through them."""

from typing import Final

__all__ = ["OWN_FORMS"]

OWN_FORMS: Final = frozenset({"json", "xml", "csv", "fixed"})  #: syntaxes without a standard: each partner has its own form
