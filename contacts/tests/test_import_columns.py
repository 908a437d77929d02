"""What columns are taken for: the headers of many programs, what was chosen before, and what stands in the cells."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.urls import reverse

from contacts.importing import proposing, services
from contacts.importing.kinds import kind_of
from contacts.models import Import
from contacts.tests.importing import checked, loaded, table, tally, uploaded
from core.tabular import open_table, recognise
from core.tenancy import tenant_scope

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "lead-import"


def proposed(
    heads: list[str], samples: list[list[str]] | None = None, what: str = "contacts"
) -> dict[str, str]:
    found = proposing.propose(kind_of(what), heads, samples or [], region="RU")
    return {head: name for head, name in zip(heads, found, strict=True) if name}


OUTLOOK = [
    "Имя",
    "Отчество",
    "Фамилия",
    "Обращение",
    "Организация",
    "Отдел",
    "Должность",
    "Рабочий факс",
    "Рабочий телефон",
    "Телефон дом.",
    "Телефон переносной",
    "Адрес эл. почты",
    "Тип эл. почты",
    "Краткое имя эл. почты",
    "Заметки",
]
GOOGLE = [
    "Name",
    "Given Name",
    "Additional Name",
    "Family Name",
    "Given Name Yomi",
    "Name Prefix",
    "Notes",
    "Group Membership",
    "E-mail 1 - Type",
    "E-mail 1 - Value",
    "Phone 1 - Type",
    "Phone 1 - Value",
    "Phone 2 - Value",
    "Organization 1 - Name",
    "Organization 1 - Title",
    "Website 1 - Value",
]
HUBSPOT = [
    "Record ID",
    "First Name",
    "Last Name",
    "Email",
    "Phone Number",
    "Mobile Phone Number",
    "Contact owner",
    "Company Name",
    "Create Date",
    "Original Source",
]


@pytest.mark.usefixtures("scope")
@pytest.mark.parametrize(
    ("heads", "expected"),
    [
        (OUTLOOK, {"Имя": "first_name", "Отчество": "middle_name", "Фамилия": "last_name", "Организация": "company",
                   "Должность": "position", "Рабочий телефон": "phone", "Телефон дом.": "phone", "Телефон переносной": "phone",
                   "Адрес эл. почты": "email", "Заметки": "comment"}),
        (GOOGLE, {"Given Name": "first_name", "Additional Name": "middle_name", "Family Name": "last_name", "Notes": "comment",
                  "Group Membership": "tags", "E-mail 1 - Value": "email", "Phone 1 - Value": "phone",
                  "Phone 2 - Value": "phone", "Organization 1 - Name": "company", "Organization 1 - Title": "position"}),
        (HUBSPOT, {"Record ID": "external", "First Name": "first_name", "Last Name": "last_name", "Email": "email",
                   "Phone Number": "phone", "Mobile Phone Number": "phone", "Contact owner": "owner",
                   "Company Name": "company", "Create Date": "created_at", "Original Source": "source"}),
        (["Имя", "Тел."], {"Имя": "name", "Тел.": "phone"}),
        (["КЛИЕНТ", "ТЕЛЕФОН", "E-MAIL", "Ответственный менеджер"],
         {"КЛИЕНТ": "name", "ТЕЛЕФОН": "phone", "E-MAIL": "email", "Ответственный менеджер": "owner"}),
    ],
)  # fmt: skip
def test_headers_of_programs_and_people_are_known(heads, expected):
    assert proposed(heads) == expected


@pytest.mark.usefixtures("scope")
def test_columns_nobody_knows_by_name_tell_themselves():
    samples = [["a@x.ru", "+79162041877", "7707083893", "Анна"]] * 4
    assert proposed(["A", "B", "C", "D"], samples) == {"A": "email", "B": "phone", "C": "inn"}


def test_choice_is_remembered_for_the_same_header_and_for_single_columns(tenant, admin, charlie):
    data = table([{"Как звать": "Анна", "Связь": "89162041877"}])
    checked(uploaded(data, admin), admin, ["name", "phone"])
    again = uploaded(table([{"как  звать": "Пётр", "СВЯЗЬ": "89162041878"}]), admin)
    assert again.mapping == ["", ""] or again.mapping == ["name", "phone"]
    assert uploaded(data, admin).mapping == ["name", "phone"]
    assert uploaded(table([{"Связь": "1", "Ещё": "2"}]), admin).mapping == ["phone", ""]
    assert uploaded(data, charlie).mapping == ["", ""]


def test_two_columns_for_one_name_and_none_at_all_are_refused(tenant, admin, client_of):
    imported = uploaded(table([{"A": "1", "B": "2"}]), admin)
    address = reverse("contacts:import_columns", args=[imported.pk])
    two = {"policy": "fill", "column_0": "name", "column_1": "name"}
    for data in (
        two,
        two | {"column_0": "", "column_1": ""},
        two | {"column_0": "owner__tenant", "column_1": ""},
    ):
        assert client_of(admin).post(address, data).status_code == 422
    with tenant_scope(tenant):
        assert Import.objects.get().state == Import.State.UPLOADED


def test_file_is_read_another_way_on_demand(tenant, admin, client_of):
    imported = uploaded("Имя;Город\nАнна;Тверь\n".encode("koi8-r"), admin)
    address = reverse("contacts:import_layout", args=[imported.pk])
    client_of(admin).post(address, {"charset": "windows-1251", "delimiter": ",", "head_row": 1})
    with tenant_scope(tenant):
        imported.refresh_from_db()
    assert len(imported.heads) == 1 and imported.layout["charset"] == "windows-1251"


# --- files of the field ----------------------------------------------------------------------
# What the columns of each file are for; a sign stands for every column that is taken for the field.
MEANT: dict[str, tuple[str, dict[str, str]]] = {
    "amocrm_leads_export.csv": ("leads", {
        "ID": "external", "Название сделки": "subject", "Основной контакт": "contact_name",
        "Рабочий телефон (контакт)": "contact_phone", "Рабочий email (контакт)": "contact_email",
        "Компания контакта": "company_name", "utm_source": "source", "Факс (контакт)": "",
    }),
    "bitrix24_lead_sample_utf8bom.csv": ("leads", {
        "ID": "external", "Название лида": "subject", "Имя": "contact_first_name", "Фамилия": "contact_last_name",
        "Рабочий телефон": "contact_phone", "Частный e-mail": "contact_email", "Статус": "status",
        "Название компании": "company_name", "Телефон для рассылок": "", "Дата рождения": "",
    }),
    "hubspot_contacts_export.csv": ("contacts", {
        "Record ID": "external", "First Name": "first_name", "Last Name": "last_name", "Email": "email",
        "Mobile Phone Number": "phone", "Company Name": "company", "Contact owner": "owner", "HubSpot Score": "",
    }),
    "outlook_ru_cp1251.csv": ("contacts", {
        "Имя": "first_name", "Фамилия": "last_name", "Телефон переносной": "phone", "Адрес эл. почты": "email",
        "Организация": "company", "Должность": "position", "Рабочий факс": "", "Суффикс": "",
    }),
    "roundcube_all.csv": ("contacts", {
        "First Name": "first_name", "Last Name": "last_name", "Job Title": "position", "Title": "",
        "Email Work": "email", "Home Mobile": "phone", "Company": "company", "Assistant's Phone": "", "Spouse": "",
    }),
    "roundcube_gmail.csv": ("contacts", {
        "Given Name": "first_name", "Family Name": "last_name", "E-mail 1 - Value": "email", "E-mail 1 - Type": "",
        "Phone 1 - Value": "phone", "Organization 1 - Name": "company", "Organization 1 - Title": "position",
    }),
    "roundcube_outlook.csv": ("contacts", {"E-mail Address": "email", "E-mail 3 Address": "email"}),
}  # fmt: skip
CARD = {
    "ФИО": ("", "name"), "Фамилия": ("last_name",), "Имя": ("first_name", "name"), "Компания": ("company",), "Факс": ("",),
    "Почта": ("email",), "Рабочая почта": ("email",), "Рабочий телефон": ("phone",), "Мобильный телефон": ("phone",),
    "Должность": ("position",), "День рождения": ("",), "Сайт": ("",), "Комментарий": ("comment",),
}  # fmt: skip
FILES = [path for path in sorted(SAMPLES.glob("*")) if path.suffix in (".csv", ".vcf")]


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the collection of other programs' files is not here")
def test_every_table_of_the_collection_is_known():
    assert {path.name for path in FILES if path.suffix == ".csv"} == set(MEANT)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_file_of_the_collection_loads_with_a_sensible_mapping(tenant, admin, path):
    what, meant = MEANT.get(path.name, ("contacts", {}))
    imported = uploaded(path.read_bytes(), admin, what=what, name=path.name)
    found = dict(zip(imported.heads, imported.mapping, strict=True))
    assert {head: found[head] for head in meant} == meant
    if path.suffix == ".vcf":
        assert {head: name for head, name in found.items() if name not in CARD.get(head, (name,))} == {}
        assert {"name", "first_name", "last_name"} & set(found.values())
    done = loaded(checked(imported, admin, is_lenient=True), admin)
    count = sum(1 for _row in open_table(path.read_bytes(), recognise(path.read_bytes())).rows)
    assert done.report["run"] == done.report["check"]
    assert sum(tally(done)) == count and tally(done)[3] == 0, done.report


def test_cards_are_no_companies(tenant, admin):
    with pytest.raises(services.WrongFile):
        uploaded(b"BEGIN:VCARD\nFN:A\nEND:VCARD", admin, what="companies")
