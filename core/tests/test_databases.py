"""The tests' own databases: named by what shapes them, dropped when their process is gone."""

from __future__ import annotations

import pytest
from django.db import connection, connections

from core.embedded import paths
from core.testing import databases

DEAD = 2**22 + 1  # above every process number a system gives out


def test_template_is_another_one_after_a_change(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.delenv("CRM_TEST_TEMPLATE", raising=False)  # fixed for the length of a run
    before = databases.template_name()
    (tmp_path / "leads" / "migrations").mkdir(parents=True)
    (tmp_path / "leads" / "migrations" / "0002_more.py").write_text("operations = []\n")
    changed = databases.template_name()
    (tmp_path / "leads" / "views.py").write_text("")
    assert before != changed == databases.template_name()


@pytest.mark.django_db(transaction=True)
def test_copies_of_dead_runs_are_dropped_and_of_living_ones_kept():
    dead, own = f"{databases._own_prefix()}{DEAD}_main", connection.settings_dict["NAME"]
    with databases._maintenance() as cursor:
        databases._create(cursor, dead, None)
        databases._drop_stale(cursor)
        assert not databases._exists(cursor, dead)
        assert databases._exists(cursor, own)


@pytest.mark.django_db(databases=["default", "owner"])
def test_both_connections_see_one_database_with_different_eyes():
    seen = []
    for alias in ("default", "owner"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_database(), current_user")
            seen.append(cursor.fetchone())
    assert seen[0][0] == seen[1][0]
    assert seen[0][0].startswith("test_crm_")
    assert seen[0][1] == "crm_app" or seen[0][1] == seen[1][1]  # a plain owner plays both parts
