"""Cryptographic Message Syntax (RFC 5652) as far as AS2 needs it: BER in, DER out, on `cryptography`'s primitives."""
