"""Reading tables from files people bring: CSV in any charset, XLSX and XLS, vCard. Pure: bytes in, rows of text out."""

from core.tabular.errors import Unreadable
from core.tabular.reading import MAX_ROWS, Layout, Table, open_table, recognise, sheets_of

__all__ = ["MAX_ROWS", "Layout", "Table", "Unreadable", "open_table", "recognise", "sheets_of"]
