"""The first wall between tenants: one scope, one manager, one base model.

The second wall is PostgreSQL's row-level security (core.walls). Both read the same scope.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any, Self, TypeVar

from django.db import connection, models, transaction
from django.db.models.sql.where import AND

from core.ids import uuid7

_active: ContextVar[int | None] = ContextVar("active_tenant_id", default=None)
_remembered: ContextVar[dict[str, Any] | None] = ContextVar("remembered_in_scope", default=None)


class NoActiveTenant(RuntimeError):
    """A tenant's rows were asked for outside tenant_scope()."""


class TenantMismatch(RuntimeError):
    """A scope was opened inside the scope of another tenant."""


def active_tenant_id() -> int | None:
    """Return the tenant of the innermost scope, or None outside any."""
    return _active.get()


def current_tenant_id() -> int:
    """Return the active tenant's id; raise NoActiveTenant outside any scope."""
    tenant_id = _active.get()
    if tenant_id is None:
        raise NoActiveTenant("No tenant is active: enter core.tenancy.tenant_scope() first.")
    return tenant_id


@contextlib.contextmanager
def tenant_scope(tenant: int | models.Model) -> Iterator[int]:
    """Open a transaction in which only this tenant's rows exist.

    The only place that sets app.tenant_id. SET LOCAL is a statement of its own because Citus
    forwards nothing else to its shards. Re-entering the same tenant is free; entering another
    raises TenantMismatch.
    """
    tenant_id = tenant if isinstance(tenant, int) else int(tenant.pk)
    outer = _active.get()
    if outer is not None:
        if outer != tenant_id:
            raise TenantMismatch(f"Tenant {tenant_id} was entered inside tenant {outer}.")
        yield tenant_id
        return
    with transaction.atomic():
        _set_local(str(tenant_id))
        token, memory = _active.set(tenant_id), _remembered.set({})
        try:
            yield tenant_id
        finally:
            _active.reset(token)
            _remembered.reset(memory)
        # A surrounding transaction goes on (tests): leave nothing behind. A rollback restores it by itself.
        if connection.savepoint_ids and not connection.needs_rollback:
            _set_local("")


T = TypeVar("T")


def remembered_in_scope(key: str, make: Callable[[], T]) -> T:
    """Make something once in a scope: what many parts of one page ask for and few rows hold.

    Only for what the services that change it also forget_in_scope(); it lives as long as the scope's transaction.
    """
    current_tenant_id()
    memory = _remembered.get()
    assert memory is not None
    if key not in memory:
        memory[key] = make()
    kept: T = memory[key]
    return kept


def forget_in_scope(prefix: str) -> None:
    """Forget what was remembered under names that begin so."""
    memory = _remembered.get() or {}
    for key in [key for key in memory if key.startswith(prefix)]:
        del memory[key]


