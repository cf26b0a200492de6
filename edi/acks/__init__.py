"""Acknowledgments: ours from findings, and theirs read back. TA1, 997 and CONTRL."""

from edi.acks.reply import AckNumbers, AckOptions, answer, read_acks
from edi.acks.report import AckReport, SetReport
from edi.acks.status import AckStatus, judge, judge_group, judge_interchange

__all__ = [
    "AckNumbers",
    "AckOptions",
    "AckReport",
    "AckStatus",
    "SetReport",
    "answer",
    "judge",
    "judge_group",
    "judge_interchange",
    "read_acks",
]
