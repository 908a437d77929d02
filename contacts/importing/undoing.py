"""Taking an import back: what it made goes, what it changed is as before, unless somebody has worked on it since."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from contacts.importing import custom, external
from contacts.importing.changes import plain, restored
from contacts.importing.context import Context
from contacts.importing.kinds import CREATED, UPDATED
from contacts.models import Company, CompanyMember, CompanyPoint, Contact, IdentityKey, LegalDetails
from contacts.services.history import record_many
from contacts.services.many import save_companies, save_contacts
from tenants.custom_fields.definitions import is_custom

Kept = list[tuple[int, str]]
Row = Sequence[Any]  # as a bite keeps it: number, state, id, reason, kept


def undo_contacts(rows: Sequence[Row], *, context: Context, now: dt.datetime) -> Kept:
    """Undo rows of contacts."""
    stay = _restore(Contact, rows, context, now)
    stay += remove(Contact, ids_of(rows, CREATED), context, now)
    undo_firms(rows, context=context, now=now)
    return stay


def undo_companies(rows: Sequence[Row], *, context: Context, now: dt.datetime) -> Kept:
    """Undo rows of companies."""
    stay = _restore(Company, rows, context, now)
    stay += remove(Company, ids_of(rows, CREATED), context, now)
    undo_firms(rows, context=context, now=now)
    return stay


def undo_firms(rows: Sequence[Row], *, context: Context, now: dt.datetime) -> None:
    """Take companies back that were made by the way, where nobody works there now."""
    made = [uuid.UUID(pk) for row in rows if row[4] for pk in row[4].get("firms", ())]
    used = set(
        CompanyMember.objects.filter(company__in=made, contact__deleted_at=None).values_list(
            "company_id", flat=True
        )
    )
    remove(Company, {pk: 0 for pk in made if pk not in used}, context, now)


def ids_of(rows: Sequence[Row], state: str) -> dict[uuid.UUID, int]:
    """Return the records rows of this state are about, with the rows' numbers."""
    return {uuid.UUID(row[2]): row[0] for row in rows if row[1] == state and row[2]}


def worked_on(model: Any, ids: Collection[uuid.UUID], context: Context) -> set[uuid.UUID]:
    """Say in whose timelines there is an entry that isn't this import's own."""
    if not ids:
        return set()
    line: Any = model.activities.rel
    field = line.field.name
    entries = line.related_model.objects.filter(**{f"{field}__in": list(ids)})
    return {
        owner
        for owner, data in entries.values_list(f"{field}_id", "data")
        if data.get("import") != context.import_id
    }


def remove(model: Any, made: Mapping[uuid.UUID, int], context: Context, now: dt.datetime) -> Kept:
    """Delete clients an import made, as delete_contact and delete_company do; those worked on since stay."""
    rows = list(
        model.objects.present().filter(pk__in=list(made)).order_by("pk").select_for_update(no_key=True)
    )
    busy = worked_on(model, [row.pk for row in rows], context)
    going = [row for row in rows if row.pk not in busy]
    for row in going:
        row.deleted_at = now
    model.objects.bulk_update(going, ["deleted_at"], batch_size=1000)
    code = "contact_deleted" if model is Contact else "company_deleted"
    record_many(((row, {"code": code} | context.mark) for row in going), by=context.by, now=now)
    external.forget(row.pk for row in going)
    return [(made[pk], _("Stays: somebody has worked on it since.")) for pk in busy if made[pk]]


def _restore(model: Any, rows: Sequence[Row], context: Context, now: dt.datetime) -> Kept:
    """Put fields back that are still as the import left them, and take away what it added."""
    changed = {uuid.UUID(row[2]): row for row in rows if row[1] == UPDATED and row[2] and row[4]}
    found = model.objects.present().filter(pk__in=list(changed)).order_by("pk")
    clients = list(found.select_for_update(no_key=True))
    stay: Kept = [
        (row[0], _("Stays: it was deleted since."))
        for pk, row in changed.items()
        if pk not in {client.pk for client in clients}
    ]
    fields: set[str] = set()
    entries = []
    for client in clients:
        number, kept = changed[client.pk][0], changed[client.pk][4]
        done, left = put_back(client, kept.get("values", {}))
        fields |= custom.columns_of(done)
        if left:
            names = ", ".join(custom.label_of(model, name) for name in left)
            stay.append((number, _("Changed since, and so kept: %(fields)s.") % {"fields": names}))
        entries.append((client, {"code": "import_undone"} | context.mark))
    _take_away(model, [changed[client.pk][4] for client in clients])
    save = save_contacts if model is Contact else save_companies
    save(clients, fields)
    record_many(entries, by=context.by, now=now)
    return stay


def put_back(client: Any, values: Mapping[str, Sequence[Any]]) -> tuple[list[str], list[str]]:
    """Set fields to what they were, where they are as they were left; return their names and those of the others."""
    model, done, left = type(client), [], []
    for name, (before, after) in values.items():
        if plain(model, name, custom.value_of(client, name)) != after:
            left.append(name)
            continue
        if is_custom(name):
            others = {key: value for key, value in client.custom_values.items() if key != name}
            client.custom_values = others | ({name: before} if before is not None else {})
        else:
            attname = model._meta.get_field(name).attname
            setattr(client, attname, restored(model, name, before))
        done.append(name)
    return done, left


def _take_away(model: Any, kept: Iterable[Mapping[str, Any]]) -> None:
    whole = list(kept)

    def ids(name: str) -> list[str]:
        return [pk for one in whole for pk in one.get(name, ())]

    (IdentityKey if model is Contact else CompanyPoint).objects.filter(pk__in=ids("keys")).delete()
    CompanyMember.objects.filter(pk__in=ids("places")).delete()
    LegalDetails.objects.filter(pk__in=ids("legal")).delete()
    for one in whole:
        filled = dict(one.get("legal_values") or {})
        if pk := filled.pop("id", None):
            for name, value in filled.items():
                LegalDetails.objects.filter(pk=pk, **{name: value}).update(**{name: ""})
