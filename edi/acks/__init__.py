"""Acknowledgments: ours from findings, and theirs read back. TA1, 997, 999 and CONTRL."""

from edi.acks.options import AckNumbers, AckOptions
from edi.acks.quote import Quote, quotes
from edi.acks.reply import answer, prepare, read_acks
from edi.acks.report import AckReport, SetReport
from edi.acks.status import AckStatus, judge, judge_group, judge_interchange
from edi.acks.streamed import StreamedAnswer

__all__ = [
    "AckNumbers",
    "AckOptions",
    "AckReport",
    "AckStatus",
    "Quote",
    "SetReport",
    "StreamedAnswer",
    "answer",
    "judge",
    "judge_group",
    "judge_interchange",
    "prepare",
    "quotes",
    "read_acks",
]
