"""What a signed-in person types into addresses and bodies: other companies' ids, fields that are not theirs."""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.http import HttpResponse, QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conftest import make_member, make_tenant
from core.listing import listing_for
from core.tenancy import TenantOwned, tenant_scope
from crm_project.tests.walkers.asking import HTMX, signed_in, undone
from crm_project.tests.walkers.routes import of_kind
from crm_project.tests.walkers.world import World
from deals.services import create_deal
from tenants.exports import write_list
from tenants.models import Job, Membership, Role, SavedView, User

pytestmark = pytest.mark.django_db
LISTS = (
    "leads:list", "deals:list", "contacts:list", "contacts:company_list", "deals:products", "deals:proposals",
    "deals:invoices", "deals:payments",
)  # fmt: skip
STRANGE_LOOKUPS = (
    "owner__tenant__name=x&tenant__slug=x&owner__user__password__startswith=a&id__in=1&pk=1",
    "sort=-owner__tenant__name&order_by=owner__user__password",
    "sort=tenant&cursor=WyJ4Iiwid2hhdCJd",
)
MANY_FILTERS = 20_000
_SKIPS = re.compile(r"\bOFFSET [1-9]")
_CHANGES = re.compile(r"^\s*(?:INSERT|UPDATE|DELETE)", re.IGNORECASE)


@pytest.fixture
def world(tenant: Any, admin: Membership) -> World:
    return World(tenant, admin)


@pytest.fixture
def foreign() -> World:
    tenant = make_tenant()
    return World(tenant, make_member(tenant, "Stranger", Role.Code.ADMIN))


def prints_of(world: World) -> dict[str, str]:
    """Sum up every row of a company, by model."""
    prints = {}
    with tenant_scope(world.tenant):
        for model in apps.get_models():
            if not issubclass(model, TenantOwned):
                continue
            summed = hashlib.sha256()
            for row in model._default_manager.order_by("pk").values_list():
                told = [bytes(value) if isinstance(value, memoryview) else value for value in row]
                summed.update(repr(told).encode())
            prints[model._meta.label] = summed.hexdigest()
    return prints


def changes_of(client: Client, address: str, body: dict[str, Any]) -> tuple[HttpResponse, list[str]]:
    """Post, undo it, and return the answer and the statements that changed something."""
    connection.queries_log.clear()
    with undone(), CaptureQueriesContext(connection) as queries:
        answer = client.post(address, body, **HTMX)  # the same without the frame, which is half of a page
    return answer, [query["sql"] for query in queries if _CHANGES.match(query["sql"] or "")]


# --- 4: another company's rows in a body -------------------------------------------------------------
def references_to(world: World) -> dict[str, str]:
    """Every name a body may call a row by, with this company's row behind it."""
    rows = {type(row): str(row.pk) for row in world.rows.values()}
    named = {name: str(row.pk) for name, row in world.rows.items()}
    for model in apps.get_models():
        if not issubclass(model, TenantOwned):
            continue
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey) and (pk := rows.get(field.related_model)):  # type: ignore[arg-type]
                named |= {field.name: pk, f"{field.name}_id": pk, f"{field.name}s": pk}
    member = str(world.by.pk)
    return named | {"owner": member, "member": member, "assignee": member, "to": member, "ids": named["deal"]}


def test_no_body_names_a_row_of_another_company(world: World, foreign: World) -> None:
    """Whatever a field is called: nothing is written that carries one of their ids, and theirs stay as they are."""
    client, wrong = signed_in(world.by), []
    body = references_to(foreign)
    theirs, before = set(body.values()), prints_of(foreign)
    for route in of_kind("tenant"):
        answer, changes = changes_of(client, world.address(route), body)
        if answer.status_code >= 500:
            wrong.append(f"POST {route}: {answer.status_code}")
        if carried := [sql for sql in changes if any(pk in sql for pk in theirs)]:
            wrong.append(f"POST {route}: {carried[0][:200]}")
        if not answer.streaming and foreign.tenant.slug in answer.content.decode(errors="replace"):
            wrong.append(f"POST {route}: tells the other company's words")
    assert wrong == []
    assert prints_of(foreign) == before


