"""Who looks at a dialog and who types in it: told to colleagues, forgotten soon, and missing without Redis."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from redis.exceptions import ConnectionError as Away

from channels import bell, typing
from channels.models import Dialog
from channels.tests.conftest import dialog_url
from channels.typing import CLIENT, note_typing, typists_at
from core.fleeting import Pause
from core.tenancy import tenant_scope
from leads import presence

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


def test_reading_is_noted_and_colleagues_see_who_looks(desk, dialog, tenant, admin, alice):
    assert desk.post(dialog_url("dialog_seen", dialog), headers=HTMX).status_code == 204
    with tenant_scope(tenant):
        assert Dialog.objects.get().unread_count == 0
        assert presence.lookers_at([dialog.pk], but=alice) == {dialog.pk: ["Ada"]}
        assert presence.lookers_at([dialog.lead_id], but=alice) == {dialog.lead_id: ["Ada"]}
    desk.post(dialog_url("dialog_seen", dialog), {"gone": "1"}, headers=HTMX)
    with tenant_scope(tenant):
        assert presence.lookers_at([dialog.pk], but=alice) == {}


def test_typing_is_told_of_members_and_clients(desk, dialog, tenant, admin, alice):
    assert desk.post(dialog_url("dialog_typing", dialog), headers=HTMX).status_code == 204
    with tenant_scope(tenant):
        note_typing(dialog.pk, None)
        assert {one.who for one in typists_at(dialog.pk, but=alice)} == {str(admin.pk), CLIENT}
        assert [one.who for one in typists_at(dialog.pk, but=admin)] == [CLIENT]
        note_typing(dialog.pk, None, is_typing=False)
    desk.post(dialog_url("dialog_typing", dialog), {"stopped": "1"}, headers=HTMX)
    with tenant_scope(tenant):
        assert typists_at(dialog.pk) == []


def test_without_redis_nobody_is_seen_typing_and_nothing_fails(desk, dialog, tenant, monkeypatch):
    def away(*args: Any, **kwargs: Any) -> Any:
        raise Away

    monkeypatch.setattr(typing._typing, "_pause", Pause())
    monkeypatch.setattr(cache, "get_many", away)
    monkeypatch.setattr(cache, "set", away)
    assert desk.post(dialog_url("dialog_typing", dialog), headers=HTMX).status_code == 204
