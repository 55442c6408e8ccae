"""Certificates that tests sign with, made by an authority of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PEM = serialization.Encoding.PEM
PKCS8 = serialization.PrivateFormat.PKCS8
OPENSSL = serialization.PrivateFormat.TraditionalOpenSSL
KEYS: dict[str, Any] = {
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa": lambda: rsa.generate_private_key(65537, 2048),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


@dataclass
class Signer:
    """A certificate and its key, and the files that they are in."""

    certificate: x509.Certificate
    private: Any
    chain: Path
    key: Path


def _certificate(name, private, issuer=None, days=(-60, 30), purpose=None):
    """Make a certificate; without an issuer, that of an authority."""
    names = [
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Album"),
        x509.NameAttribute(NameOID.COMMON_NAME, name),
    ]
    above, sign_with = issuer or (None, private)
    ca = issuer is None
    now = datetime.now(timezone.utc)
    no = {
        "content_commitment": False,
        "key_encipherment": False,
        "data_encipherment": False,
        "key_agreement": False,
        "encipher_only": False,
        "decipher_only": False,
    }
    usage = x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, crl_sign=ca, **no)
    from_above = x509.AuthorityKeyIdentifier.from_issuer_public_key(sign_with.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name(names))
        .issuer_name(above.subject if above else x509.Name(names))
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(from_above, critical=False)
    )
    if not ca:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return builder.sign(sign_with, hashes.SHA256())


def signer(
    folder: Path,
    kind: str = "p256",
    days: tuple[int, int] = (-60, 30),
    purpose: Any = ExtendedKeyUsageOID.EMAIL_PROTECTION,
    form: Any = PKCS8,
    password: bytes = b"",
) -> Signer:
    """Make an authority and a signer for which it vouches; ``root.pem`` is the former's."""
    folder.mkdir(parents=True, exist_ok=True)
    above = KEYS["p256"]()
    root = _certificate("Root", above)
    private = KEYS[kind]()
    leaf = _certificate("Signer", private, (root, above), days, purpose)
    lock: Any = serialization.NoEncryption()
    if password:
        lock = serialization.BestAvailableEncryption(password)
    chain, key = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(leaf.public_bytes(PEM) + root.public_bytes(PEM))
    key.write_bytes(private.private_bytes(PEM, form, lock))
    (folder / "root.pem").write_bytes(root.public_bytes(PEM))
    return Signer(leaf, private, chain, key)
