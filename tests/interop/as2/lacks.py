"""What a peer cannot do at all, so that there is no cell; one sentence each. Whatever it does wrongly is in the table of disagreements."""

from tests.interop.as2.cells import Cell

__all__ = ["lacking"]


def lacking(cell: Cell) -> str | None:
    """Why there is no such cell; None when there is one."""
    sends = cell.sender == "peer"
    gcm = cell.encrypt.endswith("gcm")
    if cell.peer == "pyas2lib":
        if gcm:
            return "no AuthEnvelopedData"
        if cell.sign == "ecdsa":
            return "no ECDSA"
        if sends and cell.transport.startswith("oaep"):
            return "its `build` never uses the key transport of the partner"
        if sends and (cell.ber, cell.encoding) != ("der", "binary"):
            return "one form of encoding"
    if cell.peer == "libas2":
        if cell.compress != "none":
            return "no compression"
        if cell.payload == "large":
            return "its parser takes no more than some 100 KB"
        if cell.sign == "ecdsa" or (sends and cell.sign == "pss"):
            return "signs with RSA PKCS #1 v1.5 only"
        if gcm and not sends:
            return "no AuthEnvelopedData"
        if sends and cell.transport not in {"-", "oaep_sha512"}:
            return "sends OAEP with SHA-512 only"
        if sends and (cell.ber, cell.encoding) != ("der", "binary"):
            return "one form of encoding"
    if cell.peer == "bouncycastle" and sends and cell.ber != "der":
        return "one form of encoding, which is BER with indefinite lengths"
    return None
