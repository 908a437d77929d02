"""Creating, editing, assigning and deleting deals."""

from __future__ import annotations

from decimal import Decimal

import pytest

from activities.models import Activity, Notification
from conftest import make_member
from contacts.models import Company, Contact
from core.tenancy import tenant_scope
from deals.errors import (
    DealChangedMeanwhile,
    DealGone,
    MissingFields,
    NotAllowed,
    PipelineArchived,
    PipelineWithoutStages,
    WrongStage,
)
from deals.models import Deal, Stage, StageChange
from deals.services import (
    archive_pipeline,
    assign_deal,
    create_deal,
    create_pipeline,
    delete_deal,
    restore_deal,
    set_requirements,
    update_deal,
)
from deals.setup import create_starter_pipeline
from tenants.models import Role


def codes(deal: Deal) -> list[str]:
    return [a.data["code"] for a in Activity.objects.filter(deal=deal, kind="change").order_by("id")]


def test_create_deal_stands_on_top_of_the_first_stage(scope, pipeline, stages, alice, now):
    older = create_deal(title="Older", pipeline=pipeline, by=alice, now=now)
    deal = create_deal(title=" Machine ", pipeline=pipeline, by=alice, now=now, amount=Decimal("100.50"))
    assert (deal.title, deal.stage, deal.state, deal.owner) == ("Machine", stages["first"], "open", alice)
    assert deal.number == older.number + 1
    assert deal.rank < older.rank
    assert deal.currency == pipeline.currency
    assert deal.created_at == deal.stage_entered_at == now


def test_create_deal_writes_history_and_one_timeline_entry(scope, pipeline, stages, alice, now):
    deal = create_deal(title="Machine", pipeline=pipeline, by=alice, now=now, amount=Decimal(5))
    change = StageChange.objects.get(deal=deal)
    assert (change.from_stage, change.to_stage, change.seconds_in_from) == (None, stages["first"], None)
    assert (change.amount, change.by, change.at) == (Decimal(5), alice, now)
    assert codes(deal) == ["deal_created"]


def test_create_deal_is_called_after_its_client_when_untitled(scope, pipeline, alice, now):
    contact = Contact.objects.create(name="Анна Кузьмина")
    company = Company.objects.create(name="Север")
    assert (
        create_deal(title="", pipeline=pipeline, by=alice, now=now, contact=contact).title == "Анна Кузьмина"
    )
    assert (
        create_deal(title="", pipeline=pipeline, by=alice, now=now, contact=contact, company=company).title
        == "Север"
    )
    nameless = create_deal(title="  ", pipeline=pipeline, by=alice, now=now)
    assert nameless.title == f"#{nameless.number}"


def test_create_deal_asks_what_the_stage_demands(scope, pipeline, stages, alice, now):
    set_requirements(stage=stages["first"], enter=["city", "amount"])
    with pytest.raises(MissingFields) as refusal:
        create_deal(title="Machine", pipeline=pipeline, by=alice, now=now, amount=Decimal(0))
    assert refusal.value.fields == ["city"]
    assert not Deal.objects.exists()
    assert (
        create_deal(title="M", pipeline=pipeline, by=alice, now=now, amount=Decimal(0), city="Тверь").city
        == "Тверь"
    )


def test_create_deal_refuses_a_stage_of_another_pipeline(scope, pipeline, alice, now):
    other = create_starter_pipeline(template="service")
    with pytest.raises(WrongStage):
        create_deal(title="M", pipeline=pipeline, stage=other.stages.first(), by=alice, now=now)


def test_create_deal_refuses_an_archived_pipeline_and_one_without_stages(scope, pipeline, alice, now):
    bare = create_pipeline(name="Bare", currency="RUB")
    with pytest.raises(PipelineWithoutStages):
        create_deal(title="M", pipeline=bare, by=alice, now=now)
    archive_pipeline(pipeline=pipeline)
    with pytest.raises(PipelineArchived):
        create_deal(title="M", pipeline=pipeline, by=alice, now=now)


def test_create_deal_refuses_a_member_who_may_not_add(scope, tenant, pipeline, now):
    marketer = make_member(tenant, "Mark", Role.Code.MARKETER)
    with pytest.raises(NotAllowed):
        create_deal(title="M", pipeline=pipeline, by=marketer, now=now)


def test_create_deal_tells_the_owner_when_somebody_else_made_it(scope, pipeline, alice, bob, now):
    create_deal(title="Own", pipeline=pipeline, by=alice, now=now)
    assert not Notification.objects.exists()
    create_deal(title="For Bob", pipeline=pipeline, by=alice, owner=bob, now=now)
    assert Notification.objects.get().member == bob


def test_create_deal_refuses_a_field_nobody_knows(scope, pipeline, alice, now):
    with pytest.raises(TypeError):
        create_deal(title="M", pipeline=pipeline, by=alice, now=now, colour="red")


