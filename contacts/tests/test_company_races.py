"""Two people at once, on committed data: one INN makes one company, two branches make no circle."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from django.utils import timezone

from contacts.categories import services as directory
from contacts.models import Company, CompanyCategory, CompanyMember, LegalDetails
from contacts.services import (
    LegalDetailsKnown,
    create_company,
    create_contact,
    link_company,
    make_main,
    refuse_known,
    save_legal_details,
    update_company,
    update_place,
)
from contacts.services.companies import HeadCompanyLoop
from core.errors import Refusal
from core.tenancy import tenant_scope

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()


def together(tenant, *jobs):
    gate = threading.Barrier(len(jobs))

    def run(job):
        try:
            gate.wait()
            with tenant_scope(tenant):
                return job()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_one_inn_makes_one_company(tenant, alice):
    def make():
        with transaction.atomic():
            refuse_known(inn="7707083893", kpp="")
            company = create_company(name="Ромашка", by=alice, now=NOW)
            save_legal_details(details=LegalDetails(company=company, title="ООО", inn="7707083893"))
        return company

    answers = together(tenant, *[make] * 6)
    assert sum(isinstance(answer, LegalDetailsKnown) for answer in answers) == 5
    with tenant_scope(tenant):
        assert LegalDetails.objects.filter(inn="7707083893").count() == 1


def test_two_who_hang_companies_below_each_other_make_no_circle(tenant, alice):
    with tenant_scope(tenant):
        one, other = (create_company(name=name, by=alice, now=NOW) for name in ("One", "Other"))
    answers = together(
        tenant,
        lambda: update_company(company=one, head_company=other, by=alice, now=NOW),
        lambda: update_company(company=other, head_company=one, by=alice, now=NOW),
    )
    assert sum(isinstance(answer, HeadCompanyLoop) for answer in answers) == 1
    with tenant_scope(tenant):
        assert Company.objects.exclude(head_company=None).count() == 1


def test_one_main_set_and_one_main_person_stay(tenant, alice):
    with tenant_scope(tenant):
        company = create_company(name="One", by=alice, now=NOW)
        sets = [
            save_legal_details(details=LegalDetails(company=company, title=str(number)))
            for number in range(4)
        ]
        places = [
            link_company(contact=create_contact(name=str(number), by=alice, now=NOW), company=company)
            for number in range(4)
        ]
    together(tenant, *[lambda row=row: make_main(details=row) for row in sets])
    together(tenant, *[lambda row=row: update_place(member=row, is_main_person=True) for row in places])
    with tenant_scope(tenant):
        assert LegalDetails.objects.filter(is_main=True).count() == 1
        assert CompanyMember.objects.filter(is_main_person=True).count() == 1


def test_first_changes_at_once_make_one_directory(tenant, alice):
    names = [f"Type {number}" for number in range(6)]
    together(
        tenant,
        *[
            lambda name=name: directory.create_category(kind="client_type", name=name, by=alice)
            for name in names
        ],
    )
    with tenant_scope(tenant):
        rows = CompanyCategory.objects.filter(kind="client_type")
        assert rows.count() == len(Company.ClientType.values) + 6
        assert rows.values("position").distinct().count() == rows.count()
