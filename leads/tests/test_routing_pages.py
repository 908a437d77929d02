"""Settings pages of routing: the rules, one rule, steps of a channel, trials."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from channels.models import Channel
from conftest import make_member
from core.tenancy import tenant_scope
from leads import tasks
from leads.models import EscalationStep, Lead, RoutingCondition, RoutingRule
from leads.routing import Value, active_rules
from leads.routing.watching import watch_all
from leads.services import RuleValues, Step, save_rule, trials
from leads.tests.factories import make_channel, make_lead, make_source
from tenants.models import Department, Job, Membership, Role, Tenant
from tenants.services import set_absence

HX = {"HTTP_HX_REQUEST": "true"}
SignIn = Callable[[Membership], Client]
pytestmark = pytest.mark.django_db
URL = "leads:routing_rules"


def rules_of(tenant: Tenant) -> list[RoutingRule]:
    with tenant_scope(tenant):
        return list(RoutingRule.objects.order_by("position"))


def saved(tenant: Tenant, by: Membership, name: str = "Rule", **fields: Any) -> RoutingRule:
    with tenant_scope(tenant):
        values = {"method": "turn", "people": [by]} | fields
        return save_rule(values=RuleValues(name=name, **values), by=by, now=timezone.now())


def typed(*people: Membership, **fields: Any) -> dict[str, Any]:
    ticks = {f"p_m{member.pk}": "on" for member in people}
    return {"name": "Typed", "who": "people", "method": "turn", "is_active": "on"} | ticks | fields


# --- The list ------------------------------------------------------------------------------------------
def test_rules_are_told_in_words(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant
) -> None:
    empty = client_of(admin).get(reverse(URL)).content.decode()
    assert 'class="nothing"' in empty
    with tenant_scope(tenant):
        channel, source = make_channel(), make_source("Avito")
    conditions = {
        "channel": [Value(ref=channel.pk)],
        "source": [Value(ref=source.pk)],
        "text": [Value("опт")],
        "phone": [Value("7495")],
        "client": [Value("new")],
        "hours": [Value("out")],
        "load": [Value("7")],
        "field": [Value("да", label="Опт")],
    }
    step = Step(15, "taken", "member", member=alice)
    saved(tenant, admin, "Long", people=[alice], conditions=conditions, steps=[step], lead_capacity=5)
    saved(tenant, admin, "Role", people=(), role=admin.role, method="anyone")
    html = client_of(admin).get(reverse(URL)).content.decode()
    for words in (
        channel.name,
        "Avito",
        "опт",
        "+7495…",
        "новый",
        "в нерабочее время",
        "ждут не меньше 7",
        "Опт: да",
    ):
        assert words in html
    assert "никто не взял за 15 мин: передать: Alice" in html and "роль «Администратор»" in html


def test_list_costs_the_same_for_few_and_many_rules(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant
) -> None:
    client = client_of(admin)

    def cost(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    first = saved(
        tenant, admin, people=[alice], conditions={"text": [Value("a")]}, steps=[Step(5, "taken", "next")]
    )
    pages = (reverse(URL), reverse("leads:routing_rule", args=[first.pk]))
    few = [cost(url) for url in pages]
    for number in range(8):
        saved(
            tenant, admin, f"R{number}", people=[alice, admin], conditions={"text": [Value("a"), Value("b")]}
        )
        make_member(tenant, f"Person{number}", Role.Code.MANAGER)
        with tenant_scope(tenant):
            make_channel()
    assert [cost(url) for url in pages] == few


def test_rules_are_ordered_by_drag_and_by_buttons(
    client_of: SignIn, admin: Membership, tenant: Tenant
) -> None:
    first, second, third = (saved(tenant, admin, name) for name in "ABC")
    client, url = client_of(admin), reverse("leads:routing_order")
    order = ",".join(str(rule.pk) for rule in (third, first, second))
    assert client.post(url, {"order": order}, **HX).status_code == 204
    assert [rule.name for rule in rules_of(tenant)] == ["C", "A", "B"]
    assert client.post(url, {"up": str(second.pk)}).status_code == 302
    assert [rule.name for rule in rules_of(tenant)] == ["C", "B", "A"]
    client.post(url, {"down": str(third.pk)})
    client.post(url, {"order": "nonsense,,"})
    assert [rule.name for rule in rules_of(tenant)] == ["B", "C", "A"]


def test_rule_is_switched_and_deleted(client_of: SignIn, admin: Membership, tenant: Tenant) -> None:
    rule, client = saved(tenant, admin), client_of(admin)
    url = reverse("leads:routing_switch", args=[rule.pk])
    assert client.post(url, {}, **HX).status_code == 204 and not rules_of(tenant)[0].is_active
    client.post(url, {"is_active": "on"})
    assert rules_of(tenant)[0].is_active
    client.post(reverse("leads:routing_delete", args=[rule.pk]))
    assert rules_of(tenant) == []


# --- The form ------------------------------------------------------------------------------------------
def test_rule_is_made_with_every_condition_and_read_back(
    client_of: SignIn, admin: Membership, alice: Membership, bob: Membership, tenant: Tenant
) -> None:
    with tenant_scope(tenant):
        channel, source = make_channel(), make_source("Avito")
    data = typed(
        alice,
        bob,
        channel=[channel.pk],
        source=[source.pk],
        channel_kind=["email", "chat"],
        kind=["missed_call"],
        region="Москва\n\n Тверская область \nМосква",
        phone="+7 (495)\nabc\n+7 499",
        field_label="Город",
        field_values="Казань",
        language=["en"],
        text="опт\nтендер",
        client=["new"],
        hours=["out"],
        load="5",
        is_owner_first="on",
        is_on_duty_only="on",
        lead_capacity="12",
        s1_after="15",
        s1_watch="taken",
        s1_action="next",
        s2_after="30",
        s2_watch="answered",
        s2_action="tell_member",
        s2_to=f"m{bob.pk}",
    )
    client = client_of(admin)
    response = client.post(reverse("leads:routing_create"), data)
    assert response.status_code == 302, re.findall(r'class="err".*?</p>', response.content.decode())
    with tenant_scope(tenant):
        (rule,) = active_rules()
        assert rule.conditions["region"] == (Value("Москва"), Value("Тверская область"))
        assert rule.conditions["phone"] == (Value("7495"), Value("7499"))
        assert rule.conditions["field"] == (Value("Казань", label="Город"),)
        assert rule.conditions["channel"] == (Value(ref=channel.pk),) and len(rule.conditions) == 12
        assert (rule.is_owner_first, rule.is_on_duty_only, rule.lead_capacity) == (True, True, 12)
        steps = list(EscalationStep.objects.values_list("after_min", "watch", "action", "member__name"))
        assert steps == [(15, "taken", "next", None), (30, "answered", "tell_member", "Bob")]
    html = client.get(reverse("leads:routing_rule", args=[rule.id])).content.decode()
    assert html.count('<details class="rt-cond" open>') == 12 and "Тверская область" in html
    assert 'value="30"' in html


def test_order_of_the_list_is_that_of_the_numbers(
    client_of: SignIn, admin: Membership, alice: Membership, bob: Membership, tenant: Tenant
) -> None:
    places = {f"n_m{alice.pk}": "2", f"n_m{bob.pk}": "1"}
    client_of(admin).post(reverse("leads:routing_create"), typed(alice, bob, admin, method="order", **places))
    with tenant_scope(tenant):
        assert active_rules()[0].people == (bob.pk, alice.pk, admin.pk)


def test_department_and_role_replace_what_was_ticked(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant
) -> None:
    client, url = client_of(admin), reverse("leads:routing_create")
    client.post(
        url,
        typed(
            alice, who="department", department=str(alice.department_id), department_role=str(alice.role_id)
        ),
    )
    client.post(url, typed(alice, who="role", role=str(admin.role_id), method="anyone"))
    with tenant_scope(tenant):
        team, role = active_rules()
        assert (team.people, team.department_id, team.role_id) == ((), alice.department_id, alice.role_id)
        assert (role.people, role.department_id, role.role_id) == ((), None, admin.role_id)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"who": "department"}, "department"),
        ({"who": "role"}, "role"),
        ({"method": "anyone"}, "method"),
        ({"method": "order", "who": "role"}, "method"),
        ({"field_values": "x"}, "field_label"),
        ({"s1_after": "5", "s1_watch": "taken", "s1_action": "member"}, "s1_to"),
        ({"s2_after": "5", "s2_watch": "taken", "s2_action": "role"}, "s2_to"),
        ({"s1_after": "0"}, "s1_after"),
        ({"load": "-1"}, "load"),
        ({"channel": ["01920000-0000-7000-8000-00000000dead"]}, "channel"),
        ({"language": ["xx"]}, "language"),
        ({"text": "x" * 20_000}, "text"),
    ],
)
def test_mistakes_are_told_at_their_field(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant, wrong: dict[str, Any], field: str
) -> None:
    response = client_of(admin).post(reverse("leads:routing_create"), typed(alice, **wrong))
    html = response.content.decode()
    assert response.status_code == 422 and f"id_{field}_err" in html.replace('id="id_', 'id="id_')
    assert rules_of(tenant) == []


def test_nobody_ticked_is_told(client_of: SignIn, admin: Membership, tenant: Tenant) -> None:
    assert client_of(admin).post(reverse("leads:routing_create"), typed()).status_code == 422


def test_who_may_only_look_changes_nothing(client_of: SignIn, tenant: Tenant, admin: Membership) -> None:
    rule = saved(tenant, admin)
    with tenant_scope(tenant):
        role = Role.objects.create(name="Looker", grants={"settings": {"view": "all"}})
    looker = make_member(tenant, "Lou", Role.Code.MANAGER)
    with tenant_scope(tenant):
        Membership.objects.filter(pk=looker.pk).update(role=role)
    client = client_of(looker)
    html = client.get(reverse(URL)).content.decode()
    assert rule.name in html and reverse("leads:routing_create") not in html
    assert client.post(reverse("leads:routing_rule", args=[rule.pk]), typed(admin)).status_code == 403


# --- Steps of a channel --------------------------------------------------------------------------------
def test_steps_of_a_channel_are_set_and_emptied(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant
) -> None:
    with tenant_scope(tenant):
        channel = make_channel(responsible=alice)
        lead = make_lead(channel=channel, at=timezone.now())
    client, url = client_of(admin), reverse("leads:routing_channel", args=[channel.pk])
    assert client.get(url).status_code == 200
    assert (
        client.post(url, {"s1_after": "10", "s1_watch": "taken", "s1_action": "tell_head"}).status_code == 302
    )
    with tenant_scope(tenant):
        assert watch_all(now=timezone.now()) == (1, 0)
        assert Lead.objects.get(pk=lead.pk).escalate_at is not None
    assert "сообщить руководителю" in client.get(reverse(URL)).content.decode()
    assert client.post(url, {"s1_after": "5", "s1_action": "member", "s1_watch": "taken"}).status_code == 422
    client.post(url, {})
    with tenant_scope(tenant):
        assert not EscalationStep.objects.exists() and Channel.objects.filter(pk=channel.pk).exists()


# --- Trials --------------------------------------------------------------------------------------------
def test_unsaved_rule_is_tried_and_gone_on_with(
    client_of: SignIn, admin: Membership, alice: Membership, bob: Membership, tenant: Tenant
) -> None:
    day = dt.timedelta(days=1)
    with tenant_scope(tenant):
        lead = make_lead(at=timezone.now() - day, channel=make_channel(responsible=alice), text="опт")
    rule = saved(tenant, admin, "Old", people=[alice])
    client = client_of(admin)
    url = reverse("leads:routing_rule", args=[rule.pk])
    data = typed(bob, name="Changed", text="опт", then="try")
    response = client.post(url, data, follow=True)
    html = response.content.decode()
    assert "1 досталось бы другому" in html and "Changed" in html
    assert reverse("leads:detail", args=[lead.pk]) in html and "правило «Changed»" in html
    with tenant_scope(tenant):
        assert RoutingRule.objects.get().name == "Old" and Lead.objects.get().responsible == alice
        job = Job.objects.get()
        assert "csrf" not in job.params["about"]["form"]
    again = client.get(url, {"trial": str(job.pk)}).content.decode()
    assert 'value="Changed"' in again and "опт" in again
    assert (
        reverse("leads:routing_trial", args=[job.pk]) in client.get(reverse("tenants:jobs")).content.decode()
    )


def test_switched_off_rule_is_tried_as_if_it_were_on(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant
) -> None:
    with tenant_scope(tenant):
        make_lead(at=timezone.now() - dt.timedelta(days=1))
    rule = saved(tenant, admin, "Off", people=[alice], is_active=False)
    data = typed(alice, name="Off", then="try")
    data.pop("is_active")
    html = (
        client_of(admin)
        .post(reverse("leads:routing_rule", args=[rule.pk]), data, follow=True)
        .content.decode()
    )
    assert "1 досталось бы другому" in html


def test_rules_as_they_stand_are_tried_over_chosen_days(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant
) -> None:
    saved(tenant, admin, people=[alice])
    with tenant_scope(tenant):
        make_lead(at=timezone.now() - dt.timedelta(days=10))
    client, url = client_of(admin), reverse("leads:routing_try")
    assert client.get(url).status_code == 200
    none = client.post(url, {"days": "7"}, follow=True).content.decode()
    assert 'class="nothing"' in none
    assert client.post(url, {"days": "30"}, follow=True).status_code == 200
    assert client.post(url, {"days": "9999"}).status_code == 422


def test_many_inquiries_are_tried_in_the_background(
    client_of: SignIn,
    admin: Membership,
    alice: Membership,
    tenant: Tenant,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    monkeypatch.setattr(trials, "AT_ONCE", 0)
    queued: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.try_rules, "apply_async", lambda kwargs, **_options: queued.append(kwargs))
    with tenant_scope(tenant):
        make_lead(at=timezone.now() - dt.timedelta(days=1))
    client = client_of(admin)
    with django_capture_on_commit_callbacks(execute=True):
        page = client.post(reverse("leads:routing_try"), {"days": "30"}, follow=True)
    assert 'role="progressbar"' in page.content.decode() and len(queued) == 1
    tasks.try_rules(**queued[0])
    fragment = client.get(page.redirect_chain[-1][0], **HX).content.decode()
    assert 'id="trial"' in fragment and "hx-trigger" not in fragment and "<html" not in fragment


def test_trial_of_somebody_else_is_missing_and_unseen_inquiries_are_numbers(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant
) -> None:
    with tenant_scope(tenant):
        role = Role.objects.create(
            name="Settler", grants={"settings": dict.fromkeys(("view", "edit", "add"), "all")}
        )
        lead = make_lead(at=timezone.now() - dt.timedelta(days=1))
    settler = make_member(tenant, "Sam", Role.Code.MANAGER)
    with tenant_scope(tenant):
        Membership.objects.filter(pk=settler.pk).update(role=role)
    saved(tenant, admin, people=[alice], is_on_duty_only=False)
    page = client_of(settler).post(reverse("leads:routing_try"), {"days": "30"}, follow=True)
    html = page.content.decode()
    assert f"№\N{NO-BREAK SPACE}{lead.number}" in html and lead.name not in html
    assert client_of(admin).get(page.redirect_chain[-1][0]).status_code == 404


# --- Where people see why ------------------------------------------------------------------------------
def test_lead_shows_why_it_came_to_whom(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant
) -> None:
    saved(tenant, admin, "Wholesale", people=[alice], is_on_duty_only=False)
    with tenant_scope(tenant):
        lead = make_lead(at=timezone.now())
    client = client_of(admin)
    for name in ("leads:detail", "leads:preview"):
        assert (
            "правило «Wholesale»: подошла очередь"
            in client.get(reverse(name, args=[lead.pk])).content.decode()
        )
    line = client.get(reverse("activities:timeline"), {"lead": str(lead.pk)}).content.decode()
    assert "правило «Wholesale»: подошла очередь" in line
    wizard = client_of(alice).get(reverse("leads:wizard", args=[lead.pk])).content.decode()
    assert "правило «Wholesale»: подошла очередь" in wizard


def test_who_is_away_is_marked_where_leads_are_handed_over(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant
) -> None:
    today = timezone.localdate(timezone=ZoneInfo(tenant.time_zone))
    with tenant_scope(tenant):
        lead = make_lead(at=timezone.now())
        set_absence(by=admin, member=alice, starts_on=today, ends_on=today)
    html = client_of(admin).get(reverse("leads:assign", args=[lead.pk])).content.decode()
    assert "Alice (нет до" in html


def test_archived_source_stays_in_a_rule_that_is_saved_again(
    client_of: SignIn, admin: Membership, alice: Membership, tenant: Tenant
) -> None:
    with tenant_scope(tenant):
        source = make_source("Old", is_archived=True)
    rule = saved(tenant, admin, people=[alice], conditions={"source": [Value(ref=source.pk)]})
    client, url = client_of(admin), reverse("leads:routing_rule", args=[rule.pk])
    assert f'value="{source.pk}" ' in client.get(url).content.decode()
    client.post(url, typed(alice, source=[source.pk]))
    with tenant_scope(tenant):
        assert active_rules()[0].conditions == {"source": (Value(ref=source.pk),)}


def test_condition_of_a_deleted_department_keeps_it(
    client_of: SignIn, admin: Membership, tenant: Tenant
) -> None:
    with tenant_scope(tenant):
        team = Department.objects.create(name="Team")
    saved(tenant, admin, people=(), department=team)
    client_of(admin).post(reverse("tenants:department_delete", args=[team.pk]))
    with tenant_scope(tenant):
        assert Department.objects.filter(pk=team.pk).exists() and not RoutingCondition.objects.exists()
