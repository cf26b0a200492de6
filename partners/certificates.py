"""Certificates of a workspace: public PEM files, named in settings, read and looked at when the workspace is loaded."""

import warnings
from collections.abc import Callable, Mapping

from cryptography import x509

__all__ = ["CertificateError", "reader"]

_BEGIN = "-----BEGIN CERTIFICATE-----"


class CertificateError(Exception):
    """A certificate is missing, or its file holds something else. Names the file."""


def reader(files: Mapping[str, bytes], *folders: str) -> Callable[[str], str]:
    """A function from the name of a file to its PEM text; it looks in the folders in order. It raises CertificateError."""

    def read(name: str) -> str:
        path = next((path for folder in folders if (path := f"{folder}{name}") in files), None)
        if path is None:
            raise CertificateError(f"there is no {folders[0]}{name}; private keys never stand in a workspace, only certificates do")
        text = files[path].decode("ascii", "replace")
        if "PRIVATE KEY" in text:
            raise CertificateError(f"{path} holds a private key; name keys by reference: env:NAME or file:PATH")
        if _BEGIN not in text:
            raise CertificateError(f"{path} is no certificate in PEM form; convert it: openssl x509 -inform der -in FILE")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # odd serial numbers and the like: partners' certificates are as they are
                x509.load_pem_x509_certificate(files[path])
        except ValueError:
            raise CertificateError(f"{path} is no certificate that can be read") from None
        return text

    return read