def forms_on(answer: Any) -> Iterator[forms.BaseForm]:
    for layer in answer.context or ():
        for value in layer.flatten().values() if hasattr(layer, "flatten") else layer.values():
            if isinstance(value, forms.BaseForm):
                yield value


def test_no_choice_of_a_form_takes_a_row_of_another_company(world: World, foreign: World) -> None:
    client, asked, wrong = signed_in(world.by), 0, set()
    theirs = {type(row): row.pk for row in foreign.rows.values()} | {Membership: foreign.by.pk}
    for route in of_kind("tenant"):
        with undone():
            answer = client.get(world.address(route))
        for form in forms_on(answer):
            found = list(taken(form, theirs, world))
            asked += len(found)
            wrong |= {f"{route}: {type(form).__name__}.{name}" for name, is_taken in found if is_taken}
    assert wrong == set()
    assert asked > 100


def taken(form: forms.BaseForm, theirs: dict[type, Any], world: World) -> Iterator[tuple[str, bool]]:
    """Try another company's row in every field that chooses one."""
    for name, field in form.fields.items():
        if not isinstance(field, forms.ModelChoiceField) or field.queryset.model not in theirs:
            continue
        pk = theirs[field.queryset.model]
        value = [pk] if isinstance(field, forms.ModelMultipleChoiceField) else pk
        with tenant_scope(world.tenant):
            try:
                field.queryset = field.queryset.all()
                field.clean(value)
            except ValidationError:
                yield name, False
            else:
                yield name, True


# --- 5: lookups -----------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", LISTS)
@pytest.mark.parametrize("query", STRANGE_LOOKUPS)
def test_address_of_a_list_reaches_no_other_field(world: World, page: str, query: str) -> None:
    """A lookup nobody declared neither narrows nor sorts: the statements are those of the plain list."""
    listing = listing_for(page)
    with tenant_scope(world.tenant):
        plain = listing.filtered(world.by, QueryDict()).qs
        asked = listing.filtered(world.by, QueryDict(query)).qs
        assert str(asked.query) == str(plain.query)
        assert listing.sort(QueryDict(query).get("sort", "")) == listing.sort("")


# --- 8, 9: files and views of others --------------------------------------------------------------------
def test_file_of_an_export_is_its_makers_alone(
    world: World, foreign: World, alice: Membership, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "rows.csv").write_text("canary")
    with tenant_scope(world.tenant):
        job = Job.objects.create(
            member=world.by, kind="export", state="done", file_key="rows.csv", file_name="rows.csv"
        )
    address = reverse("tenants:job_file", args=[job.pk])
    answer = signed_in(world.by).get(address)
    assert b"".join(answer.streaming_content) == b"canary"  # type: ignore[attr-defined]
    assert "attachment" in answer.headers["Content-Disposition"]
    for stranger in (alice, foreign.by):
        assert signed_in(stranger).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    (tmp_path / "rows.csv").unlink()  # its days are over
    assert signed_in(world.by).get(address).status_code == 404


def test_export_holds_what_its_maker_may_see(
    world: World, foreign: World, alice: Membership, tmp_path: Any
) -> None:
    with tenant_scope(world.tenant):
        create_deal(
            title="Alice's own", pipeline=world.rows["pipeline"], by=alice, owner=alice, now=timezone.now()
        )
    written = {}
    for member in (alice, world.by):
        path = tmp_path / f"{member.pk}.csv"
        write_list(
            tenant_id=world.tenant.pk, member=member, listing=listing_for("deals:list"), query="",
            file_format="csv", path=path,
        )  # fmt: skip
        written[member] = path.read_text()
    assert "Alice's own" in written[alice] and f"canary-{world.tenant.slug}" not in written[alice]
    assert "Alice's own" in written[world.by] and f"canary-{world.tenant.slug}" in written[world.by]
    assert f"canary-{foreign.tenant.slug}" not in written[world.by]


