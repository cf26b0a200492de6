"""Drafts an overlay and a guide from a partner's files, and says what was not understood."""

from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

import typer
from ruamel.yaml import YAML

from canonical.base import SourceRef
from edi.finding import Severity
from edi.guide import Guide, GuideError
from edi.validate import Validation
from gateway.cli.map_named import sources_of
from gateway.cli.output import CliError, print_json
from gateway.cli.reading import Rules, judge
from gateway.cli.words import visible
from gateway.plural import counted
from maps.draft import Question, Sample, draft_guide, draft_overlay
from maps.fault import MapError
from maps.registry import MapRegistry
from maps.run import DecodeContext, Map
from partners.options import TOLERANT, ToleranceSettings
from partners.scalars import ID

__all__ = ["draft_maps"]


@dataclass(frozen=True, slots=True)
class _Drafted:
    """The files for one kind of set."""

    made: Map
    count: int
    files: dict[str, str]
    questions: list[Question]


def draft_maps(root: Path, partner: str, files: list[Path], *, force: bool, as_json: bool) -> bool:
    """Draft files for each kind of set in the sample; whether all was understood."""
    if not ID.fullmatch(partner):
        raise CliError(f"{partner!r} is no partner's id", "Small letters, digits, dots, hyphens and underscores.")
    kinds, left = _samples(partner, files)
    if not kinds:
        raise CliError("there is no set in the files that a standard map knows", "Look at them with `gateway edi inspect`.")
    drafted = [_draft(made, partner, samples) for made, samples in kinds.items()]
    _write(root, [one.files for one in drafted], force=force)
    _check(root, drafted)
    if as_json:
        print_json([_json(one) for one in drafted])
    else:
        for one in drafted:
            _say(one)
        for name in left:
            typer.secho(f"not looked at: {name}", fg=typer.colors.YELLOW)
        first = next(iter(max(drafted, key=lambda one: bool(one.questions)).files))
        typer.echo(f"next: answer the questions in {first}; agreements without `map:` take it by its name; then")
        typer.echo("  gateway map lint")
    return not any(one.questions for one in drafted) and not left


def _samples(partner: str, files: list[Path]) -> tuple[dict[Map, list[Sample]], list[str]]:
    """The sets of the files by their standard map, and those that there is no map for or that break the standard."""
    registry = MapRegistry()
    kinds: dict[Map, list[Sample]] = {}
    left = []
    for file in files:
        for interchange in judge(file, Rules(otherwise=ToleranceSettings(**TOLERANT).tolerance())).interchanges:
            for validation in interchange.validations:
                one = validation.transaction_set
                name = f"{file.name}: {one.set_id} {one.control_number}"
                made = registry.standard(one.standard, one.release, one.set_id, one.industry)
                if made is None or validation.tree is None or validation.has_errors:
                    left.append(f"{name} ({_why(validation) if made else 'no standard map'})")
                    continue
                context = DecodeContext("local", partner, UTC, SourceRef(syntax=made.syntax))
                kinds.setdefault(made, []).append(Sample(name, validation.tree, made.decode(validation.tree, context)))
    return kinds, left


def _why(validation: Validation) -> str:
    """The first error, and how many more there are."""
    errors = [finding for finding in validation.findings if finding.severity is Severity.ERROR]
    more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
    return f"breaks the standard: {errors[0].location}: {errors[0].message}{more}" if errors else "breaks the standard"


def _draft(made: Map, partner: str, samples: list[Sample]) -> _Drafted:
    overlay, questions = draft_overlay(made, partner, samples)
    own = made.set_id.lower()
    guide = draft_guide(f"{partner}/{own}", samples)
    files = {f"partners/{partner}/maps/{own}.yaml": overlay, f"partners/{partner}/guides/{own}.yaml": guide}
    return _Drafted(made, len(samples), files, questions)


def _write(root: Path, drafts: list[dict[str, str]], *, force: bool) -> None:
    texts = {name: text for files in drafts for name, text in files.items()}
    there = [name for name in texts if (root / name).exists()]
    if there and not force:
        raise CliError(f"{there[0]} is there already", "Move it away, or replace it with --force.")
    for name, text in texts.items():
        try:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        except OSError as fault:
            raise CliError(
                f"{name}: {(fault.strerror or type(fault).__name__).lower()}", "Choose a workspace that you may write."
            ) from None


def _check(root: Path, drafted: list[_Drafted]) -> None:
    """A draft that does not load would be worse than none. Raises `CliError`, which names our own fault."""
    registry = MapRegistry(sources_of(root))
    for name, text in ((name, text) for one in drafted for name, text in one.files.items()):
        try:
            if "/maps/" in name:
                registry.get(name.removesuffix(".yaml"))
            else:
                Guide.parse(YAML(typ="safe", pure=True).load(text))
        except (MapError, GuideError) as fault:
            raise CliError(f"{name} was drafted and does not load: {fault}", "Correct it by hand, and tell us.") from None


def _say(one: _Drafted) -> None:
    typer.secho(f"{one.made.label}: {counted(one.count, 'set')}", bold=True)
    for name in one.files:
        typer.echo(f"  wrote {name}")
    if not one.questions:
        typer.echo("  everything was understood")
    for question in one.questions:
        typer.secho(f"  ? {question.what}, {question.times} time(s), such as {visible(question.example)}", fg=typer.colors.YELLOW)


def _json(one: _Drafted) -> dict[str, object]:
    questions = [{"what": q.what, "times": q.times, "example": q.example, "advice": q.advice} for q in one.questions]
    return {"map": one.made.label, "sets": one.count, "files": list(one.files), "questions": questions}
