"""What can be agreed about fetching a partner's files: the settings of `sftp`, and when its folders are looked at."""

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, model_validator

from partners.scalars import OneOrMany
from partners.slots import Schedule, Timed, Together
from sftp.settings import PickupSettings, SftpSettings

__all__ = ["PartnerPickup", "Pickups", "SftpEndpoint"]


class PartnerPickup(PickupSettings):
    """One folder that we fetch from, every so many seconds or by a schedule."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    schedule: Annotated[tuple[Schedule, ...], OneOrMany()] = ()
    """When it is looked at: at times of the day, or every so often within a window; several, as for weekdays and weekends, hold together.
    Absent: every `every` seconds, day and night."""

    @model_validator(mode="after")
    def _one_pace(self) -> Self:
        if self.schedule and "every" in self.model_fields_set:
            raise ValueError("one of `every` and `schedule`")
        return self

    def slots(self, zone: str) -> Timed | None:
        """When it is looked at, on the clock of a zone where a schedule names none; None where there is no schedule."""
        found = tuple(schedule.slots(zone) for schedule in self.schedule)
        return (found[0] if len(found) == 1 else Together(found)) if found else None

    def words(self, zone: str) -> str:
        """The same in words."""
        return "; ".join(schedule.words(zone) for schedule in self.schedule)


def _one_schedule_each(pickups: tuple[PartnerPickup, ...]) -> tuple[PartnerPickup, ...]:
    """A folder is looked at as a whole: of two schedules for the same one only the first would count."""
    folders = [pickup.folder for pickup in pickups]
    for pickup in pickups:
        if pickup.schedule and folders.count(pickup.folder) > 1:
            raise ValueError("a folder with a `schedule` stands here once, with all its schedules and all its `patterns`")
    return pickups


#: one mapping, or a list of them
Pickups = Annotated[tuple[PartnerPickup, ...], OneOrMany(), AfterValidator(_one_schedule_each)]


class SftpEndpoint(SftpSettings):
    """A partner's SFTP endpoint, with what is agreed about fetching from it."""

    pickup: Pickups = ()
