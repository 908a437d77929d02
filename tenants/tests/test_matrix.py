"""The rights matrix: which rights have a scope."""

from __future__ import annotations

from tenants import matrix
from tenants.access import Scope
from tenants.models import Role


def test_right_to_reports_is_there_or_not(scope):
    role = Role.objects.get(code=Role.Code.MANAGER)
    row = next(row for row in matrix.rows(role) if row.section == "reports")
    view, export = [cell for cell in row.cells if cell]
    assert view.scopes == export.scopes == (Scope.NONE, Scope.ALL)
    assert (view.chosen, export.chosen) == (Scope.ALL, Scope.NONE)
    assert matrix.grants({"reports.view": "own"}) == {}
    assert matrix.grants({"reports.view": "all"}) == {"reports": {"view": "all"}}
