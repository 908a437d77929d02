"""What people take out as files, read as plain text: another way to the same figures."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from django.http import HttpResponse

from core.listing import listing_for
from core.tenancy import tenant_scope
from core.zones import zones
from tenants import exports
from tenants.models import ListPreference, Membership


def exported(
    member: Membership, page: str, columns: Sequence[str], folder: Path, query: str = "period=all"
) -> list[list[str]]:
    """Let a member export a list with these columns, and return its rows without their heads."""
    path = folder / f"{page.replace(':', '-')}.csv"
    with zones(reader=member.tenant.time_zone, company=member.tenant.time_zone):
        with tenant_scope(member.tenant):
            wished = [{"name": name} for name in columns]
            ListPreference.objects.update_or_create(member=member, page=page, defaults={"columns": wished})
        exports.write_list(
            tenant_id=member.tenant_id, member=member, listing=listing_for(page), query=query, file_format="csv",
            path=path,
        )  # fmt: skip
    rows = table(path.read_bytes())
    assert len(rows[0]) == len(columns)
    return rows[1:]


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def table_of(answer: HttpResponse) -> list[list[str]]:
    """Read the file of a report."""
    return table(b"".join(answer.streaming_content) if answer.streaming else answer.content)  # type: ignore[attr-defined]
