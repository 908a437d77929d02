"""Rights per pipeline and stage: what is hidden, what is only seen, and that no path gets around it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from core.tenancy import tenant_scope
from deals.board import BoardReader
from deals.errors import DealsOnlySeen, NotAllowed, StageClosedToRole
from deals.models import Deal, Stage
from deals.services import copy_pipeline, create_deal, delete_deal, move_deal, update_deal
from deals.services.bulk import move_deals, preview_move
from tenants.access import covers
from tenants.errors import AdministratorsOnly
from tenants.models import Membership, Role
from tenants.places import Level, level_of
from tenants.services import set_pipeline_rights

BOARD = reverse("deals:board")


@pytest.fixture
def limit(tenant, pipeline, admin, alice):
    """Return a function that narrows Alice's role in the pipeline and gives her back with it."""

    def narrow(**levels: str) -> Membership:
        kept = {key.removeprefix("s_"): level for key, level in levels.items()}
        with tenant_scope(tenant):
            set_pipeline_rights(by=admin, pipeline_id=pipeline.pk, levels={alice.role: kept})
            return Membership.objects.select_related("role", "tenant", "user").get(pk=alice.pk)

    return narrow


def at(stage: Stage, level: str) -> dict[str, str]:
    return {f"s_{stage.pk}": level}


def test_deal_in_a_stage_only_seen_is_neither_moved_nor_edited_nor_deleted(
    scope, make_deal, stages, limit, now
):
    deal = make_deal()
    member = limit(**at(stages["first"], "view"))
    assert list(Deal.objects.visible_to(member)) == [deal]
    for action in ("edit", "delete"):
        assert not Deal.objects.visible_to(member, action).exists()
    with pytest.raises(DealsOnlySeen):
        move_deal(deal=deal, stage=stages["second"], by=member, now=now)
    with pytest.raises(DealsOnlySeen):
        update_deal(deal=deal, by=member, now=now, city="Тверь")
    with pytest.raises(DealsOnlySeen):
        delete_deal(deal=deal, by=member, now=now)


@pytest.mark.parametrize("level", ["view", "hidden"])
def test_nothing_is_brought_into_a_stage_only_seen(scope, make_deal, pipeline, stages, limit, now, level):
    deal = make_deal()
    member = limit(**at(stages["second"], level))
    with pytest.raises(StageClosedToRole):
        move_deal(deal=deal, stage=stages["second"], by=member, now=now)
    with pytest.raises(StageClosedToRole):
        create_deal(title="M", pipeline=pipeline, stage=stages["second"], by=member, now=now)
    report = move_deals(deals=[deal], stage=stages["second"], by=member, now=now)
    assert (report.done, len(report.refused)) == (0, 1)
    assert preview_move([deal], stages["second"], by=member).refused[0].deal == deal
    assert Deal.objects.get().stage == stages["first"]


def test_system_and_administrators_go_everywhere(scope, make_deal, stages, limit, admin, now):
    deal = make_deal()
    limit(**at(stages["second"], "hidden"))
    move_deal(deal=deal, stage=stages["second"], by=None, now=now)
    move_deal(deal=deal, stage=stages["second"], by=admin, now=now)
    assert Deal.objects.get().stage == stages["second"]


def test_deal_brought_into_a_stage_of_others_is_only_seen_from_then_on(scope, make_deal, stages, limit, now):
    deal = make_deal()
    member = limit(**at(stages["second"], "enter"))
    move_deal(deal=deal, stage=stages["second"], by=member, now=now)
    with pytest.raises(DealsOnlySeen):
        move_deal(deal=deal, stage=stages["first"], by=member, now=now)


def test_hidden_stage_hides_its_deals_everywhere(scope, make_deal, pipeline, stages, limit, now):
    hidden, shown = make_deal("hidden", stage=stages["second"]), make_deal("shown")
    member = limit(**at(stages["second"], "hidden"))
    for action in ("view", "edit", "export"):
        assert list(Deal.objects.visible_to(member, action)) == [shown]
    with pytest.raises(NotAllowed):
        update_deal(deal=hidden, by=member, now=now, city="Тверь")
    reader = BoardReader(
        pipeline=pipeline,
        deals=Deal.objects.visible_to(member),
        member=member,
        now=now,
        link=lambda **c: "",
    )
    assert [column.head.name for column in reader.read().columns] == [
        stages["first"].name,
        stages["third"].name,
    ]


def test_hidden_pipeline_shows_the_stages_it_says_so_of(scope, make_deal, pipeline, stages, limit):
    make_deal("hidden"), make_deal("shown", stage=stages["third"])
    member = limit(all="hidden", **at(stages["third"], "view"))
    assert [deal.title for deal in Deal.objects.visible_to(member)] == ["shown"]
    assert level_of(member.role, pipeline.pk, stages["first"].pk) == Level.HIDDEN
    new = Stage.objects.create(pipeline=pipeline, name="New")
    assert level_of(member.role, pipeline.pk, new.pk) == Level.HIDDEN


def test_hidden_pipeline_has_no_board(limit, pipeline, client_of):
    member = limit(all="hidden")
    assert client_of(member).get(f"{BOARD}?pipeline={pipeline.pk}").status_code == 404
    assert client_of(member).get(BOARD).context.get("board") is None


