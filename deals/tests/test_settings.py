"""Pipelines and stages, set up in the browser and through the services."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from core.tenancy import tenant_scope
from deals.errors import (
    DealsLackFields,
    NameTaken,
    PipelineHasDeals,
    PipelineHasHistory,
    StageFull,
    StageHasDeals,
    SystemStage,
    WrongStage,
)
from deals.models import Deal, Pipeline, RejectionReason, Stage, StageChange, StageRequirement
from deals.services import (
    create_pipeline,
    delete_deal,
    delete_pipeline,
    delete_stage,
    move_deal,
    order_pipelines,
    set_requirements,
    update_pipeline,
    update_stage,
)
from deals.services.bulk import preview_move
from deals.setup import TEMPLATES, create_starter_pipeline, create_starter_reasons
from leads.tests.factories import make_channel
from tenants.errors import StillInUse
from tenants.services import open_tenant


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_starter_pipeline_has_its_stages_and_the_system_ones(scope, tenant, template, language):
    tenant.language = language
    tenant.save()
    pipeline = create_starter_pipeline(template=template)
    kinds = list(pipeline.stages.order_by("position").values_list("kind", flat=True))
    assert kinds == ["open"] * len(TEMPLATES[template].stages) + ["won", "lost", "archived"]
    assert pipeline.name == getattr(TEMPLATES[template], language)
    assert pipeline.stages.first().name == getattr(TEMPLATES[template].stages[0], language)


def test_starter_reasons_are_made_once(scope):
    assert [r.pk for r in create_starter_reasons()] == [r.pk for r in create_starter_reasons()]


def test_new_pipeline_starts_with_the_system_stages_hidden(scope):
    pipeline = create_pipeline(name=" Bare ", currency="EUR")
    assert pipeline.name == "Bare"
    assert sorted(pipeline.stages.values_list("kind", "is_shown")) == [
        ("archived", False),
        ("lost", False),
        ("won", False),
    ]


def test_two_pipelines_cannot_have_one_name(scope, pipeline):
    with pytest.raises(NameTaken):
        create_pipeline(name=pipeline.name.upper(), currency="RUB")
    other = create_pipeline(name="Other", currency="RUB")
    with pytest.raises(NameTaken):
        update_pipeline(pipeline=other, name=pipeline.name)


def test_system_stage_keeps_its_probability_and_is_never_deleted(scope, stages, alice, now):
    assert update_stage(stage=stages["won"], probability_percent=3).probability_percent == 100
    with pytest.raises(SystemStage):
        delete_stage(stage=stages["lost"], by=alice, now=now)


def test_delete_stage_never_takes_deals_with_it(scope, make_deal, stages, alice, now):
    deals = [make_deal(str(n), stage=stages["second"], amount=Decimal(n)) for n in range(3)]
    with pytest.raises(StageHasDeals) as refusal:
        delete_stage(stage=stages["second"], by=alice, now=now)
    assert refusal.value.count == 3
    assert delete_stage(stage=stages["second"], by=alice, now=now, move_to=stages["first"]) == 3
    assert Deal.objects.filter(stage=stages["first"]).count() == 3
    change = StageChange.objects.filter(deal=deals[0]).order_by("at", "id").last()
    assert (change.from_name, change.to_stage, change.from_stage) == ("В работе", stages["first"], None)
    assert Activity.objects.filter(data__code="stage_moved", deal=deals[0]).count() == 1
    order = list(Deal.objects.order_by("rank").values_list("title", flat=True))
    assert order == ["2", "1", "0"]


def test_delete_stage_holds_to_what_the_other_stage_demands(scope, make_deal, stages, alice, now):
    make_deal(stage=stages["second"])
    set_requirements(stage=stages["third"], enter=["city", "amount"])
    with pytest.raises(DealsLackFields) as refusal:
        delete_stage(stage=stages["second"], by=alice, now=now, move_to=stages["third"])
    assert refusal.value.count == 1
    assert Stage.objects.filter(pk=stages["second"].pk).exists()


@pytest.mark.parametrize("target", ["second", "won", "lost"])
def test_delete_stage_moves_to_another_open_stage_only(scope, make_deal, stages, alice, now, target):
    make_deal(stage=stages["second"])
    with pytest.raises(WrongStage):
        delete_stage(stage=stages["second"], by=alice, now=now, move_to=stages[target])


def test_delete_stage_takes_care_of_deleted_deals_too(scope, make_deal, stages, head, now):
    deal = delete_deal(deal=make_deal(stage=stages["second"]), by=head, now=now)
    with pytest.raises(StageHasDeals):
        delete_stage(stage=stages["second"], by=head, now=now)
    delete_stage(stage=stages["second"], by=head, now=now, move_to=stages["first"])
    deal.refresh_from_db()
    assert deal.stage == stages["first"]


def test_delete_pipeline_only_without_deals(scope, make_deal, pipeline):
    other = create_starter_pipeline(template="service")
    delete_pipeline(pipeline=other)
    assert not Stage.objects.filter(pipeline_id=other.pk).exists()
    make_deal()
    with pytest.raises(PipelineHasDeals):
        delete_pipeline(pipeline=pipeline)


def test_order_pipelines_puts_the_named_ones_first(scope, pipeline):
    second, third = (create_pipeline(name=name, currency="RUB") for name in "BC")
    order_pipelines(order=[third, pipeline])
    assert list(Pipeline.objects.order_by("position")) == [third, pipeline, second]


def test_set_requirements_replaces_what_there_was(scope, stages):
    set_requirements(stage=stages["first"], enter=["city"], leave=["amount"])
    set_requirements(stage=stages["first"], enter=["city", "note"])
    found = StageRequirement.objects.filter(stage=stages["first"]).values_list("moment", "field")
    assert sorted(found) == [("enter", "city"), ("enter", "note")]
    with pytest.raises(ValueError):
        set_requirements(stage=stages["first"], enter=["colour"])


# --- Pages ------------------------------------------------------------------------------------------
def test_settings_are_the_administrators(pipeline, stages, alice, head, admin, charlie, client_of):
    pages = [
        reverse("deals:pipelines"),
        reverse("deals:pipeline_create"),
        reverse("deals:pipeline", args=[pipeline.pk]),
        reverse("deals:stage_create", args=[pipeline.pk]),
        reverse("deals:stage", args=[stages["first"].pk]),
        reverse("deals:stage_delete", args=[stages["first"].pk]),
    ]
    for page in pages:
        assert client_of(admin).get(page).status_code == 200, page
        assert client_of(alice).get(page).status_code == 403, page
        assert client_of(head).get(page).status_code == 403, page
    for page in pages[2:]:
        assert client_of(charlie).get(page).status_code == 404, page


def test_create_pipeline_page_makes_one_from_a_template(tenant, admin, client_of):
    client = client_of(admin)
    answer = client.post(
        reverse("deals:pipeline_create"), {"name": "Аренда", "currency": "EUR", "template": "service"}
    )
    with tenant_scope(tenant):
        made = Pipeline.objects.get(name="Аренда")
        assert (made.currency, made.stages.filter(kind="open").count()) == ("EUR", 4)
    assert answer.url == reverse("deals:pipeline", args=[made.pk])
    again = client.post(reverse("deals:pipeline_create"), {"name": "аренда", "currency": "EUR"})
    assert again.status_code == 422
    assert again.context["form"].errors["name"]


def test_pipeline_page_saves_name_currency_and_card_fields(tenant, pipeline, admin, client_of):
    url = reverse("deals:pipeline", args=[pipeline.pk])
    data = {"name": "Опт", "currency": "USD", "card_fields": ["client", "city"]}
    assert client_of(admin).post(url, data).url == url
    with tenant_scope(tenant):
        pipeline.refresh_from_db()
    assert (pipeline.name, pipeline.currency, pipeline.card_fields) == ("Опт", "USD", ["client", "city"])
    assert pipeline.is_unsorted_shown is False
    assert client_of(admin).post(url, {"name": "", "currency": "USD"}).status_code == 422
    assert client_of(admin).post(url, {"name": "A", "currency": "XXX"}).status_code == 422


def test_stage_page_saves_the_stage_and_its_demands(tenant, stages, admin, client_of):
    url = reverse("deals:stage", args=[stages["first"].pk])
    data = {
        "name": "Новые", "color": "7", "probability_percent": "15", "time_limit_h": "24", "card_limit": "",
        "is_shown": "on", "enter": ["city"], "leave": ["amount", "contact"],
    }  # fmt: skip
    client = client_of(admin)
    assert client.post(url, data).status_code == 302
    with tenant_scope(tenant):
        stage = Stage.objects.get(pk=stages["first"].pk)
        found = sorted(StageRequirement.objects.filter(stage=stage).values_list("moment", "field"))
    assert (stage.name, stage.color, stage.probability_percent, stage.time_limit_h) == ("Новые", 7, 15, 24)
    assert found == [("enter", "city"), ("leave", "amount"), ("leave", "contact")]
    assert client.post(url, data | {"probability_percent": "101"}).status_code == 422
    assert client.post(url, data | {"color": "13"}).status_code == 422


def test_stages_are_added_and_ordered_by_drag_and_by_button(tenant, pipeline, stages, admin, client_of):
    client = client_of(admin)
    added = {"name": "Пилот", "color": "1", "probability_percent": "5", "is_shown": "on"}
    assert client.post(reverse("deals:stage_create", args=[pipeline.pk]), added).status_code == 302
    order = reverse("deals:stage_order", args=[pipeline.pk])
    client.post(order, {"down": str(stages["first"].pk)})
    assert names(tenant, pipeline) == ["В работе", "Новая", "Решение", "Пилот"]
    client.post(
        order, {"order": f"{stages['third'].pk},{stages['first'].pk}"}, headers={"HX-Request": "true"}
    )
    assert names(tenant, pipeline) == ["Решение", "Новая", "В работе", "Пилот"]


def names(tenant, pipeline) -> list[str]:
    with tenant_scope(tenant):
        return list(
            Stage.objects.open().filter(pipeline=pipeline).order_by("position").values_list("name", flat=True)
        )


def test_stage_delete_page_asks_where_its_deals_go(tenant, make_deal, stages, admin, client_of):
    make_deal()
    url, client = reverse("deals:stage_delete", args=[stages["first"].pk]), client_of(admin)
    page = client.get(url).content.decode()
    assert stages["second"].name in page and stages["won"].name not in page
    assert client.post(url).status_code == 422
    assert client.post(url, {"move_to": str(stages["won"].pk)}).status_code == 422
    assert client.post(url, {"move_to": str(stages["second"].pk)}).status_code == 302
    with tenant_scope(tenant):
        assert Deal.objects.get().stage == stages["second"]
        assert not Stage.objects.filter(pk=stages["first"].pk).exists()


def test_pipeline_with_deals_is_archived_not_deleted(tenant, make_deal, pipeline, admin, client_of):
    make_deal()
    client = client_of(admin)
    assert client.post(reverse("deals:pipeline_delete", args=[pipeline.pk])).status_code == 422
    client.post(reverse("deals:pipeline_archive", args=[pipeline.pk]))
    assert client.get(f"/deals/?pipeline={pipeline.pk}").status_code == 404
    client.post(reverse("deals:pipeline_restore", args=[pipeline.pk]))
    assert client.get(f"/deals/?pipeline={pipeline.pk}").status_code == 200


@pytest.mark.parametrize(("language", "stage"), [("ru", "Новая"), ("en", "New")])
def test_opened_tenant_has_a_pipeline_and_reasons(db, language, stage):
    opened, _invited = open_tenant(
        name="Fresh",
        slug=f"fresh-{language}",
        language=language,
        admin_email="a@example.com",
        now=timezone.now(),
    )
    with tenant_scope(opened):
        assert Pipeline.objects.get().stages.order_by("position").first().name == stage
        assert RejectionReason.objects.count() >= 5


def test_delete_pipeline_never_takes_the_past_of_deals_with_it(
    scope, make_deal, pipeline, stages, alice, now
):
    other = create_starter_pipeline(template="service")
    first = other.stages.order_by("position").first()
    moved = move_deal(deal=make_deal(), stage=first, by=alice, now=now)
    move_deal(deal=moved, stage=stages["first"], by=alice, now=now)
    with pytest.raises(PipelineHasHistory):
        delete_pipeline(pipeline=other)
    assert StageChange.objects.filter(pipeline=other).count() == 1


def test_delete_pipeline_is_refused_while_a_channel_sends_its_leads_there(scope, pipeline):
    make_channel(pipeline=pipeline)
    with pytest.raises(StillInUse):
        delete_pipeline(pipeline=pipeline)
    assert Stage.objects.filter(pipeline=pipeline).exists()


def test_archiving_a_pipeline_with_open_deals_asks_first(pipeline, make_deal, admin, client_of):
    page = reverse("deals:pipeline", args=[pipeline.pk])
    assert b"data-confirm-text" not in client_of(admin).get(page).content
    make_deal()
    assert b"data-confirm-text" in client_of(admin).get(page).content


def test_strict_limit_refuses_moves_and_new_deals_and_the_deals_of_a_deleted_stage(
    scope, make_deal, stages, pipeline, alice, now
):
    second = update_stage(stage=stages["second"], card_limit=1, is_limit_strict=True)
    make_deal("there", stage=second)
    other = make_deal("other")
    with pytest.raises(StageFull):
        move_deal(deal=other, stage=second, by=alice, now=now)
    with pytest.raises(StageFull):
        make_deal("new", stage=second)
    with pytest.raises(StageFull):
        delete_stage(stage=stages["first"], by=alice, now=now, move_to=second)
    preview = preview_move([other, make_deal("more")], update_stage(stage=second, card_limit=2), by=alice)
    assert (preview.done, len(preview.refused)) == (1, 1)


def test_full_stage_with_a_soft_limit_takes_more(scope, make_deal, stages, alice, now):
    second = update_stage(stage=stages["second"], card_limit=1)
    make_deal("there", stage=second)
    assert move_deal(deal=make_deal("other"), stage=second, by=alice, now=now).stage == second


def test_card_preview_shows_the_newest_deal_with_the_ticked_fields(
    tenant, make_deal, pipeline, admin, client_of
):
    page = reverse("deals:card_preview", args=[pipeline.pk])
    client = client_of(admin)
    assert "card-d" not in client.get(page).content.decode()
    make_deal("M", city="Тверь", amount=Decimal(5))
    html = client.get(page, {"card_fields": ["city", "nonsense"]}).content.decode()
    assert "Тверь" in html and "5" not in html.split("<h3")[1].split("</h3>")[1].split("Тверь")[1]


def test_pipeline_is_copied_in_the_browser(tenant, pipeline, admin, client_of):
    page = reverse("deals:pipeline_copy", args=[pipeline.pk])
    client = client_of(admin)
    assert client.post(page, {"name": pipeline.name}).status_code == 422
    answer = client.post(page, {"name": "Copy"})
    with tenant_scope(tenant):
        made = Pipeline.objects.get(name="Copy")
    assert answer.headers["Location"] == reverse("deals:pipeline", args=[made.pk])
