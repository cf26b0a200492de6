"""The closed list of causes: why something was refused, held or put off. `cause_texts` says what is told of each."""

from enum import StrEnum

__all__ = ["Cause"]


class Cause(StrEnum):
    """Why something was refused, held or put off. Stored with what is held; the `code` of problem+json."""

    # refused at the door
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    BODY_TOO_LARGE = "body-too-large"
    BODY_EMPTY = "body-empty"
    MALFORMED_JSON = "malformed-json"
    MALFORMED_REQUEST = "malformed-request"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
    DOCUMENT_INVALID = "document-invalid"
    WORKSPACE_INVALID = "workspace-invalid"
    CROSS_REFERENCES_INVALID = "cross-references-invalid"
    IDEMPOTENCY_KEY_MISSING = "idempotency-key-missing"
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused"
    IDEMPOTENCY_KEY_IN_USE = "idempotency-key-in-use"
    TOO_SLOW = "too-slow"
    RATE_LIMITED = "rate-limited"
    OVERLOADED = "overloaded"
    SHUTTING_DOWN = "shutting-down"
    STORE_UNAVAILABLE = "store-unavailable"
    CONFLICT = "conflict"
    INTERNAL_ERROR = "internal-error"
    # held: what came in
    UNREADABLE = "unreadable"
    TOO_LARGE_TO_READ = "too-large-to-read"
    UNKNOWN_PARTNER = "unknown-partner"
    NO_AGREEMENT = "no-agreement"
    NO_MAP = "no-map"
    NO_GRAMMAR = "no-grammar"
    DUPLICATE_OTHER_BYTES = "duplicate-other-bytes"
    BUSINESS_DUPLICATE = "business-duplicate"
    MAP_FAULT = "map-fault"
    VALUE_UNKNOWN = "value-unknown"
    USAGE_NOT_ACCEPTED = "usage-not-accepted"
    PARTNER_SUSPENDED = "partner-suspended"
    AS2_NOT_OPENED = "as2-not-opened"
    ACKNOWLEDGMENT_UNMATCHED = "acknowledgment-unmatched"
    SUSPENDED_WITH_OTHERS = "suspended-with-others"
    # held: what goes out
    RECEIVER_UNKNOWN = "receiver-unknown"
    CHECK_FAILED = "check-failed"
    OWN_OUTPUT_INVALID = "own-output-invalid"
    NO_TRANSPORT = "no-transport"
    RETRIES_EXHAUSTED = "retries-exhausted"
    DELIVERY_REFUSED = "delivery-refused"
    MIC_MISMATCH = "mic-mismatch"
    MDN_UNVERIFIED = "mdn-unverified"
    MDN_REFUSED = "mdn-refused"
    MDN_OVERDUE = "mdn-overdue"
    ACKNOWLEDGMENT_OVERDUE = "acknowledgment-overdue"
    HOST_KEY_CHANGED = "host-key-changed"
    CREDENTIALS_REFUSED = "credentials-refused"
    REJECTED_BY_PARTNER = "rejected-by-partner"
    # put off
    DESTINATION_UNREACHABLE = "destination-unreachable"
    DESTINATION_BUSY = "destination-busy"
    # told before it happens
    CERTIFICATE_EXPIRES = "certificate-expires"
