"""Documents as PDF: typst sets them, with the fonts it brings along (Libertinus has Cyrillic and the rouble sign).

The template is ours and fixed; what people wrote goes in as data, so no text of theirs is ever read as markup.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import tempfile
from pathlib import Path
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from deals import pictures
from deals.documents import qr
from deals.documents.happenings import Document
from deals.documents.links import kind_of
from deals.documents.showing import Sheet, sheet_of

_TEMPLATE = Path(__file__).parent / "sheet.typ"
MAX_NAME = 60


def render(document: Document) -> bytes:
    """Set a document as PDF."""
    made = _compile(document, "pdf")
    assert isinstance(made, bytes)
    return made


def render_pictures(document: Document, *, ppi: float = 100) -> list[bytes]:
    """Set a document as one PNG a page, to be looked at by people and tests."""
    made = _compile(document, "png", ppi=ppi)
    return [made] if isinstance(made, bytes) else list(made)


def file_name(document: Document) -> str:
    """Name the file as the client will keep it: «КП-2026-12.pdf» → proposal-КП-2026-12.pdf."""
    number = "".join(char if char.isalnum() or char in "-_." else "-" for char in document.number)
    return f"{kind_of(document)}-{number[:MAX_NAME]}.pdf"


def response(document: Document) -> HttpResponse:
    """Hand a document out as a file that browsers show."""
    answer = HttpResponse(render(document), content_type="application/pdf")
    name = file_name(document)
    answer.headers["Content-Disposition"] = content_disposition_header(False, name) or "inline"
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def _compile(document: Document, file_format: Any, **options: Any) -> Any:
    import typst

    seller = document.content.get("seller", {})
    with tempfile.TemporaryDirectory() as folder:
        data = _data(sheet_of(document))
        for name in ("logo", "stamp"):
            data[name] = _put(Path(folder), name, str(seller.get(f"{name}_key") or ""))
        root = Path(folder)
        (root / "sheet.typ").write_bytes(_template())
        return typst.compile(
            str(root / "sheet.typ"),
            root=str(root),
            ignore_system_fonts=True,
            format=file_format,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            **options,
        )


def _data(sheet: Sheet) -> dict[str, Any]:
    data = dataclasses.asdict(sheet)
    return data | {"qr": qr.svg(sheet.payment_code) if sheet.payment_code else ""}


def _put(folder: Path, name: str, key: str) -> str:
    """Lay a picture beside the template; return what the template calls it, nothing where there is none."""
    content = pictures.read(key)
    if not content:
        return ""
    file = f"{name}.png" if content.startswith(b"\x89PNG") else f"{name}.jpg"
    (folder / file).write_bytes(content)
    return file


@functools.lru_cache(maxsize=1)
def _template() -> bytes:
    return _TEMPLATE.read_bytes()