def test_board_offers_no_menu_and_no_plus_where_deals_are_only_seen(
    make_deal, stages, pipeline, limit, client_of
):
    deal = make_deal()
    member = limit(**at(stages["first"], "view"))
    html = client_of(member).get(BOARD).content.decode()
    assert f'data-card="{deal.pk}"' in html
    assert reverse("deals:move", args=[deal.pk]) not in html
    assert f'data-quick="{stages["first"].pk}"' not in html
    assert f'data-quick="{stages["second"].pk}"' in html
    assert "data-locked" in html


def test_drag_into_a_stage_only_seen_is_refused_with_the_reason(
    tenant, make_deal, stages, pipeline, limit, client_of
):
    deal = make_deal()
    member = limit(**at(stages["second"], "view"))
    sent = {"drag": "1", "stage": str(stages["second"].pk), "board": f"pipeline={pipeline.pk}"}
    answer = client_of(member).post(
        reverse("deals:move", args=[deal.pk]), sent, headers={"HX-Request": "true"}
    )
    assert answer.status_code == 403
    assert stages["second"].name in answer.content.decode()
    with tenant_scope(tenant):
        assert Deal.objects.get().stage == stages["first"]


def test_move_dialog_and_forms_offer_only_stages_one_brings_deals_into(make_deal, stages, limit, client_of):
    deal = make_deal()
    client = client_of(limit(**at(stages["second"], "view")))
    second, third = str(stages["second"].pk), str(stages["third"].pk)
    for page in (reverse("deals:move", args=[deal.pk]), reverse("deals:create")):
        html = client.get(page).content.decode()
        assert third in html and second not in html
    page = client.get(reverse("deals:detail", args=[deal.pk])).content.decode()
    assert f'value="{third}"' in page and f'value="{second}"' not in page


def test_only_administrators_change_rights(scope, tenant, pipeline, head, alice):
    with pytest.raises(AdministratorsOnly):
        set_pipeline_rights(by=head, pipeline_id=pipeline.pk, levels={alice.role: {"all": "view"}})


def test_nobody_hands_out_a_role_that_reaches_further(scope, pipeline, stages, limit, bob):
    narrow = limit(all="view").role
    giver = Membership(role=Role(name="G", grants=narrow.grants, pipeline_rights=narrow.pipeline_rights))
    assert covers(giver, narrow)
    wide = Role(name="W", grants=narrow.grants, pipeline_rights={})
    assert not covers(giver, wide)
    sly = {str(pipeline.pk): {"all": "view", str(stages["first"].pk): "full"}}
    assert not covers(giver, Role(name="S", grants=narrow.grants, pipeline_rights=sly))


def test_rights_page_shows_and_keeps_levels(tenant, admin, alice, pipeline, stages, client_of):
    page = reverse("deals:pipeline_rights", args=[pipeline.pk])
    role, first = alice.role, stages["first"]
    sent = {f"{role.pk}.all": "view", f"{role.pk}.{first.pk}": "full", f"{role.pk}.{stages['second'].pk}": ""}
    assert client_of(admin).post(page, sent).status_code == 302
    with tenant_scope(tenant):
        kept = Role.objects.get(pk=role.pk).pipeline_rights
        assert kept == {str(pipeline.pk): {"all": "view", str(first.pk): "full"}}
    html = client_of(admin).get(page).content.decode()
    assert html.count('value="view" selected') == 1
    assert client_of(admin).post(page, {f"{role.pk}.all": "nonsense"}).status_code == 422


def test_rights_page_is_read_by_others_and_changed_by_none_of_them(
    tenant, head, alice, pipeline, client_of, scope_settings
):
    page = reverse("deals:pipeline_rights", args=[pipeline.pk])
    reader = scope_settings(head)
    assert "<select" not in client_of(reader).get(page).content.decode()
    assert client_of(reader).post(page, {f"{alice.role.pk}.all": "view"}).status_code == 403


@pytest.fixture
def scope_settings(tenant):
    """Return a function that lets a member's role into the settings."""

    def widen(member: Membership, **grants: dict[str, str]) -> Membership:
        with tenant_scope(tenant):
            role = Role.objects.get(pk=member.role_id)
            role.grants = role.grants | {"settings": {"view": "all", "edit": "all", "delete": "all"}} | grants
            role.save()
        return member

    return widen


def test_deleting_stages_is_a_right_of_its_own(head, stages, client_of, scope_settings):
    page = reverse("deals:stage_delete", args=[stages["second"].pk])
    pipeline = reverse("deals:pipeline", args=[stages["second"].pipeline_id])
    client = client_of(scope_settings(head))
    assert client.get(page).status_code == 403
    assert page not in client.get(pipeline).content.decode()
    client = client_of(scope_settings(head, stages={"delete": "all"}))
    assert client.get(page).status_code == 200
    assert page in client.get(pipeline).content.decode()


def test_copy_of_a_pipeline_has_its_stages_demands_and_rights_and_no_deals(
    scope, make_deal, pipeline, stages, limit
):
    make_deal()
    member = limit(all="view", **at(stages["first"], "hidden"))
    copy = copy_pipeline(pipeline=pipeline, name="Copy")
    fields = ("name", "kind", "color", "position", "probability_percent", "is_shown")
    assert list(copy.stages.values_list(*fields)) == list(pipeline.stages.values_list(*fields))
    assert not copy.deals.exists()
    role = Role.objects.get(pk=member.role_id)
    twin = copy.stages.get(name=stages["first"].name)
    assert role.pipeline_rights[str(copy.pk)] == {"all": "view", str(twin.pk): "hidden"}
