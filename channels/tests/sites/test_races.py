"""Two who act at the same moment: visitors who ask for a number, colleagues who save a form."""

from __future__ import annotations

import dataclasses

import pytest
from django.utils import timezone

from channels.models import Channel, NumberLease
from channels.services import (
    CreatedChannel,
    SiteFormChanged,
    add_site_numbers,
    lend_number,
    save_site_form,
    site_form_of,
)
from channels.tests.test_concurrency import at_once
from core.tenancy import tenant_scope
from tenants.models import Membership

pytestmark = pytest.mark.django_db(transaction=True)


def test_visitors_who_ask_at_once_get_numbers_of_their_own(make_channel, admin: Membership) -> None:
    site: CreatedChannel = make_channel("numbers")
    with tenant_scope(site.channel.tenant_id):
        text = "\n".join(f"+7 495 123-00-0{n}" for n in range(1, 9))
        add_site_numbers(channel=site.channel, text=text, by=admin, now=timezone.now())

    def ask(index: int) -> str:
        with tenant_scope(site.channel.tenant_id):
            number = lend_number(
                channel=site.channel, visitor=f"visitor-{index}", told={}, region="", now=timezone.now()
            )
            return number.number if number else ""

    assert len(set(at_once(8, ask)) - {""}) == 8


def test_two_tabs_of_one_visitor_have_one_lease(make_channel, admin: Membership) -> None:
    site: CreatedChannel = make_channel("numbers")
    with tenant_scope(site.channel.tenant_id):
        add_site_numbers(channel=site.channel, text="+7 495 123-00-01", by=admin, now=timezone.now())

    def ask(_index: int) -> str:
        with tenant_scope(site.channel.tenant_id):
            number = lend_number(
                channel=site.channel, visitor="visitor-1", told={}, region="", now=timezone.now()
            )
            return number.number if number else ""

    assert at_once(4, ask) == ["+74951230001"] * 4
    with tenant_scope(site.channel.tenant_id):
        assert NumberLease.objects.count() == 1


@pytest.mark.parametrize("is_saved_before", [False, True])
def test_of_two_who_save_a_form_at_once_one_is_refused(
    make_channel,
    admin: Membership,
    is_saved_before: bool,
) -> None:
    made: CreatedChannel = make_channel("form")

    def save(title: str) -> str:
        with tenant_scope(made.channel.tenant_id):
            channel = Channel.objects.select_related("tenant").get(pk=made.channel.pk)
            definition, version = site_form_of(channel)
            try:
                save_site_form(
                    channel=channel,
                    definition=dataclasses.replace(definition, title=title),
                    version=int(is_saved_before) if title != "before" else version,
                    by=admin,
                    now=timezone.now(),
                )
            except SiteFormChanged:
                return "refused"
            return "saved"

    if is_saved_before:
        save("before")
    assert sorted(at_once(2, lambda index: save(f"Title {index}"))) == ["refused", "saved"]
