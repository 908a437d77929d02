"""Secrets at rest: sealed with keys made from SECRET_KEY, so a copy of the database alone opens nothing."""

from __future__ import annotations

import base64
import functools

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(text: str, *, purpose: str) -> str:
    """Encrypt a short secret; what was sealed for one purpose doesn't open for another."""
    return (
        _cipher(purpose, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
        .encrypt(text.encode())
        .decode()
    )


def unseal(sealed: str, *, purpose: str) -> str:
    """Decrypt; raises cryptography.fernet.InvalidToken when no key fits."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return _cipher(purpose, keys).decrypt(sealed.encode()).decode()


@functools.lru_cache(maxsize=16)
def _cipher(purpose: str, keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derive(key, purpose)) for key in keys])


def _derive(key: str, purpose: str) -> bytes:
    kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"crm {purpose}".encode())
    return base64.urlsafe_b64encode(kdf.derive(key.encode()))
