"""Files of fields that no record holds any more: their rows and bytes go, a day later and never sooner."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from contacts.models import Contact
from contacts.services import create_contact, update_contact
from tenants.custom_fields.files import delete_unheld, store_file
from tenants.custom_fields.services import create_field, erase_field, hide_field
from tenants.models import CustomField, FieldFile, Membership

DAY = dt.timedelta(days=1, minutes=1)


@pytest.fixture
def field(scope: Any) -> CustomField:
    return create_field(entity="contact", kind=CustomField.Kind.FILE, name="План")


def upload(by: Membership) -> FieldFile:
    return store_file(upload=SimpleUploadedFile("plan.pdf", b"bytes"), by=by)


def sweep(callbacks: Any, *, after: dt.timedelta = DAY) -> int:
    """Run the sweeper so much later, and what waits for its commit."""
    with callbacks(execute=True):
        return delete_unheld(now=timezone.now() + after)


def test_a_replaced_file_goes_a_day_later(
    field: CustomField, alice: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    old, new = upload(alice), upload(alice)
    now = timezone.now()
    contact = create_contact(by=alice, now=now, name="Ivan", **{field.key: old})
    assert sweep(django_capture_on_commit_callbacks) == 1  # the new one is not held yet
    new = upload(alice)
    update_contact(contact=contact, by=alice, now=now, **{field.key: new})
    assert sweep(django_capture_on_commit_callbacks, after=dt.timedelta(hours=23)) == 0
    assert default_storage.exists(old.key)
    assert sweep(django_capture_on_commit_callbacks) == 1
    assert not default_storage.exists(old.key) and default_storage.exists(new.key)
    assert list(FieldFile.objects.all()) == [new]


def test_a_file_that_another_record_holds_stays(
    field: CustomField, alice: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    file, now = upload(alice), timezone.now()
    one = create_contact(by=alice, now=now, name="Ivan", **{field.key: file})
    create_contact(by=alice, now=now, name="Olga", **{field.key: file})
    update_contact(contact=one, by=alice, now=now, **{field.key: None})
    assert sweep(django_capture_on_commit_callbacks) == 0
    file.refresh_from_db()
    assert file.unheld_since is None and default_storage.exists(file.key)


def test_an_erased_field_lets_its_files_go_and_a_hidden_one_keeps_them(
    field: CustomField, alice: Membership, django_capture_on_commit_callbacks: Any
) -> None:
    file, now = upload(alice), timezone.now()
    create_contact(by=alice, now=now, name="Ivan", **{field.key: file})
    hide_field(field=field, now=now)
    FieldFile.objects.update(unheld_since=now)  # whatever the mark says, records are asked
    assert sweep(django_capture_on_commit_callbacks) == 0
    erase_field(field=field, now=now)
    assert sweep(django_capture_on_commit_callbacks) == 1
    assert not default_storage.exists(file.key) and Contact.objects.get().custom_values == {}
