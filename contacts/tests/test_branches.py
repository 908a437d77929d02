"""Head companies: the tree, circles refused, branches hung in and taken out on the card."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from contacts.branches import ids_below, tree_of
from contacts.models import Company
from contacts.services import create_company, delete_company, update_company
from contacts.services.companies import HeadCompanyLoop
from core.tenancy import tenant_scope

NOW = timezone.now()
HX = {"HX-Request": "true"}


@pytest.fixture
def family(tenant, alice):
    """Head, its branch North, North's branch Pole, and South."""
    with tenant_scope(tenant):
        head = create_company(name="Head", owner=alice, by=alice, now=NOW)
        north = create_company(name="North", owner=alice, by=alice, now=NOW, head_company=head)
        pole = create_company(name="Pole", owner=alice, by=alice, now=NOW, head_company=north)
        south = create_company(name="South", owner=alice, by=alice, now=NOW, head_company=head)
    return {"head": head, "north": north, "pole": pole, "south": south}


def test_tree_stands_in_order_with_each_branch_under_its_head(scope, family, head, django_assert_num_queries):
    with django_assert_num_queries(3):
        nodes = tree_of(family["head"], head)
    assert [(node.company.name, node.depth) for node in nodes] == [
        ("Head", 0),
        ("North", 1),
        ("Pole", 2),
        ("South", 1),
    ]


def test_tree_leaves_out_deleted_branches_with_what_hangs_below(scope, family, head, alice):
    delete_company(company=family["north"], by=alice, now=NOW)
    assert [node.company.name for node in tree_of(family["head"], head)] == ["Head", "South"]


@pytest.mark.parametrize("below", ["head", "north", "pole"])
def test_circle_is_refused(scope, family, alice, below):
    with pytest.raises(HeadCompanyLoop):
        update_company(company=family["head"], by=alice, now=NOW, head_company=family[below])


def test_circle_that_an_import_has_made_ends(scope, family, head):
    Company.objects.filter(pk=family["head"].pk).update(head_company=family["pole"])
    assert len(ids_below(family["head"])) == 4
    assert len(tree_of(family["head"], head)) == 4


def test_branch_is_added_by_choice_and_by_name_and_taken_out_with_undo(tenant, alice, family, client_of):
    client, url = client_of(alice), f"/companies/{family['south'].pk}/branches/"
    assert client.post(url, {"company": str(family["pole"].pk)}, headers=HX).status_code == 204
    assert client.post(url, {"name": "Fresh"}, headers=HX).status_code == 204
    with tenant_scope(tenant):
        assert set(family["south"].branches.values_list("name", flat=True)) == {"Pole", "Fresh"}
    answer = client.post(f"/companies/{family['pole'].pk}/branches/remove/", headers=HX)
    undo = json.loads(answer["HX-Trigger"])["toast"]["undo_url"]
    with tenant_scope(tenant):
        assert Company.objects.get(name="Pole").head_company is None
    client.post(undo, headers=HX)
    with tenant_scope(tenant):
        assert Company.objects.get(name="Pole").head_company == family["south"]


def test_circle_and_nothing_are_told_at_the_line(tenant, alice, family, client_of):
    client = client_of(alice)
    url = f"/companies/{family['pole'].pk}/branches/"
    for data in ({"company": str(family["head"].pk)}, {"name": ""}):
        answer = client.post(url, data, headers=HX)
        assert answer.status_code == 422 and "branch-err" in answer.content.decode()
        assert client.post(url, data).status_code == 422


def test_branches_of_others_are_not_touched(bob, charlie, family, client_of):
    url = f"/companies/{family['head'].pk}/branches/"
    data = {"company": str(family["pole"].pk)}
    assert client_of(bob).post(url, data).status_code == 404  # sees it, may not edit
    assert client_of(charlie).post(url, data).status_code == 404


def test_head_company_is_chosen_in_place(tenant, alice, family, client_of):
    client, url = client_of(alice), f"/companies/{family['head'].pk}/field/head_company/"
    assert client.post(url, {"head_company": str(family["pole"].pk)}, headers=HX).status_code == 422
    free = f"/companies/{family['south'].pk}/field/head_company/"
    assert client.post(free, {"head_company": str(family["north"].pk)}, headers=HX).status_code == 200
    with tenant_scope(tenant):
        assert Company.objects.get(name="South").head_company == family["north"]