def _set_local(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL app.tenant_id = '{value}'")


M = TypeVar("M", bound=models.Model, covariant=True)


class TenantQuerySet(models.QuerySet[M]):
    """Rows of the active tenant. Built outside a scope (form classes), it binds when copied inside one.

    Executed unbound, or in another tenant's scope than it was bound in, it refuses.
    """

    _bound_to: int | None = None

    def _bind(self) -> Self:
        if self._bound_to is None and (tenant_id := _active.get()) is not None:
            return super()._chain()._narrowed(tenant_id)
        return self

    def _narrowed(self, tenant_id: int) -> Self:
        """Filter this very queryset: filter(tenant_id=…) makes a copy and takes five times as long, and all reading begins so."""
        field = self.model._meta.get_field("tenant")
        column = field.get_col(self.query.get_initial_alias())  # type: ignore[union-attr]
        self.query.where.add(field.get_lookup("exact")(column, tenant_id), AND)
        self._bound_to = tenant_id
        return self

    def _clone(self) -> Self:
        clone = super()._clone()
        clone._bound_to = self._bound_to
        return clone

    def all(self) -> Self:
        return super().all()._bind()

    def _refuse_foreign(self) -> None:
        """Raise unless this queryset is filtered by the active tenant."""
        if self.query.is_empty():
            return
        tenant_id = current_tenant_id()
        if self._bound_to is None:
            raise NoActiveTenant("This queryset was built outside a tenant scope; call .all() inside one.")
        if self._bound_to != tenant_id:
            raise TenantMismatch(f"A queryset of tenant {self._bound_to} was used inside tenant {tenant_id}.")

    # --- reading -----------------------------------------------------------------------------
    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._refuse_foreign()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator[M]:
        self._refuse_foreign()
        return super().iterator(chunk_size)

    def count(self) -> int:
        if self._result_cache is None:
            self._refuse_foreign()
        return super().count()

    def exists(self) -> bool:
        if self._result_cache is None:
            self._refuse_foreign()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._refuse_foreign()
        return super().aggregate(*args, **kwargs)

    def explain(self, **options: Any) -> str:
        self._refuse_foreign()
        return super().explain(**options)

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        """Run SQL of our own: the tenant's filter is then only PostgreSQL's."""
        current_tenant_id()
        return super().raw(*args, **kwargs)

    # --- combining: a part without the filter would let the whole out --------------------------
    def _merge_sanity_check(self, other: models.QuerySet[Any]) -> None:
        super()._merge_sanity_check(other)
        self._refuse_partner(other)

    def _combinator_query(self, combinator: str, *other_qs: Any, all: bool = False) -> Self:
        for other in other_qs:
            self._refuse_partner(other)
        return super()._combinator_query(combinator, *other_qs, all=all)

    def _refuse_partner(self, other: models.QuerySet[Any]) -> None:
        if (
            isinstance(other, TenantQuerySet)
            and other._bound_to != self._bound_to
            and not other.query.is_empty()
        ):
            raise TenantMismatch("Two querysets can be combined only inside the scope both were built in.")

    def resolve_expression(self, *args: Any, **kwargs: Any) -> Any:
        """Filter by this queryset: as a subquery it needs the tenant's filter of its own."""
        bound = self._bind()
        bound._refuse_foreign()
        return super(TenantQuerySet, bound).resolve_expression(*args, **kwargs)

    # --- writing -----------------------------------------------------------------------------
    def update(self, **kwargs: Any) -> int:
        self._refuse_foreign()
        if {"tenant", "tenant_id"} & kwargs.keys():
            raise TenantMismatch("Rows don't change their tenant.")
        return super().update(**kwargs)

    def _update(self, values: Any) -> int:
        self._refuse_foreign()
        _refuse_moved(value for field, _model, value in values if field.attname == "tenant_id")
        return super()._update(values)

    _update.alters_data = True  # type: ignore[attr-defined]
    _update.queryset_only = False  # type: ignore[attr-defined]

    def _insert(self, objs: Any, *args: Any, **kwargs: Any) -> Any:
        _refuse_moved(obj.tenant_id for obj in objs)
        return super()._insert(objs, *args, **kwargs)

    _insert.alters_data = True  # type: ignore[attr-defined]
    _insert.queryset_only = False  # type: ignore[attr-defined]

    def delete(self) -> tuple[int, dict[str, int]]:
        self._refuse_foreign()
        return super().delete()

    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    def _raw_delete(self, using: str | None) -> int:
        self._refuse_foreign()
        return super()._raw_delete(using)

    _raw_delete.alters_data = True  # type: ignore[attr-defined]


def _refuse_moved(tenant_ids: Iterable[int]) -> None:
    """Raise unless every row written is the active tenant's."""
    active = current_tenant_id()
    for tenant_id in tenant_ids:
        if tenant_id != active:
            raise TenantMismatch(f"A row of tenant {tenant_id} was written inside tenant {active}.")


class _TenantManager(models.Manager[M]):
    def get_queryset(self) -> TenantQuerySet[M]:
        queryset = super().get_queryset()
        if isinstance(queryset, TenantQuerySet) and (tenant_id := _active.get()) is not None:
            return queryset._narrowed(tenant_id)
        return queryset  # type: ignore[return-value]


TenantManager = _TenantManager.from_queryset(TenantQuerySet)


def manager_of(queryset: type[TenantQuerySet[Any]]) -> Any:
    """Make the manager for a model's own queryset class: `objects = manager_of(LeadQuerySet)`."""
    return _TenantManager.from_queryset(queryset)()


class TenantForeignKey(models.ForeignKey):
    """A reference inside one tenant.

    The database constraint is composite, (tenant_id, x_id) -> (tenant_id, id), and is made with its
    index by core.walls; Django's own single-column constraint would let a row point across tenants.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs["db_index"] = False
        super().__init__(to, on_delete, **kwargs)


class TenantOneToOneField(models.OneToOneField):
    """One-to-one inside a tenant; see TenantForeignKey.

    Uniqueness is a composite index, (tenant_id, x_id), made by core.walls: a single-column one would
    answer whether another tenant's row exists.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs["db_index"] = False
        super().__init__(to, on_delete, **kwargs)

    @property
    def unique(self) -> bool:
        return bool(self.primary_key)


class TenantOwned(models.Model):
    """Base of every row that belongs to a tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # every index of a tenant's table starts with tenant_id already
        default=current_tenant_id,
        editable=False,
    )

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Delete the row; Django deletes single instances by key alone, past the manager."""
        _refuse_moved([int(self.tenant_id or 0)])
        return super().delete(*args, **kwargs)


def tenant_models() -> list[type[TenantOwned]]:
    """List every concrete tenant-owned model."""
    from django.apps import apps

    return [m for m in apps.get_models() if issubclass(m, TenantOwned) and m._meta.managed]
