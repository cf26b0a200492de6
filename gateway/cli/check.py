"""One line of `gateway doctor`: what is so, and what to do where it is not well."""

from dataclasses import dataclass

__all__ = ["Check"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor."""

    name: str
    status: str  #: "ok", "warning", "fault"
    detail: str
    next_action: str = ""

    @property
    def is_fault(self) -> bool:
        """Whether the gateway cannot do its work like this."""
        return self.status == "fault"

    def as_json(self) -> dict[str, str]:
        """For programs."""
        fields = {"name": self.name, "status": self.status, "detail": self.detail, "nextAction": self.next_action}
        return {key: value for key, value in fields.items() if value}
