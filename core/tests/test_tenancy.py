"""The first wall alone and in use: scope, manager, what is written."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, models, transaction

from contacts.models import Contact, Source
from core.tenancy import (
    NoActiveTenant,
    TenantMismatch,
    active_tenant_id,
    current_tenant_id,
    tenant_models,
    tenant_scope,
)
from tenants.models import Membership, Office, Tenant


def guc() -> str | None:
    """Read what PostgreSQL thinks the tenant is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.tenant_id', true)")
        return cursor.fetchone()[0]


# --- the scope -------------------------------------------------------------------------------
@pytest.mark.django_db
def test_scope_sets_the_tenant_and_forgets_it(tenant):
    with tenant_scope(tenant) as tenant_id:
        assert (active_tenant_id(), guc()) == (tenant_id, str(tenant_id))
    assert active_tenant_id() is None
    assert not guc()


@pytest.mark.django_db
def test_scope_of_the_same_tenant_nests(tenant):
    with tenant_scope(tenant), tenant_scope(tenant.pk):
        assert current_tenant_id() == tenant.pk
    with tenant_scope(tenant):
        with tenant_scope(tenant):
            pass
        assert guc() == str(tenant.pk)


@pytest.mark.django_db
def test_scope_refuses_another_tenant_inside(tenant, other_tenant):
    with tenant_scope(tenant):
        with pytest.raises(TenantMismatch), tenant_scope(other_tenant):
            pass
        assert guc() == str(tenant.pk)


@pytest.mark.django_db
def test_scope_rolls_back_and_forgets_after_an_exception(tenant):
    with pytest.raises(ZeroDivisionError), tenant_scope(tenant):
        Office.objects.create(name="Lost")
        1 / 0  # noqa: B018
    assert active_tenant_id() is None
    assert not guc()
    with tenant_scope(tenant):
        assert not Office.objects.exists()


@pytest.mark.django_db
def test_scope_survives_a_failed_statement_in_a_savepoint(tenant):
    with tenant_scope(tenant):
        with pytest.raises(Exception, match="division"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1/0")
        assert guc() == str(tenant.pk)


@pytest.mark.django_db(transaction=True)
def test_tenant_is_empty_after_commit_and_rollback(tenant):
    with tenant_scope(tenant):
        Office.objects.create(name="Kept")
    assert not guc()
    with pytest.raises(ZeroDivisionError), tenant_scope(tenant):
        1 / 0  # noqa: B018
    assert not guc()


@pytest.mark.django_db(transaction=True)
def test_on_commit_runs_outside_the_scope(tenant):
    seen = []
    with tenant_scope(tenant):
        transaction.on_commit(lambda: seen.append((active_tenant_id(), guc())))
    assert [(tenant_id, bool(setting)) for tenant_id, setting in seen] == [(None, False)]


@pytest.mark.django_db(transaction=True)
def test_one_connection_serves_tenants_in_turn_without_leaks(tenant, other_tenant):
    """Two thousand requests on one connection, every fifth of them dying."""
    for owner in (tenant, other_tenant):
        with tenant_scope(owner):
            Office.objects.create(name=owner.slug)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        first = cursor.fetchone()
    dice = random.Random(7)
    for turn in range(2000):
        owner = (tenant, other_tenant)[turn % 2]
        try:
            with tenant_scope(owner), connection.cursor() as cursor:
                cursor.execute("SELECT name FROM tenants_office")
                assert cursor.fetchall() == [(owner.slug,)]
                if dice.random() < 0.2:
                    raise InterruptedError
        except InterruptedError:
            pass
        if turn % 100 == 0:
            with connection.cursor() as cursor:
                cursor.execute("SELECT count(*), current_setting('app.tenant_id', true) FROM tenants_office")
                assert cursor.fetchone() in ((0, ""), (0, None))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone() == first


@pytest.mark.django_db(transaction=True)
def test_two_hundred_threads_keep_to_their_tenants(tenant, other_tenant):
    for owner in (tenant, other_tenant):
        with tenant_scope(owner):
            Office.objects.create(name=owner.slug)
    gate = threading.Barrier(8)

    def work(turn: int) -> tuple[str, list[str], int | None]:
        owner = (tenant, other_tenant)[turn % 2]
        if turn < 8:
            gate.wait(20)
        try:
            with tenant_scope(owner):
                names = list(Office.objects.values_list("name", flat=True))
            return owner.slug, names, active_tenant_id()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(work, range(200)))
    assert all(names == [slug] and left is None for slug, names, left in answers)
    assert len(answers) == 200


