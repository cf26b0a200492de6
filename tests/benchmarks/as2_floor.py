"""What AS2 cannot do without: the same operations with bare calls of `cryptography` and hashlib, on as many bytes, with the same keys."""

import hashlib
import os
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from tests.support.certificates import private_key

__all__ = ["inbound", "opening", "outbound", "sealing"]

ATTRIBUTES = 107  #: bytes that are signed: content type, time, digest
REPORT = 800  #: bytes of a receipt
BLOCK = 1 << 20


def _rsa(number: int) -> RSAPrivateKey:
    key = private_key("rsa", number)
    assert isinstance(key, RSAPrivateKey)
    return key


def inbound(size: int) -> Callable[[], None]:
    """RSA decryption, AES, digest and RSA verification of the message, digest and RSA signature of the receipt."""
    ours, theirs = _rsa(2), _rsa(1)
    attributes, report, vector = os.urandom(ATTRIBUTES), os.urandom(REPORT), os.urandom(16)
    wrapped = ours.public_key().encrypt(bytes(32), padding.PKCS1v15())
    signature = theirs.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
    public = theirs.public_key()
    ciphertext = _encrypted(bytes(32), vector, os.urandom(size))

    def primitives() -> None:
        decryptor = Cipher(AES(ours.decrypt(wrapped, padding.PKCS1v15())), CBC(vector)).decryptor()
        padded = decryptor.update(ciphertext) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        hashlib.sha256(unpadder.update(padded) + unpadder.finalize()).digest()
        public.verify(signature, attributes, padding.PKCS1v15(), hashes.SHA256())
        hashlib.sha256(report).digest()
        ours.sign(attributes, padding.PKCS1v15(), hashes.SHA256())

    return primitives


def outbound(size: int) -> Callable[[], None]:
    """Digest and RSA signature, RSA encryption, AES, digest of the body; digest and RSA verification of the receipt, and its digest."""
    ours, theirs = _rsa(1), _rsa(2)
    content, attributes, report = os.urandom(size), os.urandom(ATTRIBUTES), os.urandom(REPORT)
    signature, public = theirs.sign(attributes, padding.PKCS1v15(), hashes.SHA256()), theirs.public_key()

    def primitives() -> None:
        hashlib.sha256(content).digest()
        ours.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
        key, vector = os.urandom(32), os.urandom(16)
        public.encrypt(key, padding.PKCS1v15())
        hashlib.sha256(_encrypted(key, vector, content)).hexdigest()
        hashlib.sha256(report).digest()
        public.verify(signature, attributes, padding.PKCS1v15(), hashes.SHA256())
        hashlib.sha256(report).hexdigest()

    return primitives


def _encrypted(key: bytes, vector: bytes, content: bytes) -> bytes:
    padder = PKCS7(128).padder()
    padded = padder.update(content) + padder.finalize()
    encryptor = Cipher(AES(key), CBC(vector)).encryptor()
    return encryptor.update(padded) + encryptor.finalize()


def opening(blocks: int) -> None:
    """AES and a digest over so many blocks of 1 MiB, without any file."""
    decryptor, digest = Cipher(AES(bytes(32)), CBC(bytes(16))).decryptor(), hashlib.sha256()
    for block in _blocks(blocks):
        digest.update(decryptor.update(block))


def sealing(blocks: int) -> None:
    """A digest, AES, and the digest of what is sent, over so many blocks of 1 MiB, without any file."""
    encryptor, digest, sent = Cipher(AES(bytes(32)), CBC(bytes(16))).encryptor(), hashlib.sha256(), hashlib.sha256()
    for block in _blocks(blocks):
        digest.update(block)
        sent.update(encryptor.update(block))


def _blocks(count: int) -> Iterator[bytes]:
    block = os.urandom(BLOCK)
    for _ in range(count):
        yield block
