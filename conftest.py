"""The people of every test: Alice owns, Bob is in her tenant, Charlie is in another."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from core.tenancy import tenant_scope
from tenants.models import Department, Membership, Role, Tenant, User
from tenants.services import add_member, create_tenant

_serial = itertools.count(1)


def make_tenant(language: str = "ru", **fields: Any) -> Tenant:
    """Make a tenant with a name nobody else has."""
    serial = next(_serial)
    return create_tenant(name=f"Tenant {serial}", slug=f"tenant-{serial}", language=language, **fields)


def make_member(tenant: Tenant, name: str, code: str, department: Department | None = None) -> Membership:
    """Make a user with a seat in the tenant, in one of its starting roles."""
    serial = next(_serial)
    user = User.objects.create(email=f"{name.lower()}{serial}@example.com", name=name)
    with tenant_scope(tenant):
        member = add_member(user=user, role=Role.objects.get(code=code), department=department)
        return Membership.objects.select_related("role", "tenant", "user", "department").get(pk=member.pk)


@pytest.fixture(scope="session", autouse=True)
def _pages() -> None:
    """Import all pages before a tenant is entered, as a server does: a form's queryset made inside keeps to that tenant."""
    import_module(settings.ROOT_URLCONF)


@pytest.fixture
def tenant(db: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def other_tenant(db: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def scope(tenant: Tenant) -> Iterator[Tenant]:
    """Run the whole test inside Alice's tenant. Not for tests that use a client: requests open their own."""
    with tenant_scope(tenant):
        yield tenant


@pytest.fixture
def sales(tenant: Tenant) -> Department:
    with tenant_scope(tenant):
        return Department.objects.create(name="Sales")


@pytest.fixture
def alice(tenant: Tenant, sales: Department) -> Membership:
    return make_member(tenant, "Alice", Role.Code.MANAGER, sales)


@pytest.fixture
def bob(tenant: Tenant, sales: Department) -> Membership:
    return make_member(tenant, "Bob", Role.Code.MANAGER, sales)


@pytest.fixture
def head(tenant: Tenant, sales: Department) -> Membership:
    return make_member(tenant, "Helen", Role.Code.HEAD, sales)


@pytest.fixture
def admin(tenant: Tenant) -> Membership:
    return make_member(tenant, "Ada", Role.Code.ADMIN)


@pytest.fixture
def charlie(other_tenant: Tenant) -> Membership:
    """An administrator of another tenant: may do everything there and nothing here."""
    return make_member(other_tenant, "Charlie", Role.Code.ADMIN)


@pytest.fixture
def client_of() -> Callable[[Membership], Client]:
    """Return a function that signs a member in."""

    def sign_in(member: Membership) -> Client:
        client = Client()
        client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
