"""The closed list of what `explain` can find; `cause_texts` says what is told of each."""

from enum import StrEnum

__all__ = ["Cause"]


class Cause(StrEnum):
    """Why a message did not open, or why its receipt does not fit; or that nothing is wrong."""

    # nothing wrong
    OPENS = "opens"
    RECEIPT_FITS = "receipt-fits"
    # the head
    HEAD_UNUSABLE = "head-unusable"
    NAMES_UNKNOWN = "names-unknown"
    NAMES_SWAPPED = "names-swapped"
    NAME_IN_ANOTHER_CASE = "name-in-another-case"
    NAME_QUOTED_TWICE = "name-quoted-twice"
    MESSAGE_ID_UNUSABLE = "message-id-unusable"
    # MIME
    CUT_OFF = "cut-off"
    BASE64_NOT_AGREED = "base64-not-agreed"
    BASE64_TWICE = "base64-twice"
    BASE64_NOT_LABELLED = "base64-not-labelled"
    BOUNDARY_WRONG = "boundary-wrong"
    SIGNATURE_MISSING = "signature-missing"
    NOT_CMS = "not-cms"
    FILE_NAME_UNUSABLE = "file-name-unusable"
    # decryption
    NO_KEY_OF_OURS = "no-key-of-ours"
    ENCRYPTED_FOR_FORMER_KEY = "encrypted-for-former-key"
    ENCRYPTED_FOR_SENDER = "encrypted-for-sender"
    ENCRYPTED_FOR_OTHERS = "encrypted-for-others"
    CIPHER_NOT_ALLOWED = "cipher-not-allowed"
    CIPHER_UNSAFE = "cipher-unsafe"
    CIPHERTEXT_DAMAGED = "ciphertext-damaged"
    DECRYPTED_NO_ENTITY = "decrypted-no-entity"
    # compression
    UNPACKS_TO_TOO_MUCH = "unpacks-to-too-much"
    COMPRESSION_BOMB = "compression-bomb"
    COMPRESSION_DAMAGED = "compression-damaged"
    COMPRESSED_TOO_OFTEN = "compressed-too-often"
    # signature
    NO_SIGNER = "no-signer"
    SIGNATURE_UNREADABLE = "signature-unreadable"
    SIGNER_RENEWED = "signer-renewed"
    SIGNER_NOT_CONFIGURED = "signer-not-configured"
    SIGNER_NOT_SHOWN = "signer-not-shown"
    SIGNER_OF_ANOTHER = "signer-of-another"
    SIGNER_NO_LONGER_ACCEPTED = "signer-no-longer-accepted"
    SIGNER_EXPIRED = "signer-expired"
    DIGEST_NOT_ALLOWED = "digest-not-allowed"
    SIGNATURE_UNSAFE = "signature-unsafe"
    PSS_SALT_WRONG = "pss-salt-wrong"
    SIGNED_WITH_OTHER_KEY = "signed-with-other-key"
    ATTRIBUTES_WRONG = "attributes-wrong"
    LINE_ENDS_CHANGED = "line-ends-changed"
    HEADERS_CHANGED = "headers-changed"
    SIGNED_OTHER_BYTES = "signed-other-bytes"
    CONTENT_CHANGED = "content-changed"
    # policy
    NOT_SIGNED = "not-signed"
    NOT_ENCRYPTED = "not-encrypted"
    # MIC
    MIC_OTHER_DIGEST = "mic-other-digest"
    MIC_OTHER_BYTES = "mic-other-bytes"
    MIC_LINE_ENDS = "mic-line-ends"
    MIC_UNEXPLAINED = "mic-unexplained"
    # receipts
    RECEIPT_MISSING = "receipt-missing"
    RECEIPT_UNREADABLE = "receipt-unreadable"
    RECEIPT_OF_ANOTHER = "receipt-of-another"
    RECEIPT_NOT_SIGNED = "receipt-not-signed"
    RECEIPT_WITHOUT_MIC = "receipt-without-mic"
    REFUSED_DECRYPTION = "refused-decryption"
    REFUSED_INTEGRITY = "refused-integrity"
    REFUSED_SIGNER = "refused-signer"
    REFUSED_SECURITY = "refused-security"
    REFUSED_DECOMPRESSION = "refused-decompression"
    REFUSED_MIC_ALGORITHM = "refused-mic-algorithm"
    REFUSED_FAULT_OF_THEIRS = "refused-fault-of-theirs"
    REFUSED_OTHERWISE = "refused-otherwise"
    # what does not leave
    CAN_BE_SEALED = "can-be-sealed"
    CANNOT_BE_SEALED = "cannot-be-sealed"
    ADDRESS_NOT_AGREED = "address-not-agreed"
    ADDRESS_PRIVATE = "address-private"
    # none of these
    UNEXPLAINED = "unexplained"