# --- the manager -----------------------------------------------------------------------------
READS = {
    "list": lambda rows: list(rows),
    "count": lambda rows: rows.count(),
    "exists": lambda rows: rows.exists(),
    "first": lambda rows: rows.first(),
    "get": lambda rows: rows.get(name="x"),
    "aggregate": lambda rows: rows.aggregate(models.Max("name")),
    "values": lambda rows: list(rows.values("name")),
    "iterator": lambda rows: list(rows.iterator()),
    "in_bulk": lambda rows: rows.in_bulk(),
    "slice": lambda rows: rows[0],
    "explain": lambda rows: rows.explain(),
    "raw": lambda rows: list(rows.raw("SELECT * FROM tenants_office")),
    "union": lambda rows: list(rows.union(rows)),
    "update": lambda rows: rows.update(name="y"),
    "delete": lambda rows: rows.delete(),
    "create": lambda rows: rows.create(name="x"),
    "get_or_create": lambda rows: rows.get_or_create(name="x"),
    "bulk_create": lambda rows: rows.bulk_create([Office(name="x", tenant_id=1)]),
    "subquery": lambda rows: list(Tenant.objects.filter(name__in=rows.values("name"))),
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", READS)
def test_manager_refuses_without_a_tenant(name):
    with pytest.raises(NoActiveTenant):
        READS[name](Office.objects.order_by("name"))


@pytest.mark.django_db
def test_every_model_refuses_to_be_counted_without_a_tenant(db):
    refused = []
    for model in tenant_models():
        with pytest.raises(NoActiveTenant):
            model._default_manager.count()
        with pytest.raises(NoActiveTenant):
            model._base_manager.count()
        refused.append(model)
    assert len(refused) > 20


@pytest.mark.django_db
def test_queryset_built_outside_binds_when_copied_inside(tenant, other_tenant):
    offices = Office.objects.order_by("name")  # as in the body of a form class
    for owner in (tenant, other_tenant):
        with tenant_scope(owner):
            Office.objects.create(name=owner.slug)
            with pytest.raises(NoActiveTenant):
                list(offices)
            assert [office.name for office in offices.all()] == [owner.slug]


@pytest.mark.django_db
def test_queryset_of_one_tenant_is_refused_in_another(tenant, other_tenant):
    with tenant_scope(tenant):
        offices = Office.objects.all()
    with pytest.raises(NoActiveTenant):
        list(offices)
    with tenant_scope(other_tenant), pytest.raises(TenantMismatch):
        list(offices)


@pytest.mark.django_db
def test_queryset_without_the_filter_is_no_partner(tenant):
    unbound = Office.objects.order_by("name")
    with tenant_scope(tenant):
        bound = Office.objects.all()
        for combine in (lambda: bound | unbound, lambda: bound & unbound, lambda: bound.union(unbound)):
            with pytest.raises(TenantMismatch):
                combine()
        assert not (bound | Office.objects.filter(name="x")).exists()
        assert not (bound | Office.objects.none()).exists()


@pytest.mark.django_db
def test_related_managers_and_references_keep_to_the_tenant(tenant, alice):
    with tenant_scope(tenant):
        alice = Membership.objects.get(pk=alice.pk)
        assert alice.role.members.get() == alice
        assert [m.pk for m in Membership.objects.prefetch_related("role__members")] == [alice.pk]
    with pytest.raises(NoActiveTenant):
        Membership(role_id=alice.role_id).role  # noqa: B018


# --- what is written -------------------------------------------------------------------------
@pytest.mark.django_db
def test_rows_of_another_tenant_are_not_written(tenant, other_tenant):
    with tenant_scope(tenant):
        for write in (
            lambda: Office.objects.create(name="x", tenant=other_tenant),
            lambda: Office(name="x", tenant=other_tenant).save(),
            lambda: Office.objects.bulk_create([Office(name="x", tenant_id=other_tenant.pk)]),
            lambda: Office.objects.update_or_create(name="x", defaults={"tenant": other_tenant}),
        ):
            with pytest.raises(TenantMismatch), transaction.atomic():
                write()


@pytest.mark.django_db
def test_rows_do_not_change_their_tenant(tenant, other_tenant):
    with tenant_scope(tenant):
        office = Office.objects.create(name="x")
        with pytest.raises(TenantMismatch):
            Office.objects.update(tenant=other_tenant)
        office.tenant = other_tenant
        with pytest.raises(TenantMismatch), transaction.atomic():
            office.save()


@pytest.mark.django_db
def test_instance_kept_from_another_scope_is_neither_saved_nor_deleted(tenant, other_tenant):
    with tenant_scope(other_tenant):
        office = Office.objects.create(name="theirs")
    with pytest.raises(NoActiveTenant), transaction.atomic():
        office.save()
    with tenant_scope(tenant):
        for write in (office.save, office.delete):
            with pytest.raises(TenantMismatch), transaction.atomic():
                write()
    with tenant_scope(other_tenant):
        assert Office.objects.get().name == "theirs"


@pytest.mark.django_db
def test_reference_to_another_tenants_row_is_refused_by_the_database(tenant, other_tenant):
    with tenant_scope(other_tenant):
        source = Source.objects.create(name="theirs")
    with pytest.raises(Exception, match="source_id_wall"), transaction.atomic(), tenant_scope(tenant):
        Contact.objects.create(name="ours", source_id=source.pk)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
