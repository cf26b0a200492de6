"""Reads every document of the corpus: what is it, is it accepted, and if not why. Ends with 1 only where one cannot be processed at all."""

import sys
import traceback
from collections import Counter

from edi.finding import Finding, Severity
from tests.corpus.documents import CORPUS, EDI, Document, Result, documents, process

REASONS = 3  #: how many reasons a line names


def main() -> int:
    found = list(documents())
    if not found:
        print(f"no corpus: {CORPUS.name}/INDEX.tsv is not in ../shared, so nothing was read")
        return 0
    counts: Counter[tuple[str, str]] = Counter()
    crashes: list[str] = []
    accepted: Counter[str] = Counter()
    total: Counter[str] = Counter()
    rejected: list[str] = []
    answers = 0
    for document in found:
        try:
            result = process(document.read_bytes())
        except Exception:
            crashes.append(f"{document.path}\n{traceback.format_exc()}")
            counts[document.standard, "crashed"] += 1
            continue
        counts[document.standard, "read" if result.interchanges else "no interchange"] += 1
        answers += result.answers
        if document.valid == "valid(envelope)" and document.standard in EDI:
            _judge(document, result, accepted, total, rejected)
    _print_counts(counts)
    print(f"\nacknowledgments made: {answers}")
    print("\nTransaction sets of documents with a valid envelope, in the releases that are built in:")
    for kind in sorted(total):
        print(f"  {kind:18} {accepted[kind]:4} of {total[kind]:4} accepted")
    print("\nNot accepted, each with its first reasons:")
    print("\n".join(rejected) or "  none")
    for crash in crashes:
        print(f"\nCRASH {crash}")
    return bool(crashes)


def _judge(document: Document, result: Result, accepted: Counter[str], total: Counter[str], rejected: list[str]) -> None:
    for validation in result.judged:
        one = validation.transaction_set
        kind = f"{one.set_id} {one.release}"
        total[kind] += 1
        errors = [finding for finding in validation.findings if finding.severity is Severity.ERROR]
        if not errors:
            accepted[kind] += 1
            continue
        reasons = "; ".join(map(_reason, errors[:REASONS]))
        more = f"; and {len(errors) - REASONS} more" if len(errors) > REASONS else ""
        rejected.append(f"  {kind} {document.path}: {reasons}{more}")


def _reason(finding: Finding) -> str:
    return f"{finding.code} {finding.location}"


def _print_counts(counts: Counter[tuple[str, str]]) -> None:
    outcomes = ("read", "no interchange", "crashed")
    print(f"{'standard':22}" + "".join(f"{outcome:>16}" for outcome in outcomes))
    for standard in sorted({standard for standard, _ in counts}):
        print(f"{standard:22}" + "".join(f"{counts[standard, outcome]:16}" for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
