"""What a person and a program are told of each cause: a sentence, an owner, a next action, an HTTP status. One total table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.causes import Cause

__all__ = ["CAUSES", "CauseText"]


@dataclass(frozen=True, slots=True)
class CauseText:
    """What a person and a program are told. `status` is the HTTP status where the cause answers a request."""

    title: str
    cause: str
    next_action: str
    owner: str  #: "partner", "analyst", "operator", "hub" or "gateway" (a fault of ours)
    status: int = 500
    retryable: bool = False


_T = CauseText
CAUSES: Final[Mapping[Cause, CauseText]] = {
    Cause.UNAUTHENTICATED: _T(
        "No valid credentials",
        "The request has no API key, token or signature that this gateway knows.",
        "Send the key or token in the Authorization header as a Bearer token; sign a webhook with the secret agreed for it.",
        "partner",
        401,
    ),
    Cause.FORBIDDEN: _T(
        "Not allowed with these credentials",
        "The key is known but not for this path or partner.",
        "Use the key of that partner, or ask for the right.",
        "partner",
        403,
    ),
    Cause.NOT_FOUND: _T("Not found", "Nothing is known under this address or id.", "Check the path and the id.", "hub", 404),
    Cause.PAYLOAD_GONE: _T(
        "Bytes no longer kept",
        "Its bytes have had their time and were removed; what is known of them stays.",
        "Look for it in a backup; `retention:` in gateway.yaml says how long bytes are kept.",
        "operator",
        410,
    ),
    Cause.METHOD_NOT_ALLOWED: _T(
        "Method not allowed",
        "The path is known, but not with this HTTP method.",
        "See the OpenAPI document for the methods of the path.",
        "hub",
        405,
    ),
    Cause.BODY_TOO_LARGE: _T(
        "Body too large", "The body is larger than the limit agreed.", "Split the file, or ask for a higher limit.", "partner", 413
    ),
    Cause.BODY_EMPTY: _T("Body empty", "The request carries no bytes.", "Send the document as the body.", "partner", 400),
    Cause.MALFORMED_JSON: _T(
        "Malformed JSON", "The body is no JSON text in UTF-8.", "Correct the body; the position is given.", "hub", 400
    ),
    Cause.MALFORMED_REQUEST: _T(
        "Malformed request", "A header or parameter is missing or wrong.", "Correct the request as the detail says.", "hub", 400
    ),
    Cause.UNSUPPORTED_MEDIA_TYPE: _T(
        "Unsupported media type",
        "No agreement of this partner takes this content type.",
        "Send one of the content types agreed.",
        "partner",
        415,
    ),
    Cause.DOCUMENT_INVALID: _T(
        "Document invalid",
        "The document breaks its schema; each fault is listed with its path.",
        "Correct the fields listed and send again.",
        "hub",
        422,
    ),
    Cause.WORKSPACE_INVALID: _T(
        "The workspace has faults",
        "Files of the workspace are wrong; nothing was put in force.",
        "Correct the files listed; `gateway partner validate` looks at all of them again.",
        "analyst",
        422,
    ),
    Cause.CROSS_REFERENCES_INVALID: _T(
        "The cross references have faults",
        "Rows are wrong, or contradict each other or what is there; none of them was taken over.",
        "Correct the lines listed and import the whole sheet again.",
        "analyst",
        422,
    ),
    Cause.IDEMPOTENCY_KEY_MISSING: _T(
        "Idempotency-Key missing",
        "Submissions need a key so that a retry has one effect.",
        "Send an Idempotency-Key header, new per document.",
        "hub",
        400,
    ),
    Cause.IDEMPOTENCY_KEY_REUSED: _T(
        "Idempotency-Key used for other content", "The key was used before with another body.", "Use a new key for new content.", "hub", 422
    ),
    Cause.TOO_SLOW: _T(
        "Too slow",
        "The body came with fewer bytes a second than anybody sends who is still there.",
        "Send it again over a connection that holds.",
        "partner",
        408,
        retryable=True,
    ),
    Cause.IDEMPOTENCY_KEY_IN_USE: _T(
        "Idempotency-Key in use",
        "A request with the same key is still under way.",
        "Wait as Retry-After says, then send it again: the answer will be the same.",
        "hub",
        409,
        retryable=True,
    ),
    Cause.RATE_LIMITED: _T(
        "Too many requests", "More requests arrived than agreed.", "Wait as Retry-After says.", "partner", 429, retryable=True
    ),
    Cause.OVERLOADED: _T(
        "Overloaded",
        "More is waiting than can be worked on soon, so nothing new is taken on.",
        "Send again after Retry-After.",
        "gateway",
        503,
        retryable=True,
    ),
    Cause.SHUTTING_DOWN: _T(
        "Shutting down", "The gateway is stopping and takes nothing new.", "Send again after Retry-After.", "gateway", 503, retryable=True
    ),
    Cause.STORE_UNAVAILABLE: _T(
        "Store unavailable",
        "The bytes could not be stored, so they were not taken over.",
        "Who sent sends again after Retry-After. Here `gateway doctor` says what is wrong with disk or database.",
        "operator",
        503,
        retryable=True,
    ),
    Cause.STORE_DAMAGED: _T(
        "Store damaged",
        "The file of the database cannot be read any more, in part or as a whole: a fault of the disk, or of what wrote into it.",
        "`gateway doctor --deep` says what is damaged. Stop the gateway, keep the data folder aside, `gateway restore` the newest backup.",
        "operator",
        503,
        retryable=True,
    ),
    Cause.OWN_KEY_UNUSABLE: _T(
        "Own key cannot be used",
        "A key of ours that this needs cannot be read, or its certificate does not belong to it.",
        "`gateway doctor` names it. Put it in place: whoever was told to come later comes again; resend what is held.",
        "operator",
        503,
        retryable=True,
    ),
    Cause.CONFLICT: _T(
        "Not possible in this state",
        "What was asked does not fit the present state.",
        "Look at the present state and decide again.",
        "operator",
        409,
    ),
    Cause.INTERNAL_ERROR: _T(
        "Fault in the gateway",
        "Something failed that should not; the bytes are kept.",
        "Look in the log under the trace id; report it.",
        "gateway",
        500,
        retryable=True,
    ),
    Cause.UNREADABLE: _T(
        "No interchange in it",
        "The bytes hold neither an X12 nor an EDIFACT interchange nor an agreed payload.",
        "Look at the payload; ask the partner for the right file; discard or replay.",
        "partner",
    ),
    Cause.TOO_LARGE_TO_READ: _T(
        "Too large to be read",
        "The payload is larger than `limits.read_bytes`, or has more sets than `limits.sets`: it is kept, and nothing of it is worked on.",
        "Get it with `gateway docs show ID --raw -o FILE`; split it and send the parts in, or raise the limit and replay; else discard.",
        "analyst",
    ),
    Cause.UNKNOWN_PARTNER: _T(
        "Unknown partner",
        "No profile has the sender and receiver named in the envelope, or another one than that of the partner whose way it came.",
        "Ask who sent it. If the identity is the partner's: add it to the profile, apply, then replay.",
        "analyst",
    ),
    Cause.NO_AGREEMENT: _T(
        "No agreement",
        "The partner is known, but nothing is agreed for this document and direction.",
        "Add the agreement, apply, then replay.",
        "analyst",
    ),
    Cause.NO_MAP: _T("No map", "No map is known for this document.", "Name a map in the agreement, apply, then replay.", "analyst"),
    Cause.NO_GRAMMAR: _T(
        "No grammar", "The release or set is not built in, so it was not validated.", "Agree on a supported release, or discard.", "analyst"
    ),
    Cause.DUPLICATE_OTHER_BYTES: _T(
        "Control number used before with other bytes",
        "The sender used this number for a different interchange.",
        "Ask the partner which one counts; release or discard.",
        "partner",
    ),
    Cause.DUPLICATE_REFUSED: _T(
        "Repetition refused",
        "The sender used this control number before, and the agreement says to refuse that.",
        "Nothing: the partner was told, and sends it under a new number if it counts.",
        "partner",
    ),
    Cause.DUPLICATE_BYTES: _T(
        "The same bytes again",
        "The very same bytes came before, and the agreement wants a person to decide.",
        "Ask the partner whether it counts twice; release or discard.",
        "partner",
    ),
    Cause.NUMBER_REPEATED: _T(
        "Group or set number used before",
        "A group or set of it has a control number that this sender used before.",
        "Ask the partner whether it was sent before; release or discard.",
        "partner",
    ),
    Cause.OUT_OF_ORDER: _T(
        "Older than what is known",
        "A newer state of the same load, shipment, stock or order came before it, and the agreement holds what is older.",
        "Release it if the hub shall have it, marked as stale; discard it otherwise.",
        "operator",
        409,
    ),
    Cause.ORDER_MISSING: _T(
        "Changes an order that never came",
        "The order that it changes did not come in the agreed time.",
        "Ask the partner for the order, behind which it goes on by itself; or release it, if the hub has the order from elsewhere.",
        "operator",
        409,
    ),
    Cause.BUSINESS_DUPLICATE: _T(
        "Business number used before",
        "An original document with this number from this partner exists, with other content.",
        "Ask the partner whether it is a change; release or discard.",
        "partner",
    ),
    Cause.SEQUENCE_BROKEN: _T(
        "Out of sequence",
        "The control number does not follow the last one of this sender: something was lost, overtaken or counted anew.",
        "Ask the partner for what is missing, or release.",
        "partner",
    ),
    Cause.MAP_FAULT: _T(
        "Map fault",
        "The map could not carry every value over, so nothing was made of it.",
        "Look at the findings; mend the map or the data; replay.",
        "analyst",
    ),
    Cause.VALUE_UNKNOWN: _T(
        "Value without a cross reference",
        "Nobody has said yet what a value of the other side is to us, or ours to them, and the profile says to wait.",
        "Say it: `gateway xref set` or `import`; then it goes on by itself. Or release it as it is.",
        "analyst",
    ),
    Cause.USAGE_NOT_ACCEPTED: _T(
        "Test or live traffic not accepted",
        "The usage indicator does not fit the environment.",
        "Send to the right environment, or set the profile's usage.",
        "partner",
        422,
    ),
    Cause.PARTNER_SUSPENDED: _T(
        "Profile lets this not through",
        "By its status a profile lets nothing through (draft, suspended), test traffic (testing, certified), or everything (live).",
        "Compare the status with the usage of this traffic; change what is wrong, apply, replay; or discard.",
        "analyst",
    ),
    Cause.AS2_NOT_OPENED: _T(
        "AS2 message not opened",
        "Decryption, signature or policy failed; the MDN said so.",
        "Compare certificates and settings with the partner.",
        "partner",
    ),
    Cause.ACKNOWLEDGMENT_UNMATCHED: _T(
        "Acknowledgment matches nothing",
        "Nothing that we sent has the number or id that it names.",
        "Ask the partner what it answers; dismiss it.",
        "operator",
    ),
    Cause.SUSPENDED_WITH_OTHERS: _T(
        "Stopped with others",
        "Another set of the same interchange has errors, and the agreement stops all that came with it.",
        "Look at the faulty set; release this one, or discard it and ask for the interchange anew.",
        "partner",
    ),
    Cause.RESTORED: _T(
        "Unknown since a restore",
        "The database was brought back from a backup; whether this left since then is not known here.",
        "Ask its destination whether it has it; let it go on if not (a hub or AS2 server drops what it has), else discard it.",
        "operator",
    ),
    Cause.RECEIVER_UNKNOWN: _T(
        "Nobody to send it to",
        "It names no order, and no receiver's id, from which the gateway could tell the partner that it is for.",
        "Correct the purchase order number or the receiver's id at the hub and submit it anew, or say for whom it is (`partner=ID`), or "
        "that it is a test (`usage=test`); discard this one.",
        "hub",
        422,
    ),
    Cause.CHECK_FAILED: _T(
        "Check failed",
        "The document breaks a rule; as it is, it would cost money or goods.",
        "One of ours: correct it at the hub and submit it anew. The partner's: have it send a right one. Or release it as it is.",
        "hub",
    ),
    Cause.ALREADY_SENT: _T(
        "Number sent before",
        "An original document of this kind with this number has gone to this partner already.",
        "The same once more: discard this one. A correction: discard it and submit it with the purpose `replace`, or under its own number. "
        "Both are meant: release it.",
        "hub",
    ),
    Cause.OWN_OUTPUT_INVALID: _T(
        "Our own output is invalid",
        "The written set breaks the standard or the partner's guide.",
        "Look at the findings; mend document, map or guide; a code that the partner agreed to goes into `write: {codes: …}`; replay.",
        "analyst",
    ),
    Cause.NO_TRANSPORT: _T(
        "No transport",
        "The partner has no way out configured for this document, or what is configured cannot be used.",
        "The detail says what is missing: correct the profile (transport, address, certificate), apply, then resend.",
        "analyst",
    ),
    Cause.BATCH_STOPPED: _T(
        "Batch stopped",
        "Documents wait in a batch that a person, a restore or a fault stopped.",
        "Mend what stopped it, then `gateway batch start`; `gateway batch list` shows it.",
        "operator",
    ),
    Cause.CONTROL_NUMBERS_EXHAUSTED: _T(
        "No control number left",
        "The highest control number agreed is given out, and the agreement says not to begin again by itself.",
        "Agree on the next with the partner, `gateway control set-next`, then replay.",
        "analyst",
    ),
    Cause.RETRIES_EXHAUSTED: _T(
        "Retries exhausted", "The destination did not take the delivery in all attempts.", "Mend the destination, then resend.", "operator"
    ),
    Cause.UNCLEAR_END: _T(
        "The partner may have it",
        "Bytes were sent and no answer came that tells; by its other transport the same control number could reach the partner twice.",
        "Ask the partner whether it has the control number. If so, discard the delivery; if not, resend it, and either way may be taken.",
        "operator",
    ),
    Cause.DELIVERY_REFUSED: _T(
        "Destination refused",
        "The destination answered that it will not take this.",
        "Its status stands here; why, its own log or its owner says (no words of its answer are kept). Correct; resend.",
        "operator",
    ),
    Cause.UNROUTABLE: _T(
        "Nobody takes it at the broker",
        "The broker answers, but no queue or stream takes what has this routing key, subject or topic.",
        "Bind a queue or make the stream, or set `declare: true` in gateway.yaml; then release or resend it.",
        "operator",
    ),
    Cause.MIC_MISMATCH: _T(
        "MIC mismatch",
        "The partner's receipt is about other bytes than we sent.",
        "Compare with the partner; never resend by itself.",
        "partner",
    ),
    Cause.MDN_UNVERIFIED: _T(
        "Receipt not verified",
        "The MDN's signature, digest or form could not be trusted.",
        "Compare certificates with the partner.",
        "partner",
    ),
    Cause.MDN_REFUSED: _T(
        "Refused by receipt", "The partner's MDN says that it could not process the message.", "Read its modifier; mend; resend.", "partner"
    ),
    Cause.MDN_ADDRESS_REFUSED: _T(
        "Address for the receipt not allowed",
        "The partner asked for its MDN at an address that its profile does not name, or in a private network. Nothing was sent there.",
        "If the address is the partner's: name it in transports.as2.mdn_urls, or set tolerance.mdn_private_address; then resend.",
        "analyst",
    ),
    Cause.MDN_OVERDUE: _T("Receipt overdue", "No MDN arrived in the agreed time.", "Ask the partner; resend with the same id.", "partner"),
    Cause.ACKNOWLEDGMENT_OVERDUE: _T(
        "Acknowledgment overdue",
        "No functional acknowledgment arrived in the agreed time.",
        "Ask the partner; resend when it was lost.",
        "partner",
    ),
    Cause.HOST_KEY_CHANGED: _T(
        "Host key unknown or changed",
        "The server's key is not the pinned one; nothing was sent.",
        "Compare fingerprints by phone, then pin the new key.",
        "operator",
    ),
    Cause.CREDENTIALS_REFUSED: _T(
        "Credentials refused", "The destination refused our key or password.", "Renew the credentials, then resend.", "operator"
    ),
    Cause.VIRTUAL_HOST_REFUSED: _T(
        "Virtual host refused",
        "RabbitMQ has no virtual host of this name, or the user of gateway.yaml may not use it.",
        "Make it, give the user its rights there (`rabbitmqctl set_permissions`), or correct `url`; then release or resend it.",
        "operator",
    ),
    Cause.REJECTED_BY_PARTNER: _T(
        "Rejected by the partner", "The partner's acknowledgment rejects what we sent.", "Read its codes; correct and submit anew.", "hub"
    ),
    Cause.ANSWER_OVERDUE: _T(
        "Answer of the partner overdue",
        "The document that the partner owes as its answer did not come in the agreed time.",
        "Ask the partner; `gateway acks review` takes it off the list, and what comes late still settles it.",
        "partner",
    ),
    Cause.ANSWER_OWED: _T(
        "We owe the partner an answer",
        "The document that the partner expects as our answer has not left in the agreed time.",
        "Submit it at the hub; what is held or retried on its way shows `gateway docs timeline`.",
        "hub",
    ),
    Cause.REJECTED_BY_APPLICATION: _T(
        "Refused by the partner's application",
        "The syntax was accepted, but the partner's own system refuses the document or a part of it.",
        "Read its reasons (`gateway acks show`); correct the document at the hub and submit it anew.",
        "hub",
    ),
    Cause.ACKNOWLEDGMENT_NOT_LEFT: _T(
        "Our acknowledgment has not left",
        "The partner has no acknowledgment from us in the time in which it expects one.",
        "Look at the delivery (`gateway acks list --side ours`): mend the way to the partner, then resend.",
        "operator",
    ),
    Cause.DOCUMENT_MISSING: _T(
        "Expected document missing",
        "A document that has to come by now is not there.",
        "Ask the one who owes it. It is resolved by itself as soon as the document is there.",
        "partner",
    ),
    Cause.QUANTITY_DIFFERS: _T(
        "Quantities differ",
        "What was ordered, shipped and invoiced is not the same.",
        "Compare the lines named; ask for the rest, correct the invoice, or accept the difference with a comment.",
        "hub",
    ),
    Cause.STOCK_DIFFERS: _T(
        "Stock differs",
        "The warehouse reports another stock than the hub has.",
        "Compare the items named; ask the warehouse for a snapshot, or correct the hub.",
        "hub",
    ),
    Cause.NOT_AT_THE_HUB: _T(
        "Not taken over by the hub",
        "Documents that came from partners have not reached the hub, or the hub does not read on.",
        "Look at the sinks (`gateway status`) and at the program that reads the feed.",
        "operator",
    ),
    Cause.TOO_LATE_TOO_OFTEN: _T(
        "Agreed time missed too often",
        "More documents of a flow took longer than its objective allows, over the day and in the last hour.",
        "`gateway slo` says which flow, how often and since when; look for what holds it up: `gateway status`, `gateway held list`.",
        "operator",
    ),
    Cause.DESTINATION_UNREACHABLE: _T(
        "Destination unreachable",
        "No connection, or it broke off.",
        "Retried by itself. If it goes on: `gateway as2 ping` or `gateway sftp test` shows where the way breaks; tell the partner.",
        "operator",
        retryable=True,
    ),
    Cause.DESTINATION_BUSY: _T(
        "Destination busy", "It answered that it cannot take more now.", "Retried by itself.", "operator", retryable=True
    ),
    Cause.CIRCUIT_OPEN: _T(
        "Destination does not answer",
        "It failed or refused too often: nothing goes there for now. What is for it waits, and one delivery tries it now and then.",
        "Find out why, by the reason given. `gateway breaker close` has it tried at once, `gateway breaker open` keeps everything away.",
        "operator",
        503,
        retryable=True,
    ),
    Cause.CERTIFICATE_EXPIRES: _T(
        "Certificate expires",
        "A certificate ends, and the one that is to follow it is not there, has no day, or is not used by the partner yet.",
        "`gateway cert list --expiring 60d` says whose turn it is.",
        "operator",
    ),
}
