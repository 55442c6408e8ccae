"""Certificates and private keys to sign outputs with."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from colorize_core.photo.photo import PhotoError
from colorize_core.remedies import Remedy

_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


class SigningError(PhotoError, ValueError):
    """Nothing can be signed: with this certificate and key, in this format, or at all."""


class SigningMissingError(SigningError):
    """Nothing can be signed, because the package for it is not installed."""

    remedy = Remedy.ADD_SIGNING


@dataclass(frozen=True, slots=True)
class Credentials:
    """A certificate and its private key, found to be fit for signing.

    Attributes:
        certificates: PEM: the signer's own, and those that vouch for it, in order.
        key: PEM, PKCS #8.
        algorithm: by its name in C2PA, such as ``es256``.
    """

    certificates: bytes
    key: bytes = field(repr=False)
    algorithm: str


def checked(certificate: Path, key: Path) -> Credentials:
    """Read what is signed with, and look whether it belongs together and is valid today.

    Args:
        certificate: PEM, the signer's own certificate first.
        key: PEM, without a password.

    Raises:
        SigningError: it does not, or is not; a file cannot be read or is none such; or C2PA's
            package is missing.
    """
    c2pa_package()  # brings cryptography along
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    certificate_pem, key_pem = _content(certificate), _content(key)
    try:
        chain = x509.load_pem_x509_certificates(certificate_pem)
        public = chain[0].public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise SigningError(f"{certificate}: holds no certificate (PEM)") from None
    try:
        private: Any = serialization.load_pem_private_key(key_pem, None)
    except TypeError:
        raise SigningError(f"{key}: is locked by a password; give it without one") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SigningError(f"{key}: holds no private key (PEM)") from None
    if private.public_key() != public:
        raise SigningError(f"{key}: is not the key of the first certificate in {certificate}")
    now = datetime.now(timezone.utc)
    for one in chain:
        if now > one.not_valid_after_utc:
            raise SigningError(f"{certificate}: expired on {one.not_valid_after_utc:%Y-%m-%d}")
        if now < one.not_valid_before_utc:
            begin = f"{one.not_valid_before_utc:%Y-%m-%d}"
            raise SigningError(f"{certificate}: not valid before {begin}")
    pem = serialization.Encoding.PEM
    bare = private.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificates = b"".join(one.public_bytes(pem) for one in chain)
    return Credentials(certificates, bare, _algorithm(private, key))


def _algorithm(private: Any, path: Path) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey):
        return "ps256"
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return _CURVES[private.curve.name]
    raise SigningError(f"{path}: not a kind of key that C2PA knows, such as P-256, RSA or Ed25519")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SigningError(f"{path}: {error.strerror}") from None


def c2pa_package() -> Any:
    """Import C2PA's package, which few need.

    Raises:
        SigningError: it is not there, or does not work on this system.
    """
    try:
        import c2pa
    except ImportError:
        raise SigningMissingError(
            "signing needs a package that is not installed: c2pa-python"
        ) from None
    except (OSError, RuntimeError) as error:
        raise SigningError(f"c2pa-python does not work here: {first_line(error)}") from None
    return c2pa


def first_line(error: Exception) -> str:
    """Give what an error says, less the word for its kind and the details below."""
    return re.sub(r"^[A-Z]\w*: ", "", str(error).partition("\n")[0])
