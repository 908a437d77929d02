"""Lists: the markup of their rows, their words in files, and ids that are found before anything is joined."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import pgettext_lazy

from contacts.models import Contact
from core import exporting
from core.among import among
from core.listing import Cell, Column, keyset
from core.listing.columns import words
from core.listing.markup import row_html
from core.tenancy import tenant_scope

NASTY = '"><script>alert(1)</script>'


def written(*cells: Cell, label: str = "Ivan") -> str:
    with translation.override("en"):
        return row_html("7", label, [("c-x", cell) for cell in cells])


@pytest.mark.parametrize("look", ["", "title", "label", "person", "quality", "player", "phone"])
@pytest.mark.parametrize("url", ["", f"/deals/{NASTY}"])
def test_every_shape_of_a_cell_escapes_what_it_shows(look, url):
    key = "12" if look == "player" else NASTY  # a length in seconds
    cell = Cell(
        NASTY, hint=NASTY, url=url, icon="phone", tone="ok", look=look, key=key, title=NASTY, is_marked=True
    )
    assert "<script" not in written(cell, label=NASTY)


def test_row_can_be_ticked_by_its_label():
    row = written(Cell("x"))
    assert 'data-id="7"' in row
    assert 'name="ids" value="7" form="bulk"' in row
    assert "Select: Ivan" in row


def test_title_heads_the_row_and_opens_it():
    row = written(Cell("Coffee", hint="two machines", url="/deals/1/", look="title"))
    assert (
        '<th scope="row" class="c-x"><a class="cut d-block m" href="/deals/1/" data-open data-row-link' in row
    )
    assert '<span class="hint cut d-block">two machines</span>' in row


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (Cell("Won", look="label", tone="ok"), '<span class="lbl lbl-ok">Won</span>'),
        (Cell("—", tone="muted"), '<span class="muted">—</span>'),
        (Cell("late", tone="danger", hint="1 d"), '<span class="t-danger">late</span> <span class="hint">1 d</span>'),
        (Cell("+7 916", url="tel:+7916"), '<a href="tel:+7916">+7 916</a>'),
        (Cell("Bob", look="person", key="Bob", hint="Alice"), "→ Alice"),
        (Cell(look="quality", key="repeat", hint="known"), 'title="Repeat: known"'),
        (Cell("0:12", url="/r/", look="player", key="12"), 'data-player'),
    ],
)  # fmt: skip
def test_cell_has_the_shape_it_asks_for(cell, shown):
    assert shown in written(cell)


def test_marked_cell_and_its_title_are_told():
    assert '<td class="c-x differs" title="why">' in written(Cell("x", is_marked=True, title="why"))


@pytest.mark.django_db
def test_rows_among_a_limited_queryset_are_its_rows(tenant):
    with tenant_scope(tenant):
        for name in "abcd":
            Contact.objects.create(name=name)
        found = Contact.objects.order_by("-name")[:2]
        rows = Contact.objects.annotate(same=F("name")).filter(among(found))
        assert sorted(rows.values_list("same", flat=True)) == ["c", "d"]
        assert Contact.objects.filter(among(Contact.objects.none())).count() == 0


def test_words_follow_the_language():
    word = words({"won": pgettext_lazy("done", "Rejected")})
    with translation.override("en"):
        assert word("won") == "Rejected"
    with translation.override("ru"):
        assert word("won") != "Rejected"


def test_file_gets_the_label_of_what_the_column_gives():
    labels = {"": "—", "won": "Won"}
    write = Column("x", "X", ("x",), lambda row: Cell(), lambda row: row["x"], labels=labels).writer()
    assert [write({"x": value}) for value in ("won", "", "gone")] == ["Won", "—", ""]


def test_csv_writes_moments_in_the_readers_zone(tmp_path):
    path, moment = tmp_path / "x.csv", dt.datetime(2026, 11, 20, 21, 5, 7, 123456, tzinfo=dt.UTC)
    with timezone.override("Europe/Moscow"), exporting.csv_file(path, ["=a"]) as write:
        write([moment, moment.date(), None, True, 2, "=1+1", "+7 916 204-18-77", "@x", ""])
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["'=a", "2026-11-21 00:05:07;2026-11-20;;1;2;'=1+1;+7 916 204-18-77;'@x;"]


def test_rows_beyond_a_place_are_a_range_of_the_index() -> None:
    """An OR alone is no range: deep pages would be read from the beginning."""
    condition = keyset.beyond("name", "b", "1", is_descending=True)
    assert ("name__lte", "b") in condition.children
    assert keyset.beyond("name", "b", "1").children[0] == ("name__gte", "b")
