"""Rows written past openpyxl say what openpyxl would have written."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from decimal import Decimal

import openpyxl
import pytest
from django.db.models import IntegerChoices
from django.utils import timezone
from django.utils.safestring import mark_safe
from python_calamine import CalamineWorkbook

from core import exporting


class Level(IntegerChoices):
    HIGH = 3, "high"


MOMENT = dt.datetime(2026, 11, 20, 21, 30, 15, tzinfo=dt.UTC)
ROWS = [
    ["Иванов & Ко <b>", "+7 916 204-18-77", "=1+1", " поля ", "две\nстроки", 'в "кавычках"'],
    [12, -3.5, Decimal("12500.50"), Decimal("1E+2"), True, False],
    [MOMENT, dt.date(2026, 2, 28), dt.date(1900, 1, 31), None, "", "после пустых"],
    [],
    ["\x07звонок\ufffe", "я" * 40_000, mark_safe("<i>"), Level.HIGH, "]]>", "a" + "\t" + "b"],
]


@pytest.fixture
def made(tmp_path):
    """The rows in a file of ours and in one that openpyxl wrote cell by cell."""
    ours, theirs = tmp_path / "ours.xlsx", tmp_path / "theirs.xlsx"
    with timezone.override("Europe/Moscow"):
        with exporting.xlsx_file(ours, ["Имя", "=Телефон"]) as write:
            for row in ROWS:
                write(row)
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet()
        sheet.append(["Имя", "'=Телефон"])
        for row in ROWS:
            sheet.append([exporting.xlsx_value(value) for value in row])
        book.save(theirs)
    return ours, theirs


def said(path):
    """What every cell says, as what and in which format."""
    sheet = openpyxl.load_workbook(path).active
    return {
        cell.coordinate: (cell.value, cell.data_type, cell.number_format)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }


def test_cells_say_what_openpyxl_would_have_written(made):
    ours, theirs = map(said, made)
    assert ours == theirs and len(ours) == 24
    assert ours["A4"][0] == dt.datetime(2026, 11, 21, 0, 30, 15) and ours["C2"][0] == "'=1+1"


def test_another_reader_finds_the_same_rows(made):
    ours, theirs = (CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python() for path in made)
    assert ours == theirs


def test_head_is_bold_and_stays_in_sight(made):
    sheet = openpyxl.load_workbook(made[0]).active
    assert sheet["A1"].font.bold and sheet["B1"].value == "'=Телефон" and sheet.freeze_panes == "A2"


def test_package_has_the_parts_of_openpyxl_and_its_rows_in_order(made):
    ours, theirs = map(zipfile.ZipFile, made)
    assert sorted(ours.namelist()) == sorted(theirs.namelist()) and ours.testzip() is None
    assert ours.read("xl/worksheets/sheet1.xml").count(b"<row ") == len(ROWS) + 1


def test_many_rows_reach_the_disk_before_the_file_is_closed(tmp_path):
    path, name = tmp_path / "many.xlsx", "".join(map(chr, range(0x410, 0x450)))
    with exporting.xlsx_file(path, ["n"]) as write:
        for number in range(20_000):
            write([f"{number * 7919 % 20_011} {name[number % 60 :]}"])
        assert path.stat().st_size > 50_000
    sheet = openpyxl.load_workbook(io.BytesIO(path.read_bytes()), read_only=True).active
    assert sum(1 for _row in sheet.iter_rows()) == 20_001
