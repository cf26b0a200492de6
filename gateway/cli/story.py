"""Prints a timeline as a story: what happened, when, why, and how it stands now."""

from collections.abc import Iterable, Sequence
from typing import Any

import typer

from gateway.cli.words import command, date_of, echo_wrapped, is_to_come, time_of, visible, zone_name

__all__ = ["named", "print_story"]

Event = dict[str, Any]
_TIME = " " * 12  #: what stands below a time


def print_story(context: typer.Context, answer: dict[str, Any]) -> None:
    """The events of its own, day by day; what else was in the same file in one line; the present state."""
    own = [event for event in answer["events"] if not event.get("sibling")]
    typer.secho(f"{visible(answer['key'])}  (times in {zone_name()})", bold=True)
    day = ""
    for event, again in _without_repetitions(own):
        if date_of(event["at"]) != day:
            day = date_of(event["at"])
            typer.secho(day, bold=True)
        _print_event(context, event, again)
    _print_siblings(answer["events"])
    _print_now(answer["documents"])


def _without_repetitions(events: Sequence[Event]) -> Iterable[tuple[Event, int]]:
    """Of the attempts of one delivery in a row the first and the last; with the last, how many stand between."""
    attempts = [event["id"] if event["action"] == "delivery.put-off" else "" for event in events]
    for place, event in enumerate(events):
        run = [other for other, id_ in enumerate(attempts) if id_ and id_ == event["id"]] if attempts[place] else []
        if place in run[1:-1]:
            continue
        yield event, max(0, len(run) - 2) if run and place == run[-1] else 0


def _print_event(context: typer.Context, event: Event, again: int) -> None:
    said = visible(_sentence(event))
    if again:
        said += f" ({again} more attempt{'s' if again > 1 else ''} before that failed alike.)"
    data = event.get("data") or {}
    if data.get("reason"):
        said += f" ({visible(event['actor'])}: {visible(data['reason'])})"
    echo_wrapped(said, indent=f"  {time_of(event['at'])}  ", hanging=_TIME)
    for sentence in event.get("sentences", ()):
        echo_wrapped(visible(sentence), indent=_TIME + "  ")
    if data.get("again") and is_to_come(data["again"]):
        typer.echo(f"{_TIME}  next attempt at {time_of(data['again'])}")
    if event["action"] == "acknowledgment.written":  # its control number is no name to look it up by
        typer.echo(f"{_TIME}  {event['id']}")
    if event.get("isOpen"):
        echo_wrapped(f"next ({event['owner']}): {event['nextAction']}", indent=_TIME + "  ", hanging=_TIME + "    ")
        typer.echo(f"{_TIME}  {command(context, 'docs', 'show', event['id'])}")


def _sentence(event: Event) -> str:
    """The message with what it is about: `850 accepted.` about `850 0001` as `850 0001 accepted.`."""
    about, message = str(event.get("about", "")), str(event["message"])
    kind = about.partition(" ")[0]
    if not about or message.startswith(about):
        return message
    if message.startswith(f"{kind} "):
        return about + message[len(kind) :]
    return f"{about}: {message}"


def _print_siblings(events: Iterable[Event]) -> None:
    """What came or left in the same file: its sets by name, else its documents."""
    names: dict[str, list[str]] = {"transaction_set": [], "document": []}
    for event in events:
        if event.get("sibling") and event["thing"] in names:
            names[event["thing"]].append(str(event.get("about", event["id"])))
    others = list(dict.fromkeys(names["transaction_set"] or names["document"]))
    if others:
        told = "Also in the same file, and not told here because other numbers own it:"
        echo_wrapped(visible(f"{told} {', '.join(others)}."), indent=_TIME, hanging=_TIME)


def _print_now(documents: Sequence[dict[str, Any]]) -> None:
    if not documents:
        return
    typer.secho("now", bold=True)
    width = max(len(visible(named(one))) for one in documents)
    for one in documents:
        stands = [one["validation"]]
        stands += [f"delivery {one['delivery']}"] if one["delivery"] != "none" else []
        stands += [f"acknowledgment {one['acknowledgment']}"] if one["acknowledgment"] != "none" else []
        typer.echo(f"  {visible(named(one)):{width}}  {', '.join(stands)}  {one['id']}")


def named(row: dict[str, Any]) -> str:
    """A document, or a set without one, by its name and business number."""
    about = str(row["about"])
    number = str(row.get("businessKey", ""))
    return f"{about} of {number}" if number and number not in about else about
