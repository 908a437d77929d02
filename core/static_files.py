"""The storage of collected static files."""

from __future__ import annotations

from typing import Any

import brotli
from django.conf import settings
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class QuickCompressor(Compressor):
    """Compresses no better than asked: the last tenth of size costs forty times the time."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        return brotli.compress(data, quality=settings.BROTLI_QUALITY)


class StaticFiles(CompressedManifestStaticFilesStorage):
    """Hashed names, and each file compressed beside itself."""

    def create_compressor(self, **kwargs: Any) -> Compressor:
        return QuickCompressor(**kwargs)
