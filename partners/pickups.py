"""What can be agreed about fetching a partner's files: the settings of `sftp`, and when its folders are looked at."""

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, model_validator

from partners.scalars import OneOrMany
from partners.slots import Schedule
from sftp.settings import PickupSettings, SftpSettings

__all__ = ["PartnerPickup", "Pickups", "SftpEndpoint"]


class PartnerPickup(PickupSettings):
    """One folder that we fetch from, every so many seconds or by a schedule."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    schedule: Schedule | None = None
    """When it is looked at: at times of the day, or every so often within a window; absent: every `every` seconds, day and night."""

    @model_validator(mode="after")
    def _one_pace(self) -> Self:
        if self.schedule is not None and "every" in self.model_fields_set:
            raise ValueError("one of `every` and `schedule`")
        return self


def _one_schedule_each(pickups: tuple[PartnerPickup, ...]) -> tuple[PartnerPickup, ...]:
    """A folder is looked at as a whole: of two schedules for the same one only the first would count."""
    folders = [pickup.folder for pickup in pickups]
    for pickup in pickups:
        if pickup.schedule is not None and folders.count(pickup.folder) > 1:
            raise ValueError("a folder with a `schedule` stands here once: one schedule, and all its `patterns`")
    return pickups


#: one mapping, or a list of them
Pickups = Annotated[tuple[PartnerPickup, ...], OneOrMany(), AfterValidator(_one_schedule_each)]


class SftpEndpoint(SftpSettings):
    """A partner's SFTP endpoint, with what is agreed about fetching from it."""

    pickup: Pickups = ()
