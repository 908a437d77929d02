"""Pairs of likely duplicates: found, kept fresh, decided about, and shown to who may see both cards."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from conftest import make_tenant
from contacts import tasks
from contacts.duplicates import finding, waiting
from contacts.duplicates.decisions import PairDecided, mark_distinct, revoke_decision
from contacts.duplicates.finding import FIRMS, PEOPLE, look_around, look_everywhere
from contacts.identity import email_keys, likely_matches, messenger_key, phone_keys
from contacts.models import (
    Company,
    CompanyMatchKey,
    CompanyPair,
    Contact,
    ContactMatchKey,
    ContactPair,
    LegalDetails,
    Pair,
)
from contacts.services import (
    add_key,
    create_company,
    create_contact,
    delete_contact,
    link_company,
    restore_contact,
    save_legal_details,
    update_contact,
)
from core.tenancy import tenant_scope
from tenants.models import Job, Membership, Tenant

NOW = dt.datetime(2026, 11, 17, 8, tzinfo=dt.UTC)
SignIn = Callable[[Membership], Client]


def contact(name: str, *numbers: str, **fields: Any) -> Contact:
    keys = [key for number in numbers for key in phone_keys(number, "RU")]
    return create_contact(by=None, now=NOW, name=name, keys=keys, **fields)


def pairs() -> set[tuple[frozenset[str], int]]:
    rows = ContactPair.objects.likely().select_related("first", "second")
    return {(frozenset((row.first.name, row.second.name)), row.score) for row in rows}


def names() -> set[frozenset[str]]:
    return {both for both, _score in pairs()}


@pytest.fixture
def doubles(scope: Tenant) -> list[Contact]:
    return [
        contact("Мария Белозёрова", "+79161234567"),
        contact("Белозерова Маша", "+79161234568"),
        contact("Олег Ким", "+79031112233"),
    ]


# --- Finding -----------------------------------------------------------------------------------------
def test_changed_card_meets_its_double(doubles: list[Contact]) -> None:
    assert look_around(PEOPLE, [doubles[0].pk]) == 0, "the others have no keys yet"
    assert look_around(PEOPLE, [doubles[1].pk, doubles[2].pk]) == 1
    [(both, score)] = pairs()
    assert both == {"Мария Белозёрова", "Белозерова Маша"} and score >= 80
    assert [code for code, _params in ContactPair.objects.get().reasons] == ["name_short", "phone_near"]


def test_whole_base_and_single_cards_find_the_same(doubles: list[Contact], scope: Tenant) -> None:
    for one in doubles:
        look_around(PEOPLE, [one.pk])
    found = pairs()
    ContactPair.objects.all().delete()
    ContactMatchKey.objects.all().delete()
    steps: list[tuple[int, int]] = []
    progress = lambda done, total: steps.append((done, total))  # noqa: E731
    assert look_everywhere(PEOPLE, tenant_id=scope.pk, progress=progress) == len(found)
    assert pairs() == found
    assert steps[-1] == (6, 6) and steps == sorted(steps)


def test_pair_goes_when_its_cards_change_and_comes_back(doubles: list[Contact]) -> None:
    ids = [one.pk for one in doubles]
    look_around(PEOPLE, ids)
    update_contact(contact=doubles[1], by=None, now=NOW, name="Анна Петрова")
    look_around(PEOPLE, [doubles[1].pk])
    assert not ContactPair.objects.exists()
    update_contact(contact=doubles[1], by=None, now=NOW, name="Маша Белозёрова")
    look_around(PEOPLE, [doubles[1].pk])
    assert ContactPair.objects.count() == 1


def test_deleted_card_is_offered_to_nobody(doubles: list[Contact], admin: Membership) -> None:
    look_around(PEOPLE, [one.pk for one in doubles])
    delete_contact(contact=doubles[1], by=admin, now=NOW)
    assert names() == set()
    look_around(PEOPLE, [doubles[1].pk])
    assert not ContactMatchKey.objects.filter(contact=doubles[1]).exists()
    restore_contact(contact=doubles[1], by=admin, now=NOW)
    look_around(PEOPLE, [doubles[1].pk])
    assert len(names()) == 1


def test_name_that_many_have_brings_nobody_together(scope: Tenant) -> None:
    crowd = [contact("Александр Иванов") for _number in range(25)]
    near = [contact("Александр Иванов", number) for number in ("+79161234567", "+79161234561")]
    look_around(PEOPLE, [one.pk for one in (*crowd, *near)])
    assert ContactPair.objects.count() == 1, "only those whose phones differ by one digit"
    [pair] = ContactPair.objects.all()
    assert {pair.first_id, pair.second_id} == {one.pk for one in near}


def test_whole_base_drops_pairs_nobody_finds_any_more(doubles: list[Contact], scope: Tenant) -> None:
    look_around(PEOPLE, [one.pk for one in doubles])
    Contact.objects.filter(pk=doubles[1].pk).update(
        last_name="Петрова", first_name="Анна", name="Анна Петрова"
    )
    look_everywhere(PEOPLE, tenant_id=scope.pk)
    assert not ContactPair.objects.exists()


def test_companies_of_one_inn(scope: Tenant) -> None:
    firms = [create_company(name=name, by=None, now=NOW) for name in ("Цветы", "ООО Флора", "Лес")]
    for firm in firms[:2]:
        save_legal_details(details=LegalDetails(company=firm, title="ООО", inn="7707083893"))
    look_around(FIRMS, [firm.pk for firm in firms])
    pair = CompanyPair.objects.get()
    assert {pair.first, pair.second} == set(firms[:2])
    assert [code for code, _params in pair.reasons] == ["same_inn"]


def test_other_tenants_cards_are_never_compared(doubles: list[Contact], scope: Tenant) -> None:
    look_around(PEOPLE, [one.pk for one in doubles])
    found = pairs()
    assert found


def test_tenants_do_not_meet(db: None) -> None:
    one, other = make_tenant(), make_tenant()
    for tenant in (one, other):
        with tenant_scope(tenant):
            contact("Мария Белозёрова", "+79161234567")
    for tenant in (one, other):
        look_everywhere(PEOPLE, tenant_id=tenant.pk)
        with tenant_scope(tenant):
            assert not ContactPair.objects.exists()


# --- Kept fresh --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [
        lambda one, firm: update_contact(contact=one, by=None, now=NOW, name="Другая"),
        lambda one, firm: add_key(contact=one, key=messenger_key("telegram", 5)[0], by=None, now=NOW),
        lambda one, firm: link_company(contact=one, company=firm),
        lambda one, firm: delete_contact(contact=one, by=None, now=NOW),
    ],
)
def test_changed_contact_waits_to_be_compared(scope: Tenant, change: Callable[..., Any]) -> None:
    one, firm = contact("Мария Белозёрова"), create_company(name="Ромашка", by=None, now=NOW)
    assert waiting.work_off(scope.pk) == 2
    assert not Contact.objects.filter(compared_at=None).exists()
    change(Contact.objects.get(pk=one.pk), firm)
    assert list(Contact.objects.filter(compared_at=None)) == [one]


def test_changed_company_waits_to_be_compared(scope: Tenant) -> None:
    firm = create_company(name="Ромашка", by=None, now=NOW)
    waiting.work_off(scope.pk)
    save_legal_details(details=LegalDetails(company=Company.objects.get(), title="ООО", inn="7707083893"))
    assert list(Company.objects.filter(compared_at=None)) == [firm]
    waiting.work_off(scope.pk)
    assert CompanyMatchKey.objects.filter(value="i:7707083893").count() == 1


def test_sweeper_asks_only_tenants_with_waiting_cards(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    quiet, busy = make_tenant(), make_tenant()
    with tenant_scope(busy):
        contact("Мария Белозёрова")
    sent: list[int] = []
    monkeypatch.setattr(
        tasks.compare_changed, "apply_async", lambda *, kwargs, retry: sent.append(kwargs["tenant_id"])
    )
    tasks.sweep_changed.run()
    assert busy.pk in sent and quiet.pk not in sent
    assert tasks.compare_changed.run(tenant_id=busy.pk) == 1
    sent.clear()
    tasks.sweep_changed.run()
    assert busy.pk not in sent


def test_cards_that_break_do_not_stop_the_others(
    scope: Tenant, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(waiting, "BATCH", 1)
    bad, good = contact("Плохая Карточка"), contact("Мария Белозёрова")
    real = waiting.look_around

    def look(kind: Any, ids: Any) -> int:
        if ids == [bad.pk]:
            raise ValueError
        return real(kind, ids)

    monkeypatch.setattr(waiting, "look_around", look)
    assert waiting.work_off(scope.pk) == 2
    assert ContactMatchKey.objects.filter(contact=good).exists() and "could not be compared" in caplog.text
    assert waiting.work_off(scope.pk) == 0


def test_job_looks_through_both_and_reports(doubles: list[Contact], scope: Tenant, admin: Membership) -> None:
    job = Job.objects.create(member=admin, kind=finding.JOB, title="all")
    tasks.find_duplicates.run(tenant_id=scope.pk, job_id=str(job.pk))
    done = Job.objects.get()
    assert (done.state, done.report) == (Job.State.DONE, {"contacts": 1, "companies": 0})
    assert done.done_count == done.total_count == 6


# --- Decided -----------------------------------------------------------------------------------------
def test_not_the_same_is_never_offered_again(
    doubles: list[Contact], scope: Tenant, admin: Membership
) -> None:
    look_around(PEOPLE, [one.pk for one in doubles])
    pair = ContactPair.objects.get()
    mark_distinct(pair=pair, by=admin, now=NOW)
    look_around(PEOPLE, [one.pk for one in doubles])
    look_everywhere(PEOPLE, tenant_id=scope.pk)
    assert names() == set() and ContactPair.objects.get().decided_by == admin
    with pytest.raises(PairDecided):
        mark_distinct(pair=pair, by=admin, now=NOW)
    revoke_decision(pair=pair)
    assert len(names()) == 1
    with pytest.raises(PairDecided):
        revoke_decision(pair=pair)


# --- While one types ---------------------------------------------------------------------------------
def test_hint_knows_short_names_and_phones_off_by_one(doubles: list[Contact]) -> None:
    look_around(PEOPLE, [one.pk for one in doubles])
    with translation.override("en"):
        found = likely_matches(name="Maria Belozerova", phone="+7 916 123-45-66")
    assert [match.title for match in found] == ["Мария Белозёрова", "Белозерова Маша"]
    assert found[0].reason == "The same name, the phone differs by one digit" and not found[0].is_exact


def test_hint_puts_the_same_phone_first(doubles: list[Contact]) -> None:
    look_around(PEOPLE, [one.pk for one in doubles])
    found = likely_matches(name="Мария Белозёрова", phone="+79031112233")
    assert [match.title for match in found][0] == "Олег Ким" and found[0].is_exact


def test_hint_offers_open_and_use(tenant: Tenant, admin: Membership, client_of: SignIn) -> None:
    with tenant_scope(tenant):
        known = contact("Мария Белозёрова", "+79161234567")
        look_around(PEOPLE, [known.pk])
    body = client_of(admin).get(reverse("contacts:hint"), {"name": "Белозерова Мария"}).content.decode()
    assert reverse("contacts:detail", args=[known.pk]) in body and f'name="use" value="{known.pk}"' in body


def test_hint_lets_use_only_what_one_may_edit(tenant: Tenant, alice: Membership, client_of: SignIn) -> None:
    with tenant_scope(tenant):
        known = contact("Мария Белозёрова", "+79161234567")
    body = client_of(alice).get(reverse("contacts:hint"), {"phone": "+79161234567"}).content.decode()
    assert reverse("contacts:detail", args=[known.pk]) in body and 'name="use"' not in body


def test_using_a_known_card_adds_what_was_typed(tenant: Tenant, admin: Membership, client_of: SignIn) -> None:
    with tenant_scope(tenant):
        known = contact("Мария Белозёрова", "+79161234567", comment="старый")
    typed = {
        "name": "Маша", "phone": "+79161112233", "email": "m@x.ru", "company": "Ромашка", "position": "директор",
        "comment": "новый", "use": str(known.pk),
    }  # fmt: skip
    answer = client_of(admin).post(reverse("contacts:create"), typed)
    assert answer["Location"] == reverse("contacts:detail", args=[known.pk])
    with tenant_scope(tenant):
        card = Contact.objects.get()
        assert {key.value for key in card.keys.all()} == {"+79161234567", "+79161112233", "m@x.ru"}
        assert (card.name, card.position, card.comment) == ("Мария Белозёрова", "директор", "старый")
        assert [company.name for company in card.companies.all()] == ["Ромашка"]


def test_using_a_card_one_may_not_edit_is_not_found(
    tenant: Tenant, alice: Membership, client_of: SignIn
) -> None:
    with tenant_scope(tenant):
        known = contact("Мария Белозёрова")
    answer = client_of(alice).post(reverse("contacts:create"), {"name": "Маша", "use": str(known.pk)})
    assert answer.status_code == 404


def test_using_a_known_company_adds_the_inn_once(
    tenant: Tenant, admin: Membership, client_of: SignIn
) -> None:
    client = client_of(admin)
    with tenant_scope(tenant):
        known = create_company(name="Ромашка", by=None, now=NOW)
    typed = {
        "name": "ООО Ромашка",
        "inn": "7707083893",
        "phone": "+74951234567",
        "site": "romashka.ru",
        "use": str(known.pk),
    }
    for _time in range(2):
        assert client.post(reverse("contacts:company_create"), typed).status_code == 302
    with tenant_scope(tenant):
        card = Company.objects.get()
        assert (card.points.count(), card.legal_details.count(), card.site) == (1, 1, "romashka.ru")


# --- Pages -------------------------------------------------------------------------------------------
@pytest.fixture
def found(tenant: Tenant) -> list[Contact]:
    with tenant_scope(tenant):
        made = [contact("Мария Белозёрова", "+79161234567"), contact("Белозерова Маша", "+79161234568")]
        look_around(PEOPLE, [one.pk for one in made])
        return made


def pair_url(tenant: Tenant) -> str:
    with tenant_scope(tenant):
        return reverse("contacts:pair_distinct", args=[ContactPair.objects.get().pk])


def test_list_shows_pairs_with_reasons(
    tenant: Tenant, found: list[Contact], admin: Membership, client_of: SignIn
) -> None:
    body = client_of(admin).get(reverse("contacts:duplicate_list")).content.decode()
    assert "телефон отличается одной цифрой" in body and "почти наверняка" in body
    assert f"?ids={found[0].pk}&amp;ids={found[1].pk}" in body
    assert (
        "Белозерова"
        not in client_of(admin).get(reverse("contacts:duplicate_list") + "?state=distinct").content.decode()
    )


def test_list_and_panel_show_no_card_out_of_reach(
    tenant: Tenant, found: list[Contact], alice: Membership, client_of: SignIn
) -> None:
    client = client_of(alice)  # sees all contacts, edits her own
    body = client.get(reverse("contacts:duplicate_list")).content.decode()
    assert "Белозерова" in body and "?ids=" not in body
    with tenant_scope(tenant):
        alice.role.grants["contacts"]["view"] = "own"
        alice.role.save()
        update_contact(contact=found[0], by=None, now=NOW, owner=alice)
    assert "Белозерова" not in client.get(reverse("contacts:duplicate_list")).content.decode()
    panel = client.get(reverse("contacts:duplicates_panel", args=[found[0].pk]))
    assert panel.status_code == 200 and "Белозерова" not in panel.content.decode()


def test_list_pages_by_likelihood(tenant: Tenant, admin: Membership, client_of: SignIn) -> None:
    with tenant_scope(tenant):
        for number in range(25):
            one, other = contact(f"Anna Number{number}"), contact(f"Anna Number{number}")
            ContactPair.objects.create(first=one, second=other, score=50 + number, reasons=[])
    client = client_of(admin)
    first = client.get(reverse("contacts:duplicate_list"))
    cards = first.content.decode().count('class="pair"')
    next_url = first.context["next_url"]
    second = client.get(reverse("contacts:duplicate_list") + next_url).content.decode()
    assert (cards, second.count('class="pair"')) == (20, 5)
    assert "Number24" in first.content.decode() and "Number0<" in second
    sure = client.get(reverse("contacts:duplicate_list") + "?level=likely").content.decode()
    assert sure.count('class="pair"') == 10


def test_not_the_same_is_remembered_from_the_list(
    tenant: Tenant, found: list[Contact], admin: Membership, client_of: SignIn
) -> None:
    client, url = client_of(admin), pair_url(tenant)
    answer = client.post(url, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and f"{url}?revoke=1" in answer["HX-Trigger"]
    with tenant_scope(tenant):
        assert ContactPair.objects.get().state == Pair.State.DISTINCT
    assert client.post(f"{url}?revoke=1", headers={"HX-Request": "true"}).status_code == 200
    assert client.post(f"{url}?revoke=1").status_code == 409
    without_scripts = client.post(url, {"card": str(found[0].pk)})
    assert without_scripts["Location"] == reverse("contacts:detail", args=[found[0].pk])


def test_deciding_takes_the_right_to_edit_both(
    tenant: Tenant, found: list[Contact], alice: Membership, client_of: SignIn
) -> None:
    with tenant_scope(tenant):
        update_contact(contact=found[0], by=None, now=NOW, owner=alice)
    assert client_of(alice).post(pair_url(tenant)).status_code == 404


def test_card_counts_its_possible_duplicates(
    tenant: Tenant, found: list[Contact], admin: Membership, client_of: SignIn
) -> None:
    client = client_of(admin)
    card = client.get(reverse("contacts:detail", args=[found[0].pk])).content.decode()
    panel = reverse("contacts:duplicates_panel", args=[found[0].pk])
    assert panel in card
    body = client.get(panel).content.decode()
    assert "Белозерова Маша" in body and "Возможные дубли" in body


def test_look_starts_one_job(
    tenant: Tenant,
    found: list[Contact],
    admin: Membership,
    client_of: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[Any] = []
    monkeypatch.setattr(tasks.find_duplicates, "after_commit", lambda **kwargs: started.append(kwargs))
    client = client_of(admin)
    for _time in range(2):
        assert client.post(reverse("contacts:duplicates_look")).status_code == 302
    assert len(started) == 1
    body = client.get(reverse("contacts:duplicate_list")).content.decode()
    assert 'role="progressbar"' in body and "every 2s" in body
    part = client.get(
        reverse("contacts:duplicate_list") + "?part=look", headers={"HX-Request": "true"}
    ).content.decode()
    assert part.strip().startswith('<div id="look"')


def test_list_costs_the_same_for_many_pairs(
    tenant: Tenant, admin: Membership, client_of: SignIn, django_assert_max_num_queries: Any
) -> None:
    client = client_of(admin)
    with tenant_scope(tenant):
        for number in range(20):
            one, other = (
                contact(f"Anna Number{number}", f"+7916000{number:04}"),
                contact(f"Anna Number{number}"),
            )
            link_company(contact=one, company=create_company(name=f"Firm {number}", by=None, now=NOW))
            ContactPair.objects.create(first=one, second=other, score=50 + number, reasons=[])
    client.get(reverse("contacts:duplicate_list"))
    with django_assert_max_num_queries(24):
        client.get(reverse("contacts:duplicate_list"))


def test_mail_twins_are_found(scope: Tenant) -> None:
    for mail in ("m.belozerova@mail.ru", "mbelozerova@gmail.com"):
        create_contact(by=None, now=NOW, name="Мария Белозёрова", keys=email_keys(mail))
    look_everywhere(PEOPLE, tenant_id=scope.pk)
    with translation.override("ru"):
        assert [both for both, score in pairs() if score >= 80] == [frozenset({"Мария Белозёрова"})]
