"""Loading contacts: what a row becomes, duplicates, undo, crash, rights."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.models import Activity
from contacts.identity import Key
from contacts.importing import running, services
from contacts.importing.reporting import kept_of, mistakes_csv, mistakes_of
from contacts.models import Company, Contact, IdentityKey, Import, ImportBite
from contacts.search_text import refresh_contact
from contacts.services import create_contact, update_contact
from contacts.sources.services import create_source
from contacts.tests.importing import brought, checked, loaded, names, table, tally, undone, uploaded, work
from core.tenancy import tenant_scope
from tenants.models import Job

pytestmark = pytest.mark.django_db
IVAN = {
    "ФИО": "Иванов Иван",
    "Телефон": "8 (916) 204-18-77",
    "Почта": "IVAN@example.com",
    "Компания": "ООО «Ромашка»",
}
OLGA = {
    "ФИО": "Ольга Петрова",
    "Телефон": "+7 495 123-45-67; 8 903 222 33 44",
    "Почта": "",
    "Компания": "Ромашка, ооо",
}


def keys_of(contact: Contact) -> set[str]:
    return set(contact.keys.values_list("value", flat=True))


def test_rows_become_contacts_with_keys_companies_and_history(tenant, admin):
    done = brought([IVAN, OLGA], admin)
    assert tally(done) == (2, 0, 0, 0)
    with tenant_scope(tenant):
        ivan, olga = Contact.objects.order_by("name")
        assert (ivan.name, ivan.last_name, ivan.first_name) == ("Иванов Иван", "Иванов", "Иван")
        assert keys_of(ivan) == {"+79162041877", "ivan@example.com"}
        assert keys_of(olga) == {"+74951234567", "+79032223344"}
        assert list(olga.keys.filter(is_primary=True).values_list("value", flat=True)) == ["+74951234567"]
        company = Company.objects.get()
        assert company.name == "ООО «Ромашка»" and set(company.contacts.all()) == {ivan, olga}
        assert ivan.created_by == admin and ivan.activities.get().data["code"] == "contact_created"
        assert ImportBite.objects.get().rows[0][:3] == [2, "created", str(ivan.pk)]


def test_imported_contact_is_found_by_the_text_it_would_have_got_one_by_one(tenant, admin):
    brought([IVAN], admin)
    with tenant_scope(tenant):
        contact = Contact.objects.get()
        before = contact.search_text
        refresh_contact(contact)
        assert before and contact.search_text == before


def test_owner_source_tags_consent_and_dates_are_read(tenant, admin, bob):
    with tenant_scope(tenant):
        source = create_source(name="Выставка", by=admin)
    row = {
        "Фамилия": "Смирнова", "Имя": "Анна", "Отчество": "Ильинична", "Мобильный телефон": "9162041877",
        "Ответственный": bob.email, "Источник": "выставка", "Теги": "vip, опт; vip", "Согласие": "да",
        "Дата создания": "20.11.2024 12:30", "Должность": "Директор", "Комментарий": "строка 1\nстрока 2",
    }  # fmt: skip
    brought([row], admin, tags=["загрузка"])
    with tenant_scope(tenant):
        anna = Contact.objects.get()
        assert (anna.name, anna.owner, anna.source) == ("Анна Ильинична Смирнова", bob, source)
        assert anna.tags == ["vip", "опт", "загрузка"] and anna.consented_at is not None
        assert anna.created_at.isoformat() == "2024-11-20T09:30:00+00:00"
        assert anna.comment == "строка 1\nстрока 2" and anna.position == "Директор"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"Телефон": "спросить", "ФИО": "А"}, "«спросить»"),
        ({"Почта": "нет", "ФИО": "А"}, "«нет»"),
        ({"Ответственный": "Никто", "ФИО": "А"}, "«Никто»"),
        ({"Источник": "Луна", "ФИО": "А"}, "«Луна»"),
        ({"Дата создания": "вчера", "ФИО": "А"}, "«вчера»"),
        ({"Должность": "Директор"}, "ни имени"),
    ],
)
def test_row_with_a_mistake_is_told_and_not_written(tenant, admin, cells, reason):
    done = brought([cells | {"Комментарий": "x"}, {"ФИО": "Хороший"}], admin)
    assert tally(done) == (1, 0, 0, 1)
    with tenant_scope(tenant):
        [(number, text)] = mistakes_of(done).items()
    assert number == 2 and reason in text
    assert names(tenant) == ["Хороший"]


def test_lenient_import_keeps_what_it_cannot_read_in_the_comment(tenant, admin):
    rows = [{"ФИО": "Анна", "Телефон": "спросить", "Ответственный": "Никто", "Комментарий": "важно"}]
    assert tally(brought(rows, admin, is_lenient=True)) == (1, 0, 0, 0)
    with tenant_scope(tenant):
        assert Contact.objects.get().comment.split("\n") == [
            "важно",
            "Телефон: спросить",
            "Ответственный: Никто",
        ]


def test_mistakes_come_as_a_file_that_can_be_corrected_and_loaded_again(tenant, admin):
    bad = {"ФИО": "=1+1", "Телефон": "спросить", "Почта": "", "Компания": ""}
    done = brought([IVAN, bad], admin)
    with tenant_scope(tenant):
        text = "".join(mistakes_csv(done))
    assert text.splitlines()[1].startswith("3;") and "'=1+1" in text
    again = brought(text.replace("спросить", "89031112233").encode(), admin)
    assert tally(again) == (1, 0, 0, 0)


# --- duplicates ------------------------------------------------------------------------------
@pytest.fixture
def known(tenant, admin):
    with tenant_scope(tenant):
        return create_contact(
            name="Иван Старый",
            keys=[Key("phone", "+79162041877")],
            position="Менеджер",
            by=admin,
            now=timezone.now(),
        )


ROW = {
    "ФИО": "Иван Новый",
    "Телефон": "89162041877",
    "Почта": "new@example.com",
    "Должность": "Директор",
    "Язык": "ru",
}


def test_skip_leaves_the_known_as_they_are(tenant, admin, known):
    assert tally(brought([ROW], admin, policy="skip")) == (0, 0, 1, 0)
    assert names(tenant) == ["Иван Старый"]


def test_fill_adds_only_what_is_missing(tenant, admin, known):
    assert tally(brought([ROW], admin, policy="fill")) == (0, 1, 0, 0)
    with tenant_scope(tenant):
        known.refresh_from_db()
        assert (known.name, known.position, known.language) == ("Иван Старый", "Менеджер", "ru")
        assert keys_of(known) == {"+79162041877", "new@example.com"}
        assert "new@example.com" in known.search_text
    assert tally(brought([ROW], admin, policy="fill")) == (0, 0, 1, 0)


def test_overwrite_takes_the_file_and_tells_the_history(tenant, admin, known):
    assert tally(brought([ROW], admin, policy="overwrite")) == (0, 1, 0, 0)
    with tenant_scope(tenant):
        known.refresh_from_db()
        assert (known.name, known.first_name, known.position) == ("Иван Новый", "Иван", "Директор")
        entry = known.activities.get(data__code="fields_changed")
        assert {edit["field"] for edit in entry.data["fields"]} == {"name", "position", "language"}


def test_create_makes_another_and_leaves_the_phone_where_it_is(tenant, admin, known):
    assert tally(brought([ROW], admin, policy="create")) == (1, 0, 0, 0)
    with tenant_scope(tenant):
        made = Contact.objects.get(name="Иван Новый")
        assert keys_of(made) == {"new@example.com"} and keys_of(known) == {"+79162041877"}
        assert "+79162041877" in made.comment


def test_rows_of_one_client_are_one_contact(tenant, admin):
    rows = [
        {"ФИО": "Анна", "Телефон": "89162041877", "Должность": ""},
        {"ФИО": "", "Телефон": "89162041877", "Должность": "Юрист"},
    ]
    assert tally(brought(rows, admin)) == (1, 1, 0, 0)
    with tenant_scope(tenant):
        assert Contact.objects.get().position == "Юрист"


def test_number_of_the_other_program_finds_the_contact_again(tenant, admin):
    brought([{"ID": "151", "ФИО": "Анна"}], admin)
    assert tally(brought([{"ID": "151", "ФИО": "Анна", "Должность": "Юрист"}], admin)) == (0, 1, 0, 0)


def test_numbers_of_another_tenant_mean_nothing_here(tenant, admin, charlie):
    brought([{"ID": "151", "ФИО": "Чужая", "Телефон": "89162041877"}], charlie)
    assert tally(
        brought([{"ID": "151", "ФИО": "Своя", "Телефон": "89162041877"}], admin, policy="overwrite")
    ) == (1, 0, 0, 0)
    assert names(charlie.tenant) == ["Чужая"]


def test_phone_of_a_deleted_contact_is_free(tenant, admin, known):
    with tenant_scope(tenant):
        known.deleted_at = timezone.now()
        known.save()
    assert tally(brought([ROW], admin)) == (1, 0, 0, 0)


def test_client_one_may_not_edit_is_a_mistake_and_stays(tenant, admin, alice, bob, known):
    with tenant_scope(tenant):
        update_contact(contact=known, by=admin, now=timezone.now(), owner=bob)
        alice.role.grants["contacts"]["import"] = "all"
        alice.role.save()
    assert tally(brought([ROW], alice, policy="overwrite")) == (0, 0, 0, 1)
    assert names(tenant) == ["Иван Старый"]


# --- undo ------------------------------------------------------------------------------------
def test_undo_removes_what_was_made_and_restores_what_was_changed(tenant, admin, known):
    done = brought(
        [ROW | {"Компания": "Новая"}, {"ФИО": "Ещё Один", "Телефон": "89031112233"}],
        admin,
        policy="overwrite",
    )
    gone = undone(done, admin)
    assert gone.state == Import.State.UNDONE
    with tenant_scope(tenant):
        known.refresh_from_db()
        assert (known.name, known.position, known.language) == ("Иван Старый", "Менеджер", "")
        assert keys_of(known) == {"+79162041877"} and not known.companies.exists()
        assert "new@example.com" not in known.search_text
        assert not Company.objects.present().exists()
    assert names(tenant) == ["Иван Старый"]


def test_undo_leaves_what_people_have_worked_on_since(tenant, admin, known):
    done = brought([ROW, {"ФИО": "Ещё Один", "Телефон": "89031112233"}], admin, policy="overwrite")
    with tenant_scope(tenant):
        made = Contact.objects.get(name="Ещё Один")
        Activity.objects.create(kind="note", contact=made, text="Позвонил")
        known.refresh_from_db()
        update_contact(contact=known, by=admin, now=timezone.now(), position="Владелец")
    gone = undone(done, admin)
    with tenant_scope(tenant):
        known.refresh_from_db()
        assert (known.name, known.position) == ("Иван Старый", "Владелец")
        assert [number for number, _why in kept_of(gone)] == [2, 3]
    assert names(tenant) == ["Ещё Один", "Иван Старый"]


# --- nothing half-done -----------------------------------------------------------------------
MANY = [{"ФИО": f"Клиент {n}", "Телефон": f"+7916{n:07}"} for n in range(1, 41)]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_worker_leaves_whole_parts_and_the_next_goes_on_behind_them(
    tenant, admin, monkeypatch, moment
):
    monkeypatch.setattr(running, "CHUNK", 7)
    monkeypatch.setattr(running.chunks, "__defaults__", (7,))
    ready = checked(uploaded(table(MANY), admin), admin)
    with tenant_scope(tenant):
        services.start_run(imported=ready, by=admin, now=timezone.now())
    whole, count = running._keep, iter(range(100))

    def keep(*args):
        is_last = next(count) == 2
        if is_last and moment == "before":
            raise Killed
        whole(*args)
        if is_last:
            raise Killed

    monkeypatch.setattr(running, "_keep", keep)
    with pytest.raises(Killed):
        work(ready)
    monkeypatch.setattr(running, "_keep", whole)
    with tenant_scope(tenant):
        assert Contact.objects.count() == 14
        assert work_again(ready) is None  # another worker seems to be at it
        Import.objects.update(beat_at=timezone.now() - running.SILENCE * 2)
    done = work(ready)
    assert tally(done) == (40, 0, 0, 0) and len(names(tenant)) == 40


def work_again(imported):
    return running.work(tenant_id=imported.tenant_id, import_id=str(imported.pk), progress=lambda d, t: None)


def test_worker_that_was_displaced_writes_nothing_more(tenant, admin, monkeypatch):
    monkeypatch.setattr(running.chunks, "__defaults__", (10,))
    ready = checked(uploaded(table(MANY), admin), admin)
    with tenant_scope(tenant):
        services.start_run(imported=ready, by=admin, now=timezone.now())
    whole, parts = running._planned_and_written, []

    def write(run, loader, part):
        parts.append(part)
        if len(parts) == 2:
            Import.objects.update(claim="01920000-0000-7000-8000-00000000dead")
        return whole(run, loader, part)

    monkeypatch.setattr(running, "_planned_and_written", write)
    work_again(ready)
    assert len(names(tenant)) == 10 and len(parts) == 2


def test_row_the_database_refuses_keeps_no_other_waiting(tenant, admin, monkeypatch):
    whole = running._planned_and_written

    def write(run, loader, part):
        if any(row.number == 5 for row in part):
            raise DatabaseError
        return whole(run, loader, part)

    monkeypatch.setattr(running, "_planned_and_written", write)
    ready = checked(uploaded(table(MANY), admin), admin)
    done = loaded(ready, admin)
    assert tally(done) == (39, 0, 0, 1) and set(mistakes_of_in(tenant, done)) == {5}


def mistakes_of_in(tenant, imported):
    with tenant_scope(tenant):
        return mistakes_of(imported)


def test_stopped_import_goes_on_where_it_stopped(tenant, admin, monkeypatch):
    monkeypatch.setattr(running.chunks, "__defaults__", (10,))
    ready = checked(uploaded(table(MANY), admin), admin)
    whole = running._write_part

    def write(run, *args):
        with tenant_scope(tenant):
            services.stop(imported=ready, by=admin)
        whole(run, *args)

    monkeypatch.setattr(running, "_write_part", write)
    stopped = loaded(ready, admin)
    assert (stopped.state, stopped.done_count) == (Import.State.STOPPED, 10)
    monkeypatch.setattr(running, "_write_part", whole)
    assert tally(loaded(stopped, admin)) == (40, 0, 0, 0)


def test_two_who_press_load_start_it_once(tenant, admin):
    ready = checked(uploaded(table([IVAN]), admin), admin)
    with tenant_scope(tenant):
        services.start_run(imported=ready, by=admin, now=timezone.now())
        with pytest.raises(services.NotNow):
            services.start_run(imported=ready, by=admin, now=timezone.now())
        assert Job.objects.filter(kind=services.JOB).count() == 2  # one of the check


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "ФИО": st.sampled_from(["", "Анна", "Пётр Ким"]),
                "Телефон": st.sampled_from(["", "89160000001", "89160000002", "89160000003", "спросить"]),
                "Почта": st.sampled_from(["", "a@example.com", "b@example.com"]),
                "Должность": st.sampled_from(["", "Юрист", "Врач"]),
                "Компания": st.sampled_from(["", "Роза", "ООО Роза", "Лилия"]),
                "ID": st.sampled_from(["", "1", "2"]),
            }
        ),
        min_size=1,
        max_size=12,
    ),
    policy=st.sampled_from(["skip", "fill", "overwrite", "create"]),
    size=st.integers(1, 5),
)
def test_run_does_what_the_check_said(tenant, admin, rows, policy, size):
    """Whatever the file, the policy and where the parts are cut; `brought` compares."""
    original = running.chunks.__defaults__
    running.chunks.__defaults__ = (size,)
    try:
        brought(rows, admin, policy=policy)
    finally:
        running.chunks.__defaults__ = original
    with tenant_scope(tenant):
        values = IdentityKey.objects.filter(contact__deleted_at=None).values_list("kind", "value")
        assert len(values) == len(set(values))


# --- rights ----------------------------------------------------------------------------------
def test_import_needs_its_own_right(tenant, alice, client_of):
    with pytest.raises(services.ImportForbidden):
        uploaded(table([IVAN]), alice)
    assert client_of(alice).get(reverse("contacts:import_create")).status_code == 403
    assert (
        reverse("contacts:import_create")
        not in client_of(alice).get(reverse("contacts:list")).content.decode()
    )


def test_pages_lead_from_the_file_to_the_report(tenant, admin, client_of):
    browser = client_of(admin)
    assert reverse("contacts:import_create") in browser.get(reverse("contacts:list")).content.decode()
    file = SimpleUploadedFile("клиенты.csv", table([IVAN, {"ФИО": "Кто-то", "Телефон": "спросить"}]))
    answer = browser.post(reverse("contacts:import_create"), {"what": "contacts", "file": file})
    page = browser.get(answer["Location"]).content.decode()
    assert "8 (916) 204-18-77" in page and 'name="column_1"' in page
    data = {"policy": "fill", "keys": ["phone"], "column_0": "name", "column_1": "phone", "column_2": "email"}
    answer = browser.post(answer["Location"], data)
    with tenant_scope(tenant):
        imported = Import.objects.select_related("by__tenant").get()
    work(imported)
    page = browser.get(answer["Location"]).content.decode()
    assert "«спросить»" in page and reverse("contacts:import_run", args=[imported.pk]) in page
    browser.post(reverse("contacts:import_run", args=[imported.pk]))
    assert "progressbar" in browser.get(answer["Location"]).content.decode()
    work(imported)
    page = browser.get(answer["Location"]).content.decode()
    assert reverse("contacts:import_undo", args=[imported.pk]) in page
    file = browser.get(reverse("contacts:import_mistakes", args=[imported.pk]))
    assert "спросить" in file.content.decode()
    assert "клиенты.csv" in browser.get(reverse("contacts:imports")).content.decode()


def test_colleagues_do_not_see_each_others_imports(tenant, admin, head, client_of):
    imported = uploaded(table([IVAN]), admin)
    assert client_of(head).get(reverse("contacts:import", args=[imported.pk])).status_code == 404


def test_wrong_file_is_said_at_the_field_and_nothing_is_kept(tenant, admin, client_of):
    file = SimpleUploadedFile("contacts.xlsx", b"%PDF-1.7 ...")
    answer = client_of(admin).post(reverse("contacts:import_create"), {"what": "contacts", "file": file})
    assert answer.status_code == 422 and "CSV, XLSX" in answer.content.decode()
    with tenant_scope(tenant):
        assert not Import.objects.exists()
