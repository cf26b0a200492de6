"""A partner's implementation guide: what it narrows of the standard, as data. `edi.narrowing` checks a tree against it.

    guide: partners/northmart/850
    segments:
      BEG:              {elements: {"02": {codes: [SA, NE]}, "05": {required: true}}}
      CUR:              {usage: not used}
      "REF[01=IA]":     {required: true, max: 1, elements: {"02": {length: [7, 7], pattern: "[0-9]+"}}}
      "REF[01!=IA|DP]": {forbidden: true}
      "N1[01=ST]":      {required: true, elements: {"03": {not: ["1"]}, "04": {required: true}}}
      "N1[01=ST]/N4":   {required: true}
      "N1":
        conditions:
          - {when: {"03": true}, require: ["04"]}
          - {when: {"01": [ZZ], "N4/04": {not: [US, CA]}}, require: [N3, "REF[01=ZZ]/02"], forbid: [PER]}
          - {when: {"03": [UL]}, elements: {"04": {length: [13, 13], pattern: "[0-9]+"}}}
      PO1:              {min: 1, max: 500}
      "PO1/PO4":        {min: 1, max: 1}

A key is a path of loops, by loop id or by the tag that begins them, and ends in a segment, or in a loop, which stands for its
first segment: `min` and `max` of a loop are numbers of its repetitions. Each step may select by values: `[01=A|B]` any of them,
`[01!=A]` any other or none, `[02=G,01.1=X]` all of them, where 01.1 is a component. A rule holds in every repetition of what is
before the last step. The order of the rules means nothing.

Of a segment or loop: `usage` (`required`, `optional`, `not used`) or `required: true`, `forbidden: true`; `min`, `max`; `elements`;
`conditions`. Of an element, keyed by its position "02" or "01.2": `usage`, `required`, `forbidden`; `codes`, the only ones that are
used, or `not`, those of the standard that are not; `length` [least, most], of a number that of its digits; `pattern`, a regular
expression for the whole value; `min` and `max`, its repetitions where it is there.

A condition asks where all of `when` holds. Its keys are elements of the segment itself ("03", "02.1"), segments of the same loop
(N3, "REF[01=IA]") or elements of such a segment ("N4/02"); its values are true (is there), false (is not), a list (is one of these) or
`{not: [...]}` (is another than these). Where the path ends in a loop, its segments are those of that loop. `require` and `forbid`
name the same kinds of things; `elements` asks of the segment itself, as above.

A guide can only narrow: it never permits what the standard forbids. What contradicts itself, another rule or the set is refused when
the guide is loaded, all of it at once; a code that the standard's list does not have, or a rule that narrows nothing, is a hint.
"""

from edi.guide.guide import NO_GUIDE, Guide, GuideError
from edi.guide.rules import Condition, ElementRule, GuideFault, Position, Reference, SegmentRule, Selector, Step, Test

__all__ = [
    "NO_GUIDE",
    "Condition",
    "ElementRule",
    "Guide",
    "GuideError",
    "GuideFault",
    "Position",
    "Reference",
    "SegmentRule",
    "Selector",
    "Step",
    "Test",
]
