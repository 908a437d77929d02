"""Conversation scripts: where they are shown, what ticking and answering does, how they are edited."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from channels import bell
from channels.dialogs.scripts import plans_for
from channels.models import Dialog, Script, ScriptMark, ScriptStep
from channels.services import (
    NoPlaceForAnswer,
    StepValues,
    WrongAnswer,
    answer_step,
    save_script,
    tick_step,
)
from channels.tests.conftest import dialog_url
from contacts.models import Contact
from core.tenancy import tenant_scope
from deals.models import Deal, Stage
from deals.setup import create_starter_pipeline
from leads.errors import NotAllowed
from leads.services import DealPlan, assign_lead, convert_lead
from tenants.models import Membership

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
Target = ScriptStep.Target


@pytest.fixture(autouse=True)
def silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bell, "ring", lambda tenant_id: None)


def now() -> dt.datetime:
    return timezone.now()


def script_with(by: Membership, *steps: StepValues, **place: Any) -> Script:
    return save_script(by=by, name=f"Script {Script.objects.count()}", steps=steps, **place)


def deal_for(dialog: Dialog, by: Membership) -> Deal:
    pipeline = create_starter_pipeline()
    made = convert_lead(lead=dialog.lead, by=by, now=now(), plan=DealPlan(pipeline), owner=by)
    assert made.deal is not None
    return made.deal


def reread(dialog: Dialog) -> Dialog:
    found: Dialog = Dialog.objects.select_related("lead__deal", "contact", "channel").get(pk=dialog.pk)
    return found


def test_a_script_stands_where_its_channel_and_stage_are(dialog, tenant, admin, make_channel):
    other = make_channel("telegram").channel
    with tenant_scope(tenant):
        everywhere = script_with(admin, StepValues("Greet"))
        here = script_with(admin, StepValues("Greet"), channel=dialog.channel)
        script_with(admin, StepValues("Greet"), channel=other)
        assert [plan.script for plan in plans_for(dialog, admin)] == [here, everywhere]
        deal = deal_for(dialog, admin)
        at_stage = script_with(admin, StepValues("Sell"), stage=deal.stage)
        elsewhere = Stage.objects.filter(pipeline=deal.pipeline).exclude(pk=deal.stage_id).first()
        script_with(admin, StepValues("Sell"), stage=elsewhere)
        assert [plan.script for plan in plans_for(reread(dialog), admin)] == [at_stage, here, everywhere]


def test_a_step_is_ticked_once_and_the_tick_taken_back(dialog, tenant, admin):
    with tenant_scope(tenant):
        step = script_with(admin, StepValues("Greet")).steps.get()
        for _twice in range(2):
            tick_step(dialog=dialog, step=step, is_done=True, by=admin, now=now())
        assert plans_for(dialog, admin)[0].done_count == 1
        tick_step(dialog=dialog, step=step, is_done=False, by=admin, now=now())
        assert plans_for(dialog, admin)[0].done_count == 0


def test_an_answer_goes_to_the_client_and_stands_in_the_timeline(dialog, tenant, admin):
    with tenant_scope(tenant):
        script = script_with(admin, StepValues("Ask", "What do you do?", Target.POSITION))
        answer_step(dialog=dialog, step=script.steps.get(), answer=" Buyer ", by=admin, now=now())
        assert Contact.objects.get().position == "Buyer"
        changed = Activity.objects.get(kind="change", data__code="fields_changed")
        assert (changed.contact_id, changed.author) == (dialog.contact_id, admin)
        assert ScriptMark.objects.get().answer == "Buyer"


def test_an_answer_without_a_field_is_a_comment(dialog, tenant, admin):
    with tenant_scope(tenant):
        script = script_with(admin, StepValues("Ask", "Why now?", Target.NOTE))
        answer_step(dialog=dialog, step=script.steps.get(), answer="The old one broke", by=admin, now=now())
        note = Activity.objects.get(kind="note")
        assert (note.text, note.lead_id) == ("Why now?\nThe old one broke", dialog.lead_id)


def test_an_amount_goes_to_the_deal_as_people_write_it(dialog, tenant, admin):
    with tenant_scope(tenant):
        step = script_with(admin, StepValues("Ask", "Budget?", Target.AMOUNT)).steps.get()
        assert plans_for(dialog, admin)[0].steps[0].has_place is False
        with pytest.raises(NoPlaceForAnswer):
            answer_step(dialog=dialog, step=step, answer="100", by=admin, now=now())
        deal_for(dialog, admin)
        for wrong in ("much", "-1", "NaN", "9" * 30):
            with pytest.raises(WrongAnswer):
                answer_step(dialog=dialog, step=step, answer=wrong, by=admin, now=now())
        assert not ScriptMark.objects.exists()
        answer_step(dialog=dialog, step=step, answer="120 500,50", by=admin, now=now())
        assert Deal.objects.get().amount == Decimal("120500.50")


def test_who_may_not_change_the_client_is_refused_and_nothing_is_ticked(dialog, tenant, admin, alice):
    with tenant_scope(tenant):
        assign_lead(lead=dialog.lead, member=alice, by=None, now=now())
        step = script_with(admin, StepValues("Ask", "What do you do?", Target.POSITION)).steps.get()
        with pytest.raises(NotAllowed):
            answer_step(dialog=dialog, step=step, answer="Buyer", by=alice, now=now())
        assert not ScriptMark.objects.exists()


def test_kept_steps_keep_their_marks_and_others_go(dialog, tenant, admin):
    with tenant_scope(tenant):
        script = script_with(admin, StepValues("One"), StepValues("Two"))
        one, two = script.steps.all()
        tick_step(dialog=dialog, step=two, is_done=True, by=admin, now=now())
        steps = [StepValues("Second", pk=two.pk), StepValues("New")]
        save_script(by=admin, script=script, name="Renamed", steps=steps)
        assert [step.text for step in script.steps.all()] == ["Second", "New"]
        assert not ScriptStep.objects.filter(pk=one.pk).exists()
        assert ScriptMark.objects.get().step_id == two.pk


# --- Pages -------------------------------------------------------------------------------------------
def test_the_script_stands_beside_the_talk_and_is_followed_there(desk, dialog, tenant, admin):
    with tenant_scope(tenant):
        script = script_with(admin, StepValues("Say hello"), StepValues("Ask", "Position?", Target.POSITION))
        first, second = script.steps.all()
    assert "Say hello" in desk.get(dialog_url("dialog", dialog)).content.decode()
    tick = reverse("channels:dialog_step", args=[dialog.pk, first.pk])
    assert "1 / 2" in desk.post(tick, {"is_done": "1"}, headers=HTMX).content.decode()
    answer = reverse("channels:dialog_step", args=[dialog.pk, second.pk])
    text = desk.post(answer, {"answer": "Buyer"}, headers=HTMX).content.decode()
    assert "2 / 2" in text
    assert 'value="Buyer"' in text
    assert desk.post(tick, {"is_done": "0"}).url == dialog_url("dialog", dialog)


def form_of(*steps: dict[str, str], **more: str) -> dict[str, str]:
    data = {
        "name": "Cold",
        "channel": "",
        "stage": "",
        "steps-TOTAL_FORMS": str(len(steps)),
        "steps-INITIAL_FORMS": "0",
    }
    for number, step in enumerate(steps):
        data |= {f"steps-{number}-{name}": value for name, value in step.items()}
    return data | more


def test_the_editor_writes_steps_in_their_order(desk, tenant):
    steps = (
        {"text": "Second", "ORDER": "2"},
        {"text": "First", "ORDER": "1", "question": "Why?", "target": "note"},
        {"text": ""},
    )
    assert desk.post(reverse("channels:script_create"), form_of(*steps)).status_code == 302
    with tenant_scope(tenant):
        script = Script.objects.get()
        assert [(one.text, one.target) for one in script.steps.all()] == [("First", "note"), ("Second", "")]
    assert "Cold" in desk.get(reverse("channels:scripts")).content.decode()
    assert 'value="Why?"' in desk.get(reverse("channels:script", args=[script.pk])).content.decode()


@pytest.mark.parametrize(
    "step",
    [{"text": ""}, {"text": "Ask", "question": "Why?"}, {"text": "", "question": "Why?", "target": "note"}],
)
def test_the_editor_refuses_half_a_step(desk, tenant, step):
    assert desk.post(reverse("channels:script_create"), form_of(step)).status_code == 422
    with tenant_scope(tenant):
        assert not Script.objects.exists()


def test_scripts_are_edited_by_who_may_change_settings(dialog, tenant, admin, alice, client_of):
    with tenant_scope(tenant):
        script = script_with(admin, StepValues("Greet"))
    client = client_of(alice)
    assert client.get(reverse("channels:scripts")).status_code == 403
    assert client.post(reverse("channels:script_delete", args=[script.pk])).status_code == 403
    assert client_of(admin).post(reverse("channels:script_delete", args=[script.pk])).status_code == 302
    with tenant_scope(tenant):
        assert not Script.objects.exists()
