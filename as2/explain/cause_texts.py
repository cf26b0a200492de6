"""What is told of each cause: a sentence, an owner, a next action. One total table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from as2.explain.causes import Cause

__all__ = ["CAUSES", "CauseText"]


@dataclass(frozen=True, slots=True)
class CauseText:
    """What a person is told. The detail that belongs to it stands in the explanation."""

    sentence: str
    next_action: str
    owner: str  #: "partner", "operator", "gateway" (a fault of ours), or "nobody"


_T = CauseText
_COMPARE: Final = "Ask the partner for its certificate over a second channel, compare the fingerprint, then import it as `next`."
_MIC: Final = (
    "Send the partner this page: it names the bytes that its product digests. Do not resend: the message may be processed already."
)

CAUSES: Final[Mapping[Cause, CauseText]] = {
    Cause.OPENS: _T("The message opens as the profile stands now.", "Nothing; a message that was held before may be sent again.", "nobody"),
    Cause.RECEIPT_FITS: _T("The receipt is about this message and fits what we sent.", "Nothing.", "nobody"),
    Cause.HEAD_UNUSABLE: _T(
        "The HTTP head is not that of an AS2 message.", "Send the partner the detail; its product must send it.", "partner"
    ),
    Cause.NAMES_UNKNOWN: _T(
        "The AS2 names are those of no partner and station here.",
        "Compare both names with the partner, letter by letter; correct `as2_name` in the profile, or the partner its setting.",
        "operator",
    ),
    Cause.NAMES_SWAPPED: _T(
        "AS2-From and AS2-To are exchanged: the message names us as its sender.",
        "Ask the partner to exchange the two names in its profile of us.",
        "partner",
    ),
    Cause.NAME_IN_ANOTHER_CASE: _T(
        "An AS2 name is written in another case than agreed; names are compared with case (RFC 4130 6.2).",
        "Ask the partner to write the name as agreed; until then the switch takes AS2-From in any case.",
        "partner",
    ),
    Cause.NAME_QUOTED_TWICE: _T(
        "An AS2 name carries quotes or blanks as if they were part of it.",
        "Ask the partner to configure the bare name: its product adds quotes where they are needed.",
        "partner",
    ),
    Cause.MESSAGE_ID_UNUSABLE: _T(
        "The Message-ID has blanks or control characters, or more than 998 characters (RFC 4130 5.3.3).",
        "Ask the partner to correct how its product makes Message-IDs.",
        "partner",
    ),
    Cause.CUT_OFF: _T(
        "The message ends too early: a part of it did not arrive, or was not written.",
        "Ask the partner to send it again; when it repeats, look at proxies and time-outs on the way.",
        "partner",
    ),
    Cause.BASE64_NOT_AGREED: _T(
        "The body is in base64, and the profile does not take that.",
        "Ask the partner to send binary (RFC 4130 5.2.1), or set the switch.",
        "operator",
    ),
    Cause.BASE64_TWICE: _T("Something is in base64 twice over.", "Ask the partner to encode once, or better not at all.", "partner"),
    Cause.BASE64_NOT_LABELLED: _T(
        "Something is in base64 without a Content-Transfer-Encoding that says so; without the field it is binary (RFC 4130 5.2.1).",
        "Ask the partner to add `Content-Transfer-Encoding: base64`, or better to send binary.",
        "partner",
    ),
    Cause.BOUNDARY_WRONG: _T(
        "The boundary that Content-Type names does not stand in the body.",
        "Ask the partner to correct it; a proxy that rewrites header fields does this too.",
        "partner",
    ),
    Cause.SIGNATURE_MISSING: _T(
        "It says multipart/signed, and the part with the signature is not there.",
        "Ask the partner to look at how its product signs; something on the way may remove attachments.",
        "partner",
    ),
    Cause.NOT_CMS: _T(
        "It says application/pkcs7-mime, and what follows is no CMS message of a kind that belongs there.",
        "Send the partner the detail.",
        "partner",
    ),
    Cause.FILE_NAME_UNUSABLE: _T("The file name has control characters.", "Ask the partner to send another name.", "partner"),
    Cause.NO_KEY_OF_OURS: _T(
        "The message is encrypted, and this station has no RSA key to decrypt with.",
        "Add `keys` (or `decrypt`) to the station's as2 in gateway.yaml.",
        "operator",
    ),
    Cause.ENCRYPTED_FOR_FORMER_KEY: _T(
        "The message is encrypted for a certificate of ours that is not in use here, most likely a former one.",
        "Send the partner our certificate in use; or configure the other key as `previous` for the overlap.",
        "operator",
    ),
    Cause.ENCRYPTED_FOR_SENDER: _T(
        "The message is encrypted for the partner's own certificate instead of ours.",
        "Ask the partner to choose our certificate for encryption; send it again with its fingerprint.",
        "partner",
    ),
    Cause.ENCRYPTED_FOR_OTHERS: _T(
        "The message is encrypted for a certificate of somebody else: none of its recipients is us.",
        "Send the partner our certificate and its fingerprint (`gateway partner sheet`).",
        "partner",
    ),
    Cause.CIPHER_NOT_ALLOWED: _T(
        "The message is encrypted with 3DES, which the profile does not allow.",
        "Ask the partner for AES-256-CBC; until then the switch takes 3DES, with a warning.",
        "partner",
    ),
    Cause.CIPHER_UNSAFE: _T(
        "The message is encrypted with a cipher that is broken or not known; none of these is taken.",
        "Ask the partner for AES-256-CBC.",
        "partner",
    ),
    Cause.CIPHERTEXT_DAMAGED: _T(
        "The message names our certificate, and its content cannot be decrypted: it was changed on the way, or encrypted for another key.",
        "Ask the partner to send it again, and to compare the fingerprint of our certificate.",
        "partner",
    ),
    Cause.DECRYPTED_NO_ENTITY: _T(
        "It could be decrypted, and what came out is no MIME entity: header fields are missing, or something follows its end.",
        "Ask the partner to encrypt a whole MIME entity with its header fields (RFC 4130 2.4), not the bare file.",
        "partner",
    ),
    Cause.UNPACKS_TO_TOO_MUCH: _T(
        "It unpacks to more bytes than the profile allows.",
        "Set the limit higher if this partner sends such files, or ask it to split them.",
        "operator",
    ),
    Cause.COMPRESSION_BOMB: _T(
        "It unpacks to more than 200 times its size: no business document does that.",
        "Ask the partner what the file is; compressing less, or not at all, gets it through.",
        "partner",
    ),
    Cause.COMPRESSION_DAMAGED: _T("The compressed data is damaged.", "Ask the partner to send it again.", "partner"),
    Cause.COMPRESSED_TOO_OFTEN: _T(
        "There are more layers of compression or encryption than anybody needs.",
        "Ask the partner to compress once, before signing or after (RFC 5402 3).",
        "partner",
    ),
    Cause.NO_SIGNER: _T("The signature has no signer: it proves nothing.", "Ask the partner to look at how its product signs.", "partner"),
    Cause.SIGNATURE_UNREADABLE: _T("The part with the signature cannot be read.", "Ask the partner to send it again.", "partner"),
    Cause.SIGNER_RENEWED: _T(
        "It is signed with a newer certificate of the partner that is not configured here yet.",
        _COMPARE,
        "operator",
    ),
    Cause.SIGNER_NOT_CONFIGURED: _T("It is signed with a certificate that is not configured for this partner.", _COMPARE, "operator"),
    Cause.SIGNER_NOT_SHOWN: _T(
        "It is signed with a certificate that is not configured for this partner and does not come with the message.", _COMPARE, "operator"
    ),
    Cause.SIGNER_OF_ANOTHER: _T(
        "It is signed with a certificate that is known here as that of somebody else.",
        "Ask the partner which certificate it means to sign with; nobody signs for others.",
        "partner",
    ),
    Cause.SIGNER_NO_LONGER_ACCEPTED: _T(
        "It is signed with a configured certificate whose time here is over or has not begun.",
        "Ask the partner to sign with the certificate in use; or prolong `until` of the previous one.",
        "partner",
    ),
    Cause.SIGNER_EXPIRED: _T(
        "It is signed with an expired certificate, and the profile does not take that.",
        "Ask the partner for its new certificate; until it is there, the switch takes the old one with a warning.",
        "partner",
    ),
    Cause.DIGEST_NOT_ALLOWED: _T(
        "It is signed with SHA-1, which the profile does not allow.",
        "Ask the partner for SHA-256; until then the switch takes SHA-1, with a warning.",
        "partner",
    ),
    Cause.SIGNATURE_UNSAFE: _T(
        "It is signed with an algorithm that is broken or not known; none of these is taken.",
        "Ask the partner for SHA-256 with RSA.",
        "partner",
    ),
    Cause.PSS_SALT_WRONG: _T(
        "It is signed with RSA-PSS, and names another salt length than it used.",
        "Ask the partner to name the salt length that its product uses, or to sign with RSA PKCS #1 v1.5.",
        "partner",
    ),
    Cause.SIGNED_WITH_OTHER_KEY: _T(
        "It names the configured certificate, and was signed with another key; or the signature itself was damaged.",
        "Ask the partner whether it renewed the certificate under the same name and number; compare fingerprints.",
        "partner",
    ),
    Cause.ATTRIBUTES_WRONG: _T(
        "The signed attributes contradict the message: content type or algorithms are not those used.",
        "Send the partner the detail; its product builds the signature wrongly.",
        "partner",
    ),
    Cause.LINE_ENDS_CHANGED: _T(
        "The signature is genuine, and was made over other line ends than arrived.",
        "Ask the partner to send text with CRLF line ends, or as binary; a transfer as text on the way does this too.",
        "partner",
    ),
    Cause.HEADERS_CHANGED: _T(
        "The signature is genuine, and was made over other header fields of the part than arrived.",
        "Ask the partner to sign the part exactly as it sends it (RFC 1847 2.1); a library re-writes the header fields after signing.",
        "partner",
    ),
    Cause.SIGNED_OTHER_BYTES: _T(
        "The signature is genuine, and was made over other bytes of the message than the first part with its header fields.",
        "Ask the partner to sign the first part with its header fields (RFC 1847 2.1, RFC 4130 7.3.1).",
        "partner",
    ),
    Cause.CONTENT_CHANGED: _T(
        "The signature is genuine, and the content is not the one that was signed: it was changed on the way.",
        "Ask the partner to send it again; when it repeats, compare both sides' bytes and look at what stands between them.",
        "partner",
    ),
    Cause.NOT_SIGNED: _T(
        "The message is not signed, and the profile requires it.",
        "Ask the partner to sign; without a signature nobody knows who sent it, so think before you set the switch.",
        "partner",
    ),
    Cause.NOT_ENCRYPTED: _T(
        "The message is not encrypted, and the profile requires it.",
        "Ask the partner to encrypt for our certificate; the switch takes it in plain text.",
        "partner",
    ),
    Cause.MIC_OTHER_DIGEST: _T("Both digests are of the same bytes, by different algorithms.", _MIC, "partner"),
    Cause.MIC_OTHER_BYTES: _T(
        "The partner's digest is of other bytes than those that count (RFC 4130 7.3.1, RFC 5402 4).", _MIC, "partner"
    ),
    Cause.MIC_LINE_ENDS: _T("The partner's digest is of the same text with other line ends.", _MIC, "partner"),
    Cause.MIC_UNEXPLAINED: _T(
        "The partner's digest fits no bytes of this message: it received something else, or digests something of its own making.",
        "Ask the partner for the very bytes that it digested, and compare; never resend by itself.",
        "partner",
    ),
    Cause.RECEIPT_MISSING: _T(
        "No receipt is stored for this delivery.",
        "See its state: it waits, or was never taken over. `gateway as2 ping` looks at the way to the partner.",
        "operator",
    ),
    Cause.RECEIPT_UNREADABLE: _T(
        "What came back holds no receipt that can be read.",
        "Look at what it is; an error page means that a proxy or another server answers at this address.",
        "partner",
    ),
    Cause.RECEIPT_OF_ANOTHER: _T(
        "The receipt is about another message: its Original-Message-ID is not ours.",
        "Send the partner both ids; its product must repeat the Message-ID exactly (RFC 4130 5.3.3).",
        "partner",
    ),
    Cause.RECEIPT_NOT_SIGNED: _T(
        "The receipt is not signed, though we asked for that: it proves nothing.",
        "Ask the partner to sign its receipts; the switch gives up on proof.",
        "partner",
    ),
    Cause.RECEIPT_WITHOUT_MIC: _T(
        "The receipt has no digest of what was received, or none that can be read: it proves nothing about the content.",
        "Ask the partner to send Received-Content-MIC (RFC 4130 7.4.3).",
        "partner",
    ),
    Cause.REFUSED_DECRYPTION: _T(
        "The partner could not decrypt our message: most likely it has no key for the certificate that we encrypted for.",
        "Compare the fingerprint of the certificate named here with the partner, and import its new one.",
        "operator",
    ),
    Cause.REFUSED_INTEGRITY: _T(
        "The partner found that our signature does not fit what it received.",
        "Ask the partner what it verified over; compare our signing certificate with the one it has.",
        "partner",
    ),
    Cause.REFUSED_SIGNER: _T(
        "The partner does not know the certificate that we signed with, or does not know our AS2 name.",
        "Send the partner our signing certificate and our AS2 name (`gateway partner sheet`).",
        "partner",
    ),
    Cause.REFUSED_SECURITY: _T(
        "The partner wants the message signed or encrypted in another way.",
        "Compare `sign`, `encrypt` and `key_transport` of the profile with what the partner requires.",
        "operator",
    ),
    Cause.REFUSED_DECOMPRESSION: _T(
        "The partner could not decompress our message.", "Send without compression; the switch does that.", "operator"
    ),
    Cause.REFUSED_MIC_ALGORITHM: _T(
        "The partner does not know the digest that we want in its receipt, or not by this name.",
        "Try the other spelling of its name; else agree on another digest.",
        "operator",
    ),
    Cause.REFUSED_FAULT_OF_THEIRS: _T(
        "The partner's product failed while it processed the message.", "Ask the partner to look into its log, then resend.", "partner"
    ),
    Cause.REFUSED_OTHERWISE: _T(
        "The partner refuses the message for a reason of its own.", "Ask the partner what its words mean.", "partner"
    ),
    Cause.CAN_BE_SEALED: _T("The message was not sent yet, and nothing keeps it from being sealed now.", "Release it, or wait.", "nobody"),
    Cause.CANNOT_BE_SEALED: _T(
        "Our message cannot be sealed as the profile says.",
        "Import the certificate that is missing or has expired; `gateway cert list` shows what there is. Then release it.",
        "operator",
    ),
    Cause.ADDRESS_NOT_AGREED: _T(
        "The partner wants our receipt at an address that its profile does not name; nothing was sent there.",
        "Ask the partner whether the address is its own, then add it: whoever sends a message can name any address.",
        "operator",
    ),
    Cause.ADDRESS_PRIVATE: _T(
        "The partner wants our receipt at an address in a private network; nothing was sent there.",
        "Make sure that this is meant and that nothing of ours is at that address, then set the switch.",
        "operator",
    ),
    Cause.UNEXPLAINED: _T(
        "The message does not open, and none of the faults known here is in it.",
        "Keep the message; please report it with the steps shown here.",
        "gateway",
    ),
}
