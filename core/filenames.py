"""Names of files as strangers send them, made safe to show and to offer for saving."""

from __future__ import annotations

import re
import unicodedata

MAX_NAME = 200  # characters
MAX_NAME_BYTES = 255  # of one name on common file systems
# Marks that turn text round: 'invoice‮gpj.exe' reads as a picture.
_BIDI = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\/]')
_RESERVED = re.compile(r"^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.I)
_CONTENT_TYPE = re.compile(r"^[\w.+-]+/[\w.+-]+$")
DEFAULT_TYPE = "application/octet-stream"


def safe_name(name: str) -> str:
    """Return a name without folders, control and direction marks, short enough for any file system."""
    text = unicodedata.normalize("NFC", str(name or "").encode("utf-8", "ignore").decode())
    text = _BIDI.sub("", text).replace("\\", "/").rstrip("/").rpartition("/")[2]
    text = _FORBIDDEN.sub("_", text).strip().strip(".").strip()
    if not text.strip("_ ."):
        return "file"
    return _shortened(f"_{text}" if _RESERVED.match(text) else text)


def safe_content_type(content_type: str) -> str:
    """Return the bare type/subtype, the general one where it can't be read."""
    bare = content_type.partition(";")[0].strip().lower()
    return bare if _CONTENT_TYPE.match(bare) and len(bare) <= 150 else DEFAULT_TYPE


def _shortened(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 10 or not stem:
        stem, dot, extension = name, "", ""
    stem = stem[: MAX_NAME - len(extension) - len(dot)]
    while len(f"{stem}{dot}{extension}".encode()) > MAX_NAME_BYTES:
        stem = stem[:-1]
    return f"{stem}{dot}{extension}"