def test_update_deal_records_what_changed_once(scope, make_deal, alice, now):
    deal = make_deal(amount=Decimal(100))
    changed = update_deal(deal=deal, by=alice, now=now, amount=Decimal(250), city="Тверь", title=deal.title)
    entry = Activity.objects.get(deal=deal, data__code="fields_changed")
    assert {f["field"]: (f["from"], f["to"]) for f in entry.data["fields"]} == {
        "amount": ("100.00", "250"),
        "city": ("", "Тверь"),
    }
    assert changed.version == deal.version + 1
    assert changed.changed_by == alice


def test_update_deal_that_changes_nothing_writes_nothing(scope, make_deal, alice, now):
    deal = make_deal(city="Тверь")
    assert update_deal(deal=deal, by=alice, now=now, city="Тверь").version == deal.version
    assert codes(deal) == ["deal_created"]


def test_update_deal_refuses_an_older_page_and_names_who_was_faster(scope, make_deal, alice, head, now):
    deal = make_deal()
    update_deal(deal=deal, by=head, now=now, city="Тверь")
    with pytest.raises(DealChangedMeanwhile, match="Helen") as refusal:
        update_deal(deal=deal, by=alice, now=now, version=deal.version, city="Клин")
    assert refusal.value.status == 409
    assert Deal.objects.get().city == "Тверь"


def test_update_deal_refuses_to_empty_what_its_stage_demands(scope, make_deal, stages, alice, now):
    deal = make_deal(city="Тверь", note="x")
    set_requirements(stage=stages["first"], enter=["city", "source"])
    with pytest.raises(MissingFields) as refusal:
        update_deal(deal=deal, by=alice, now=now, city=" ", note="")
    assert refusal.value.fields == ["city"]
    # What was empty before the stage demanded it does not stand in the way of other edits.
    assert update_deal(deal=deal, by=alice, now=now, note="").note == ""


def test_update_deal_refuses_stage_and_state(scope, make_deal, stages, alice, now):
    for values in ({"stage": stages["won"]}, {"state": "won"}, {"rank": 1.0}):
        with pytest.raises(TypeError):
            update_deal(deal=make_deal(), by=alice, now=now, **values)


def test_update_deal_refuses_a_deal_out_of_reach(scope, make_deal, bob, head, now):
    deal = make_deal()
    with pytest.raises(NotAllowed):
        update_deal(deal=deal, by=bob, now=now, city="Тверь")
    assert update_deal(deal=deal, by=head, now=now, city="Тверь").city == "Тверь"


def test_assign_deal_tells_the_new_owner_and_the_timeline(scope, make_deal, alice, bob, now):
    deal = assign_deal(deal=make_deal(), owner=bob, by=alice, now=now)
    assert deal.owner == bob
    entry = Activity.objects.get(data__code="owner_changed")
    assert (entry.data["from"], entry.data["to"]) == (str(alice), str(bob))
    assert Notification.objects.get().member == bob
    assert not Deal.objects.visible_to(alice).exists()


def test_delete_deal_hides_and_restore_brings_back(scope, make_deal, head, stages, now):
    deal = delete_deal(deal=make_deal(), by=head, now=now)
    assert not Deal.objects.present().exists()
    with pytest.raises(DealGone):
        update_deal(deal=deal, by=head, now=now, city="Тверь")
    back = restore_deal(deal=deal, by=head, now=now)
    assert (back.deleted_at, back.stage) == (None, stages["first"])
    assert codes(back) == ["deal_created", "deal_deleted", "deal_restored"]
    assert restore_deal(deal=back, by=head, now=now).version == back.version


def test_delete_deal_needs_the_right_to_delete(scope, make_deal, alice, now):
    with pytest.raises(NotAllowed):
        delete_deal(deal=make_deal(), by=alice, now=now)
    assert Deal.objects.present().count() == 1


def test_deal_is_searched_by_its_words_its_client_and_the_end_of_a_phone(scope, make_deal, alice, now):
    from contacts.identity import get_or_create_contact, phone_keys

    contact, _created = get_or_create_contact(
        name="Пётр Ёлкин", keys=phone_keys("+7 916 204-18-77", "RU"), now=now
    )
    company = Company.objects.create(name="Север", search_text="север")
    deal = make_deal("Кофемашина «Аврора»", contact=contact, company=company)
    make_deal("Холодильник")
    for text in (
        "аврора",
        "АВРОРА кофе",
        "елкин",
        "Ёлкин",
        "север",
        "1877",
        "8 916 204-18-77",
        f"#{deal.number}",
    ):
        assert [d.pk for d in Deal.objects.search(text)] == [deal.pk], text
    assert not Deal.objects.search("100%").exists()
    assert Deal.objects.search("").count() == 2


def test_search_finds_nothing_of_another_tenant(tenant, other_tenant, make_deal):
    make_deal("Аврора")
    with tenant_scope(other_tenant):
        assert not Deal.objects.search("аврора").exists()
        assert not Stage.objects.exists()
