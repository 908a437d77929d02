"""Our own pages about the widgets: settings with the code, the page to try it on, the reply form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from channels.models import Channel, Dialog
from channels.services import CreatedChannel, routes_for
from channels.tests.widget.conftest import Visitor, in_scope
from core.tenancy import tenant_scope
from leads.models import Lead
from tenants.models import Membership

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", ["chat", "callback"])
def test_settings_show_the_code_for_the_site(
    kind: str, make_channel: Callable[..., CreatedChannel], admin: Membership, client_of: Any
) -> None:
    made = make_channel(kind)
    token = made.hook_url.rpartition("/")[2]
    page = client_of(admin).get(reverse("channels:detail", args=[made.channel.pk])).content.decode()
    assert f"data-channel=&quot;{token}&quot;" in page
    assert f"/chat/{token}/trial" in page
    assert made.secret not in page
    trial = Client().get(f"/chat/{token}/trial").content.decode()
    assert f'data-channel="{token}"' in trial
    assert Client().get("/chat/no-such/trial").status_code == 404


@pytest.mark.parametrize("kind", ["chat", "callback"])
def test_channel_is_connected_and_changed_on_its_page(kind: str, admin: Membership, client_of: Any) -> None:
    boss = client_of(admin)
    page = boss.get(reverse("channels:create_kind", args=[kind]))
    form = page.context["form"]
    values = {name: form[name].value() for name in form.fields}
    values = {name: value for name, value in values.items() if value not in (None, False)}
    made = boss.post(reverse("channels:create_kind", args=[kind]), values | {"name": "Site"})
    assert made.status_code == 302, made.context["form"].errors
    address = made["Location"].partition("?")[0]
    wrong = boss.post(address, values | {"name": "Site", "colour": "red", "allowed_sites": "two words"})
    assert wrong.status_code == 422
    assert set(wrong.context["form"].errors) == {"colour", "allowed_sites"}
    assert boss.post(address, values | {"name": "Site", "colour": "#ff0000"}).status_code == 302
    with tenant_scope(admin.tenant_id):
        assert Channel.objects.get(name="Site").settings["colour"] == "#ff0000"


def test_reply_form_names_the_visitor_not_the_random_name(chat: CreatedChannel, visitor: Visitor) -> None:
    visitor.say()
    with in_scope(chat):
        (route,) = routes_for(lead=Lead.objects.get())
        assert route.dialog == Dialog.objects.get()
        assert visitor.session.partition(".")[0] not in route.to
