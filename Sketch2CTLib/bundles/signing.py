"""An author's signature over a bundle's table of hashes: Ed25519, by the package cryptography (extra 'bundle')."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import InputError, MissingDependency, WeightsError, install_hint

ALGORITHM = "ed25519"
_MAKE = "openssl genpkey -algorithm ed25519 -out key.pem"


def can_verify() -> bool:
    """Whether signatures can be made and checked here."""
    return find_spec("cryptography") is not None


def signed(told: bytes, key: Path) -> dict[str, str]:
    """The signature of a table, ready for JSON.

    Raises:
        InputError: The key cannot be used.
        MissingDependency: cryptography is not installed.
    """
    _require()
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InputError(f"The key '{key}' cannot be used ({error}).", hint=f"Make one: {_MAKE}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise InputError(f"The key '{key}' is no Ed25519 key.", hint=f"Make one: {_MAKE}")
    public = private.public_key().public_bytes_raw()
    return {"algorithm": ALGORITHM, "public_key": public.hex(), "signature": private.sign(told).hex()}


def verified(told: bytes, signature: Any, trusted: Path | None) -> str:
    """The fingerprint of who has signed a table; 'unchecked' where nothing here can check it.

    Args:
        told: The table as it stands in the bundle.
        signature: Of signature.json; None where there is none.
        trusted: PEM file of the public key whose signature is wanted.

    Raises:
        WeightsError: The signature is wrong, or not that of the trusted key.
        InputError: The trusted key cannot be used.
        MissingDependency: A trusted key is given, and cryptography is not installed.
    """
    if trusted is not None:
        _require()
        if signature is None:
            raise WeightsError("The bundle is not signed.", hint="Drop --trust, or ask its author for a signed one.")
    if signature is None:
        return ""
    if not can_verify():
        return "unchecked"
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        if signature["algorithm"] != ALGORITHM:
            raise ValueError(f"algorithm {signature['algorithm']!r}")
        public = bytes.fromhex(signature["public_key"])
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(signature["signature"]), told)
    except (InvalidSignature, KeyError, TypeError, ValueError) as error:
        raise WeightsError("The bundle's signature is wrong: it was altered.", hint="Fetch it again.") from error
    if trusted is not None and public != _public(trusted):
        raise WeightsError("The bundle is signed by somebody else.", hint="Check the key and where the bundle is from.")
    return hashlib.sha256(public).hexdigest()[:16]


def _public(path: Path) -> bytes:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        public = load_pem_public_key(path.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise InputError(f"The key '{path}' cannot be used ({error}).", hint="Give a public key as PEM.") from error
    if not isinstance(public, Ed25519PublicKey):
        raise InputError(f"The key '{path}' is no Ed25519 key.", hint="Give a public key as PEM.")
    return public.public_bytes_raw()


def _require() -> None:
    if not can_verify():
        raise MissingDependency("Signatures need the package 'cryptography'.", hint=install_hint("bundle"))
