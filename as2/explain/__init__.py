"""Why a message did not open or its receipt does not fit, found from the stored bytes alone.

`explain_message` is for what came in, `explain_receipt` for the receipt of what we sent, `explain_unsent` and `explain_address` for what
did not leave. A message is taken apart as far as it goes, each layer is looked at, and what would help is tried, one thing at a time.
What is found is one of a closed list of causes, each with its owner and next action.
"""

from as2.explain.cause_texts import CAUSES, CauseText
from as2.explain.causes import Cause
from as2.explain.message import explain_message
from as2.explain.receipt import Sent, explain_receipt, explain_stray
from as2.explain.sending import explain_address, explain_unsent
from as2.explain.values import Circumstances, Explanation, Fact, KnownCertificate, Switch, Tried

__all__ = [
    "CAUSES",
    "Cause",
    "CauseText",
    "Circumstances",
    "Explanation",
    "Fact",
    "KnownCertificate",
    "Sent",
    "Switch",
    "Tried",
    "explain_address",
    "explain_message",
    "explain_receipt",
    "explain_stray",
    "explain_unsent",
]
