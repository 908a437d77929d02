"""What leaves in files and headers: no cell that runs, no line that somebody else wrote into a header."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from activities.models import Attachment
from contacts.identity import normalise_phone
from contacts.identity.keys import Key
from contacts.services import create_contact
from core import exporting
from core.tenancy import tenant_scope
from core.tests.filling import fill
from crm_project.tests.walkers.asking import signed_in
from crm_project.tests.walkers.test_exports import exported
from crm_project.tests.walkers.world import NOW, World

FORMULAS = (
    "=1+1", "=cmd|' /C calc'!A0", "+1+cmd|' /C calc'!A0", "-1+cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "\t=1+1",
    "\r=1+1",
    "=HYPERLINK(\"https://evil.example\")", "＝1+1", "＋1+cmd", "－1+cmd", "＠SUM(1)", "=", "+", "-", "@",
    "-2+3+cmd|' /C calc'!A0",
    "=IMPORTXML(\"https://evil.example\")", "+7 903 222-33-44=cmd", "-1(cmd)",
)  # fmt: skip
PHONES = ("+7 916 111-22-33", "+79161112233", "+44 20 7946 0101", "8 (916) 111-22-33", "-1748,00", "+1.5")
STARTS = "=+-@\t\r＝＋－＠"


def written(folder: Path, texts: list[str]) -> dict[str, list[str]]:
    """Write texts into a file of each format, and read them as a spreadsheet does."""
    found = {}
    for name, open_file in exporting.FORMATS.items():
        path = folder / f"x.{name}"
        with open_file(path, texts) as write:
            write(texts)
        found[name] = _csv_cells(path) if name == "csv" else _xlsx_cells(path)
    return found


def _csv_cells(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [cell for row in csv.reader(file, delimiter=";") for cell in row]


def _xlsx_cells(path: Path) -> list[str]:
    cells = [cell for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row]
    assert "f" not in {cell.data_type for cell in cells}
    return ["" if cell.value is None else str(cell.value) for cell in cells]


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    for cells in written(tmp_path, list(FORMULAS)).values():
        assert len(cells) == 2 * len(FORMULAS)
        assert [cell for cell in cells if cell and cell[0] in STARTS] == []


@given(st.text(st.sampled_from("=+-@\t\r＝＋－＠ 0123()cmd|!'\"A."), min_size=1, max_size=12))
def test_only_numbers_begin_as_formulas_do(text: str) -> None:
    safe = exporting.safe_text(text)
    assert safe in (text, f"'{text}")
    if safe[0] in STARTS:
        assert set(safe) <= set("+-0123456789 ().,"), safe
        assert safe[1].isdigit()


def test_phones_come_back_as_they_went(tmp_path: Path) -> None:
    for cells in written(tmp_path, list(PHONES)).values():
        assert cells == [*PHONES, *PHONES]
    assert normalise_phone(PHONES[0], "RU") == "+79161112233"


@pytest.mark.django_db
def test_exported_list_runs_nothing_and_keeps_phones(tenant: Any, admin: Any, tmp_path: Path) -> None:
    with tenant_scope(tenant):
        for number, formula in enumerate(FORMULAS):
            keys = [Key("phone", f"+7916111{number:04}")]
            create_contact(name=formula, keys=keys, owner=admin, by=admin, now=NOW)
    _heads, *rows = exported(tenant, admin, "contacts:list", tmp_path)
    cells = [cell for row in rows for cell in row]
    assert len(rows) == len(FORMULAS)
    assert [cell for cell in cells if cell and cell[0] in STARTS and not cell[1:2].isdigit()] == []
    assert sum(normalise_phone(cell, "RU").startswith("+7916111") for cell in cells) == len(FORMULAS)


NAMES = (
    "a\r\nSet-Cookie: pwn=1", "a\nX: y", "a\"; filename=\"b.exe", "a\u2028b", "a\u0085b", "..\\..\\a", "../../a", "a;b", "a'b",
    "a%0d%0ab",
    "\u202egpj.exe", "ж" * 120, "a\x00b", "\\\"", "=?utf-8?q?a?=", "a\tb", "a\x7fb", "\ud83d\ude00", "con", ".", "",
)  # fmt: skip


@pytest.mark.django_db
def test_name_of_a_file_writes_no_header(tenant: Any, admin: Any, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    world, client = World(tenant, admin), signed_in(admin)
    for number, name in enumerate(NAMES):
        with tenant_scope(tenant):
            key = default_storage.save(f"x/{number}", ContentFile(b"x"))
            raw = (
                name.encode("utf-16", "surrogatepass").decode("utf-16").replace("\x00", "")
            )  # PostgreSQL has no NUL
            file = fill(
                Attachment,
                activity=world.rows["note"],
                name=raw,
                key=key,
                state="stored",
                content_type="text/plain",
                size_bytes=1,
            )
        answer = client.get(reverse("activities:attachment", args=[file.pk]))
        assert answer.status_code == 200, name
        told = answer.headers["Content-Disposition"]
        assert told.startswith("attachment") or not raw, told
        assert not set(told) & set("\r\n\x00\x85\u2028"), told
        assert "Set-Cookie" not in answer.headers and "X" not in answer.headers
        assert told.isascii()


@pytest.mark.django_db
def test_no_parameter_writes_a_header(tenant: Any, admin: Any) -> None:
    client = signed_in(admin)
    for evil in (
        "/\r\nSet-Cookie: pwn=1",
        "/%0d%0aSet-Cookie:pwn=1",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
    ):
        for address in (reverse("account_login"), reverse("leads:create")):
            for answer in (
                client.get(address, {"next": evil}),
                client.post(address, {"next": evil}, headers={"referer": f"http://testserver{evil}"}),
            ):
                assert "pwn" not in answer.cookies
                location = answer.headers.get("Location", "/")
                assert "evil" not in location.partition("?")[0] and "\n" not in location, location