def test_saved_view_with_ids_of_another_company_shows_nothing_of_it(world: World, foreign: World) -> None:
    theirs = references_to(foreign)
    query = "&".join(f"{name}={pk}" for name, pk in theirs.items())
    with tenant_scope(world.tenant):
        view = SavedView.objects.create(member=world.by, page="deals:list", name="Edited", query=query)
    client = signed_in(world.by)
    for page in LISTS:
        answer = client.get(f"{reverse(page)}?{query}&view={view.pk}")
        assert answer.status_code in (200, 302), page
        assert f"canary-{foreign.tenant.slug}" not in answer.content.decode()


# --- 23: fields that are not a form's -------------------------------------------------------------------
def every_field(world: World, foreign: World) -> dict[str, Any]:
    """Every column of every model, set to what would raise its writer or move the row away."""
    body: dict[str, Any] = {}
    for model in apps.get_models():
        for field in model._meta.local_fields:
            body[field.name] = body[field.attname] = _greedy(field)
    grasp = {"tenant": foreign.tenant.pk, "tenant_id": foreign.tenant.pk, "created_by": str(foreign.by.pk)}
    admin_role = str(world.by.role_id)
    return body | grasp | {"role": admin_role, "role_id": admin_role, "member_role": admin_role}


def _greedy(field: models.Field[Any, Any]) -> str:
    if isinstance(field, models.BooleanField):
        return "on"
    if isinstance(field, models.DateTimeField):
        return "2001-01-01T00:00"
    if isinstance(field, models.DateField):
        return "2001-01-01"
    if isinstance(field, models.UUIDField | models.ForeignKey):
        return str(uuid.UUID(int=7))
    return "7" if isinstance(field, models.IntegerField | models.DecimalField) else "greedy"


@pytest.mark.parametrize("code", [Role.Code.ADMIN, Role.Code.MANAGER])
def test_no_body_sets_a_field_that_is_not_its_forms(
    code: str, world: World, foreign: World, tenant: Any
) -> None:
    """Nobody becomes an operator, a manager stays one, and no row gets another company or birthday."""
    member = world.by if code == Role.Code.ADMIN else make_member(tenant, "Greedy", code)
    client, body, wrong = signed_in(member), every_field(world, foreign), []
    before = prints_of(foreign)
    for route in of_kind("tenant"):
        with undone():
            answer = client.post(world.address(route), body, **HTMX)
            wrong += [f"POST {route}: {fault}" for fault in _raised(answer, member, world)]
    assert wrong == []
    assert prints_of(foreign) == before


def _raised(answer: HttpResponse, member: Membership, world: World) -> Iterator[str]:
    if answer.status_code >= 500:
        yield str(answer.status_code)
    if User.objects.filter(models.Q(is_staff=True) | models.Q(is_superuser=True)).exists():
        yield "made an operator"
    with tenant_scope(world.tenant):
        if Membership.objects.get(pk=member.pk).role_id != member.role_id:
            yield "changed the role of whoever asked"
        for model in (type(world.rows[name]) for name in ("deal", "contact", "company", "task")):
            if model._default_manager.filter(created_at__year=2001).exists():
                yield f"{model.__name__} got another birthday"


# --- 48, 49: huge filters, far pages ------------------------------------------------------------------
@pytest.mark.parametrize("page", LISTS)
def test_very_many_values_of_filters_are_refused_or_read_at_once(world: World, page: str) -> None:
    client, pk = signed_in(world.by), world.rows["deal"].pk
    few = client.get(f"{reverse(page)}?" + "&".join(f"owner={pk}" for _turn in range(1900)))
    assert few.status_code in (200, 302)
    many = client.get(f"{reverse(page)}?" + "&".join(f"owner={pk}" for _turn in range(MANY_FILTERS)))
    assert many.status_code == 400


def test_no_page_counts_its_way_to_a_far_one(world: World) -> None:
    """Pages follow keys: whatever number is asked for, no statement skips rows."""
    client, wrong = signed_in(world.by), []
    for route in of_kind("tenant"):
        connection.queries_log.clear()
        with undone(), CaptureQueriesContext(connection) as queries:
            client.get(f"{world.address(route)}?page=1000000&offset=1000000&after=1000000")
        wrong += [f"{route}: {query['sql']}" for query in queries if _SKIPS.search(query["sql"] or "")]
    assert wrong == []
