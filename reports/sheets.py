"""How a report's table looks as a workbook and as a PDF."""

from __future__ import annotations

import io
import json
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from core import exporting, formats

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from reports.exports import Table

MOST_IN_CHART = 15
_WIDEST = 60  # characters
_TEMPLATE = Path(__file__).parent / "sheet.typ"


def workbook(table: Table) -> bytes:
    """Write title, period, filters, the table with formats and totals, and a chart of its first figures."""
    from openpyxl import Workbook

    book = Workbook()
    sheet: Any = book.active
    sheet.title = _sheet_title(table.title)
    _write_words(sheet, table)
    first = len(table.said) + 3  # the row of heads
    _write_table(sheet, table, first)
    _fit(sheet, table)
    _add_chart(sheet, table, first)
    _prepare_print(sheet, first)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _sheet_title(title: str) -> str:
    return "".join(" " if char in "[]:*?/\\" else char for char in title)[:31] or "Report"


def _write_words(sheet: Worksheet, table: Table) -> None:
    from openpyxl.styles import Font

    sheet["A1"] = exporting.safe_text(table.title)
    sheet["A1"].font = Font(bold=True, size=14)
    for place, line in enumerate(table.said, start=2):
        sheet.cell(place, 1, exporting.safe_text(line)).font = Font(color="666666")


def _write_table(sheet: Worksheet, table: Table, first: int) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    line = Side(style="thin", color="BBBBBB")
    for column, head in enumerate(table.heads, start=1):
        cell = sheet.cell(first, column, exporting.safe_text(head))
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="EEEEF2")
        cell.alignment = Alignment(
            wrap_text=True, vertical="top", horizontal="left" if column == 1 else "right"
        )
        cell.border = Border(bottom=line)
    for place, row in enumerate(table.rows, start=first + 1):
        is_total = table.has_total and place == first + len(table.rows)
        for column, value in enumerate(row, start=1):
            cell = sheet.cell(place, column, exporting.xlsx_value(value))
            cell.number_format = _number_format(value) or cell.number_format
            if is_total:
                cell.font, cell.border = Font(bold=True), Border(top=line)
    sheet.freeze_panes = sheet.cell(first + 1, 2)
    last = first + len(table.rows) - (1 if table.has_total else 0)
    if table.rows:
        sheet.auto_filter.ref = f"A{first}:{sheet.cell(first, len(table.heads)).column_letter}{last}"


def _number_format(value: Any) -> str:
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return "#,##0"
    if isinstance(value, Decimal):
        return "#,##0.00"
    return "#,##0.0" if isinstance(value, float) else ""


def _fit(sheet: Worksheet, table: Table) -> None:
    for column, head in enumerate(table.heads, start=1):
        longest = max([len(str(head)), *(len(str(row[column - 1] or "")) for row in table.rows)])
        letter = sheet.cell(1, column).column_letter
        sheet.column_dimensions[letter].width = min(_WIDEST, max(10, longest + 2))


def _add_chart(sheet: Worksheet, table: Table, first: int) -> None:
    """Draw the first column of figures, the largest rows of it, beside the table."""
    from openpyxl.chart import BarChart, Reference

    rows = table.rows[:-1] if table.has_total else table.rows
    figures = [place for place, value in enumerate(rows[0]) if place and _is_figure(value)] if rows else []
    if not figures:
        return
    last = first + min(len(rows), MOST_IN_CHART)
    chart = BarChart()
    chart.type, chart.style, chart.legend = "bar", 10, None
    chart.title = str(table.heads[figures[0]])
    chart.add_data(
        Reference(sheet, min_col=figures[0] + 1, min_row=first, max_row=last), titles_from_data=True
    )
    chart.set_categories(Reference(sheet, min_col=1, min_row=first + 1, max_row=last))
    chart.y_axis.delete = chart.x_axis.delete = False
    chart.x_axis.scaling.orientation = "maxMin"
    chart.height, chart.width = max(6, 0.7 * (last - first) + 2), 16
    sheet.add_chart(chart, f"{sheet.cell(1, len(table.heads) + 2).column_letter}{first}")


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _prepare_print(sheet: Worksheet, first: int) -> None:
    sheet.print_title_rows = f"{first}:{first}"
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = (
        "landscape",
        1,
        0,
    )
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def pdf(table: Table) -> bytes:
    """Set the table as PDF. What people wrote goes in as data, so no text of theirs is read as markup."""
    import typst

    data = {
        "title": table.title,
        "said": list(table.said),
        "heads": [str(head) for head in table.heads],
        "rows": [[_shown(value) for value in row] for row in table.rows],
        "right": [
            bool(place) and any(_is_figure(row[place]) for row in table.rows)
            for place in range(len(table.heads))
        ],
        "has_total": table.has_total,
        "made": _("Made %(when)s") % {"when": formats.exact(timezone.now())},
        "language": (get_language() or "en")[:2],
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet.typ"
        path.write_bytes(_TEMPLATE.read_bytes())
        made = typst.compile(
            str(path),
            root=folder,
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
    assert isinstance(made, bytes)
    return made


def _shown(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return str(value)
    return formats.number(value, digits=0 if value == int(value) else 1)
