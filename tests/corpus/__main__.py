"""Reads every document of the corpus: what is it, is it accepted, and if not why; and what the standard maps make of what is.

    python -m tests.corpus [--write]

Ends with 1 where one cannot be processed at all, where one with a valid envelope is not accepted and the kept table does not say why,
where one with a faulty envelope has no finding, or where the maps do worse than the kept figures. `--write` writes the codes of the kept
tables anew; their reasons are by hand.
"""

import sys
import traceback
from collections import Counter
from collections.abc import Iterator

from edi.finding import Finding, FindingCode, Severity
from tests.corpus import kept_maps
from tests.corpus.documents import CLAIMED, CORPUS, EDI, INVALID, VALID, Document, Result, codes, documents, process
from tests.corpus.kept import Kept, kept, write
from tests.corpus.maps import mapped
from tests.corpus.report_maps import report, worse


def main(arguments: list[str]) -> int:
    found = list(documents())
    if not found:
        print(f"no corpus: {CORPUS.name}/INDEX.tsv is not in ../shared, so nothing was read")
        return 0
    results: dict[Document, Result] = {}
    crashes = []
    for document in found:
        try:
            results[document] = process(document.read_bytes())
        except Exception:
            crashes.append(f"{document.path}\n{traceback.format_exc()}")
    sets = list(mapped(results))
    if arguments == ["--write"]:
        _write(results)
        kept_maps.write(sets)
    _print_counts(found, results)
    print(f"\nacknowledgments made: {sum(len(result.answers) for result in results.values())}")
    _print_sets(results)
    print()
    print("\n".join(report(sets)))
    wrong = [*crashes, *_unexplained(results), *_missed(results), *worse(sets)]
    print("\nNot accepted though the envelope is valid; the kept table says why:")
    for path, row in sorted(kept().items()):
        print(f"  {path}: {row.codes}\n    {row.reason}")
    print("\nSaid to be invalid by where they come from, and what was found:")
    for document, result in results.items():
        if document.valid == CLAIMED:
            print(f"  {document.path}: {result.refusal or ', '.join(map(_place, result.findings)) or _unjudged(result)}")
    print("\nWRONG:" if wrong else "\nnothing is wrong")
    print("\n".join(wrong))
    return bool(wrong)


def _print_counts(found: list[Document], results: dict[Document, Result]) -> None:
    outcomes = ("read", "no interchange", "crashed")
    counts: Counter[tuple[str, str]] = Counter()
    for document in found:
        result = results.get(document)
        counts[document.standard, outcomes[2] if result is None else outcomes[0 if result.interchanges else 1]] += 1
    print(f"{'standard':22}" + "".join(f"{outcome:>16}" for outcome in outcomes))
    for standard in sorted({standard for standard, _ in counts}):
        print(f"{standard:22}" + "".join(f"{counts[standard, outcome]:16}" for outcome in outcomes))


def _print_sets(results: dict[Document, Result]) -> None:
    """Accepted of all, by set, release and the release whose grammar was taken."""
    total: Counter[tuple[str, str, str]] = Counter()
    accepted: Counter[tuple[str, str, str]] = Counter()
    for document, result in results.items():
        for validation in result.judged if document.valid == VALID and document.standard in EDI else ():
            assert validation.message is not None
            one = validation.transaction_set
            kind = (one.set_id, one.release, validation.message.release)
            total[kind] += 1
            accepted[kind] += not validation.has_errors
    print("\nTransaction sets of documents with a valid envelope, where a grammar is built in for the release or one near:")
    for kind in sorted(total):
        set_id, release, taken = kind
        near = "" if release == taken or set_id == "CONTRL" else f"  by {taken}"
        print(f"  {set_id:7} {release:8} {accepted[kind]:4} of {total[kind]:4} accepted{near}")
    print(f"  {'all':16} {sum(accepted.values()):4} of {sum(total.values()):4} accepted")


def _unexplained(results: dict[Document, Result]) -> Iterator[str]:
    table = kept()
    for document, result in results.items():
        if document.is_edi and document.valid == VALID and result.errors and document.path not in table:
            yield f"{document.path} is not accepted: {', '.join(map(_place, result.errors[:5]))}"


def _missed(results: dict[Document, Result]) -> Iterator[str]:
    for document, result in results.items():
        if document.is_edi and document.valid == INVALID and not (result.refusal or result.findings):
            yield f"{document.path} has no finding, and is said to be invalid: {document.why}"


def _place(finding: Finding) -> str:
    return f"{finding.code} {finding.location}" + ("" if finding.severity is Severity.ERROR else f" ({finding.severity})")


def _unjudged(result: Result) -> str:
    unsupported = [f for interchange in result.interchanges for f in interchange.findings if f.code is FindingCode.SET_UNSUPPORTED]
    return "no finding but that the set is not built in" if unsupported else "no finding"


def _write(results: dict[Document, Result]) -> None:
    reasons = {path: row.reason for path, row in kept().items()}
    faulty = {d.path: result for d, result in results.items() if d.is_edi and d.valid == VALID and result.errors}
    write({path: Kept(codes(result.errors), reasons.get(path, "")) for path, result in faulty.items()})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
