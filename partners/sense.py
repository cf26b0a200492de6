"""What is agreed of the sense of values: what an unknown item or place means, and which checks hold, warn or are off."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from partners.options import Options
from partners.scalars import OneOrMany, ShortForm

__all__ = ["Checks", "CrossReferences", "ItemReferences", "KindReferences"]

Policy = Literal["error", "hold", "passThrough"]
ItemNumber = Literal["buyerItemId", "gtin", "sellerItemId", "manufacturerItemId", "sku", "styleNumber"]
_POLICIES: Final = {"type": "string", "enum": ["error", "hold", "passThrough"]}
_NUMBERS: Final[tuple[ItemNumber, ...]] = ("buyerItemId", "gtin", "sellerItemId", "manufacturerItemId", "sku", "styleNumber")


class KindReferences(Options):
    """What a value without a cross reference means."""

    missing: Policy = "passThrough"
    """`hold`: the document waits until somebody says what it is, and then goes on by itself. `error`: the sender has to correct it.
    `passThrough`: it goes on as it is, with a warning."""


class ItemReferences(KindReferences):
    """The same of items, which may have several numbers."""

    by: Annotated[tuple[ItemNumber, ...], OneOrMany(), Field(min_length=1)] = _NUMBERS
    """The numbers that are looked up, the first that has a cross reference counts. One without `scheme` gives the first of them."""


_SHORT: Final = ShortForm(_POLICIES, lambda said: {"missing": said} if isinstance(said, str) else said)
Kind = Annotated[KindReferences | None, _SHORT]


class CrossReferences(Options):
    """What is looked up for this partner. A kind that is not named is looked up as soon as a cross reference of it is there."""

    item: Annotated[ItemReferences | None, _SHORT] = None
    """Products: theirs and ours."""
    unit: Kind = None
    """Units of quantities, with how many of ours one of theirs is."""
    location: Kind = None
    """Places and companies; asked for where goods go to, come from or are marked for."""
    carrier: Kind = None
    """Carriers and their services."""
    terms: Kind = None
    """Payment terms."""
    charge: Kind = None
    """Allowances and charges."""

    @property
    def said(self) -> Mapping[str, KindReferences]:
        """The kinds that are named."""
        return {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}


def _off(value: Any) -> Any:
    return "off" if value is False else value


CheckSwitch = Annotated[Literal["error", "warn", "off"], BeforeValidator(_off)]
CheckName = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z][a-z0-9-]{1,40}$")]
#: checks that this partner wants otherwise than usual, by the names that `gateway checks` lists
Checks = Annotated[dict[CheckName, CheckSwitch], Field(max_length=500)]
