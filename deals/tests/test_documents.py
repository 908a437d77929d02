"""Proposals and invoices: making, sending, answering, reminding, and what each refuses."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import connection
from django.urls import reverse

from activities.models import Activity, Notification
from contacts.models import Company, Contact, LegalDetails
from core.errors import Refusal
from core.placeholders import UnknownField
from core.tenancy import tenant_scope
from deals import happenings
from deals.documents import answers, links, money, numbering, pdf, qr, sending, services, showing
from deals.documents.errors import (
    CannotBeMailed,
    DocumentFrozen,
    DocumentNotOpen,
    ForeignDetails,
    InvoiceHasPayments,
    NameMissing,
    NoSeller,
    NothingToOffer,
    NotSent,
    NumberWithoutCount,
    QuestionMissing,
)
from deals.documents.setup import save_our_company, save_settings
from deals.documents.words import in_words
from deals.errors import NotAllowed
from deals.happenings import What
from deals.models import DocumentOpening, Invoice, InvoiceReminder, Proposal
from deals.products import lines
from deals.tests.conftest import NOW
from tenants.services import create_tenant

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
TODAY = dt.date(2026, 11, 17)
DETAILS = {
    "legal_name": "ООО «Ромашка»", "inn": "7707083893", "kpp": "770701001", "ogrn": "1027700132195",
    "bank": "ПАО СБЕРБАНК", "bik": "044525225", "account": "40702810200000000001",
    "correspondent_account": "30101810400000000225", "address": "Москва, Вавилова, 19", "director": "Иванов И. И.",
}  # fmt: skip


@pytest.fixture
def scoped(tenant):
    with tenant_scope(tenant):
        yield


@pytest.fixture
def seller(tenant, alice):
    with tenant_scope(tenant):
        return save_our_company(company=None, by=alice, name="Ромашка", **DETAILS)


@pytest.fixture
def deal(tenant, make_deal, alice, seller):
    with tenant_scope(tenant):
        company = Company.objects.create(name="Кофейня")
        LegalDetails.objects.create(company=company, title="ООО «Кофейня»", inn="7728168971")
        contact = Contact.objects.create(name="Мария")
    deal = make_deal(company=company, contact=contact)
    with tenant_scope(tenant):
        lines.add_line(
            deal=deal, by=alice, now=NOW, name="Кофемашина", price=Decimal(1220), vat_percent=Decimal(22)
        )
    return deal


@pytest.fixture
def proposal(tenant, deal, alice):
    with tenant_scope(tenant):
        return services.create_proposal(deal=deal, by=alice, now=NOW)


@pytest.fixture
def sent(tenant, proposal, alice):
    with tenant_scope(tenant):
        return services.send_document(document=proposal, by=alice, now=NOW)


@pytest.fixture
def invoice(tenant, deal, alice):
    with tenant_scope(tenant):
        made = services.create_invoice(deal=deal, by=alice, now=NOW)
        return services.send_document(document=made, by=alice, now=NOW)


@pytest.fixture
def heard(monkeypatch):
    """What the listeners of documents were told."""
    told: list[What] = []
    monkeypatch.setattr(happenings, "_listeners", [lambda happening: told.append(happening.what)])
    return told


def fresh(document):
    return type(document).objects.get(pk=document.pk)


def look(document, **changed):
    told = {"document": document, "address": "203.0.113.7", "user_agent": FIREFOX, "now": NOW} | changed
    return answers.note_opening(**told)


# --- Making ------------------------------------------------------------------------------------------
def test_proposal_copies_lines_parties_and_dates(scoped, proposal, seller):
    assert (proposal.number, proposal.version, proposal.state) == ("КП-2026-1", 1, "draft")
    assert (proposal.total, proposal.tax, proposal.currency) == (1220, 220, "RUB")
    assert proposal.valid_until == TODAY + dt.timedelta(days=14)
    assert proposal.content["client"]["name"] == "ООО «Кофейня»"
    assert proposal.content["seller"]["inn"] == seller.inn
    assert proposal.client_inn == "7728168971"


def test_sent_document_keeps_what_it_said(scoped, sent, deal, alice, seller):
    save_our_company(company=seller, by=alice, legal_name="ООО «Другое имя»")
    lines.add_line(deal=deal, by=alice, now=NOW, name="Ещё", price=Decimal(5))
    kept = fresh(sent)
    assert kept.total == 1220
    assert len(kept.content["lines"]) == 1
    assert kept.content["seller"]["legal_name"] == "ООО «Ромашка»"
    with pytest.raises(DocumentFrozen):
        services.update_draft(document=kept, by=alice, now=NOW)
    with pytest.raises(DocumentFrozen):
        services.delete_draft(document=kept, by=alice, now=NOW)


def test_draft_takes_the_deal_anew_when_it_is_changed_or_sent(scoped, proposal, deal, alice):
    lines.add_line(deal=deal, by=alice, now=NOW, name="Ещё", price=Decimal(5))
    assert (
        services.update_draft(document=proposal, by=alice, now=NOW, after="До {until}, {contact}").total
        == 1225
    )
    lines.add_line(deal=deal, by=alice, now=NOW, name="И ещё", price=Decimal(5))
    gone = services.send_document(document=proposal, by=alice, now=NOW)
    assert gone.total == 1230
    assert "Мария" in gone.content["after"]
    assert "{" not in gone.content["after"]


def test_what_making_refuses(scoped, make_deal, deal, alice, bob, seller):
    with pytest.raises(NothingToOffer):
        services.create_proposal(deal=make_deal(), by=alice, now=NOW)
    with pytest.raises(NotAllowed):
        services.create_proposal(deal=deal, by=bob, now=NOW)
    other = LegalDetails.objects.create(company=Company.objects.create(name="Other"), title="Other")
    with pytest.raises(ForeignDetails):
        services.create_invoice(deal=deal, by=alice, now=NOW, client_details=other)
    seller.is_archived = True
    seller.save()
    with pytest.raises(NoSeller):
        services.create_proposal(deal=deal, by=alice, now=NOW)
    assert not Proposal.objects.exists()


# --- Numbers -----------------------------------------------------------------------------------------
def test_numbers_run_by_kind_and_year_and_pass_over_taken_ones(scoped, proposal, deal, alice):
    assert services.create_invoice(deal=deal, by=alice, now=NOW).number == "1"
    later = NOW + dt.timedelta(days=365)
    assert services.create_proposal(deal=deal, by=alice, now=later).number == "КП-2027-1"
    save_settings(by=alice, proposal_format="КП-2026-{n}")
    assert services.create_proposal(deal=deal, by=alice, now=NOW).number == "КП-2026-2"


def test_format_of_a_number_needs_the_count():
    with pytest.raises(NumberWithoutCount):
        numbering.check_format("КП-{year}")
    with pytest.raises(UnknownField):
        numbering.check_format("{n}-{client}")
    numbering.check_format("{year}/{month}-{n}")


@pytest.mark.django_db(transaction=True)
def test_two_at_once_get_two_numbers():
    tenant = create_tenant(name="Race", slug="race-documents", language="ru")
    numbers: list[str] = []

    def take() -> None:
        try:
            with tenant_scope(tenant):
                numbers.append(numbering.number_for(Invoice, "{n}", on=TODAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == ["1", "2", "3", "4"]


# --- Versions ----------------------------------------------------------------------------------------
def test_new_version_replaces_the_old_one_once_it_is_sent(scoped, sent, alice):
    draft = services.new_version(proposal=sent, by=alice, now=NOW)
    assert (draft.number, draft.version, draft.replaces) == (sent.number, 2, sent)
    assert services.new_version(proposal=sent, by=alice, now=NOW) == draft
    assert fresh(sent).state == "sent"
    services.send_document(document=draft, by=alice, now=NOW)
    assert fresh(sent).state == "replaced"
    with pytest.raises(DocumentNotOpen):
        answers.accept(proposal=sent, name="Мария", address=None, now=NOW)


def test_what_new_versions_refuse(scoped, proposal, alice):
    with pytest.raises(NotSent):
        services.new_version(proposal=proposal, by=alice, now=NOW)
    gone = services.send_document(document=proposal, by=alice, now=NOW)
    answers.accept(proposal=gone, name="Мария", address=None, now=NOW)
    with pytest.raises(DocumentFrozen):
        services.new_version(proposal=gone, by=alice, now=NOW)


# --- Opening and answering ---------------------------------------------------------------------------
def test_opening_is_written_down_shown_and_rung_once(scoped, sent, alice, heard):
    assert look(sent)
    assert not look(sent, now=NOW + dt.timedelta(minutes=10))
    assert look(sent, now=NOW + dt.timedelta(hours=2))
    kept = fresh(sent)
    assert (kept.state, kept.view_count, kept.viewed_at) == ("viewed", 2, NOW)
    assert DocumentOpening.objects.filter(proposal=sent, address="203.0.113.7").count() == 2
    assert Activity.objects.filter(deal=sent.deal, data__code="document_viewed").count() == 1
    assert Notification.objects.get(code="document_viewed").member == alice
    assert heard == [What.VIEWED]


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "TelegramBot (like TwitterBot)",
        "WhatsApp/2.23.20.0",
        "facebookexternalhit/1.1",
        "Mozilla/5.0 (compatible; YandexBot/3.0)",
        "vkShare; +http://vk.com/dev/Share",
        "curl/8.5.0",
    ],
)
def test_robots_are_not_counted(scoped, sent, agent):
    assert not look(sent, user_agent=agent)
    assert fresh(sent).state == "sent"


def test_people_with_yandex_browser_are_people():
    assert not answers.is_robot("Mozilla/5.0 (Windows NT 10.0) Chrome/130.0 YaBrowser/25.2.0 Safari/537.36")


def test_accepting_keeps_who_when_and_from_where(scoped, sent, heard):
    done = answers.accept(proposal=sent, name=" Мария  Смирнова ", address="203.0.113.7", now=NOW)
    assert (done.state, done.answered_by, done.answered_from) == ("accepted", "Мария Смирнова", "203.0.113.7")
    with pytest.raises(DocumentNotOpen):
        answers.decline(proposal=sent, name="Мария", reason="", address=None, now=NOW)
    assert heard == [What.ACCEPTED]
    assert Notification.objects.filter(code="document_accepted").exists()


def test_declining_keeps_the_reason(scoped, sent):
    done = answers.decline(proposal=sent, name="Мария", reason="Дорого", address=None, now=NOW)
    assert (done.state, done.decline_reason) == ("declined", "Дорого")
    assert Activity.objects.get(data__code="document_declined").data["text"] == "Дорого"


def test_what_answers_refuse(scoped, sent, proposal):
    with pytest.raises(NameMissing):
        answers.accept(proposal=sent, name="  ", address=None, now=NOW)
    with pytest.raises(QuestionMissing):
        answers.ask(document=sent, name="Мария", text=" ", now=NOW)
    with pytest.raises(DocumentNotOpen):
        answers.accept(proposal=sent, name="Мария", address=None, now=NOW + dt.timedelta(days=30))


def test_proposals_expire_the_day_after_their_last(scoped, sent, heard):
    last = sent.valid_until
    assert answers.expire_due(today=last, now=NOW) == 0
    assert answers.expire_due(today=last + dt.timedelta(days=1), now=NOW) == 1
    assert answers.expire_due(today=last + dt.timedelta(days=1), now=NOW) == 0
    assert fresh(sent).state == "expired"
    assert heard == [What.EXPIRED]


# --- Money -------------------------------------------------------------------------------------------
def test_state_of_an_invoice_follows_its_payments(scoped, invoice, alice, heard):
    def pay(amount):
        return money.note_payments(invoice=invoice, paid=Decimal(amount), by=alice, now=NOW)

    assert (pay(20).state, fresh(invoice).remaining) == ("partly_paid", 1200)
    assert (pay(1220).state, fresh(invoice).paid_on) == ("paid", TODAY)
    assert pay(1300).remaining == 0
    with pytest.raises(InvoiceHasPayments):
        services.cancel_invoice(invoice=invoice, by=alice, now=NOW)
    assert (pay(0).state, fresh(invoice).paid_on) == ("sent", None)
    assert services.cancel_invoice(invoice=invoice, by=alice, now=NOW).state == "cancelled"
    with pytest.raises(DocumentNotOpen):
        pay(20)
    assert heard[:2] == [What.PARTLY_PAID, What.PAID]


def test_invoices_are_reminded_of_before_and_after_once(scoped, invoice, alice, heard):
    due = invoice.due_on
    assert money.remind_of_due(today=due - dt.timedelta(days=2), now=NOW) == 0
    assert money.remind_of_due(today=due - dt.timedelta(days=1), now=NOW) == 1
    assert money.remind_of_due(today=due, now=NOW) == 0
    assert money.remind_of_due(today=due + dt.timedelta(days=1), now=NOW) == 1
    assert money.remind_of_due(today=due + dt.timedelta(days=2), now=NOW) == 0
    assert InvoiceReminder.objects.count() == 2
    assert {row.code for row in Notification.objects.all()} == {"document_due", "document_overdue"}
    assert heard == [What.OVERDUE]


def test_client_is_reminded_by_mail_where_the_tenant_wants_it(scoped, invoice, alice, monkeypatch):
    letters = []
    monkeypatch.setattr(
        sending, "_mailer", [(lambda **told: letters.append(told), lambda deal: ["m@example.com"])]
    )
    save_settings(by=alice, is_client_reminded=True)
    money.remind_of_due(today=invoice.due_on + dt.timedelta(days=1), now=NOW)
    [letter] = letters
    assert (letter["address"], letter["by"]) == ("m@example.com", alice)
    assert links.url_of(invoice) in letter["text"]
    assert letter["data"].startswith(b"%PDF")


def test_paid_and_cancelled_invoices_are_left_alone(scoped, invoice, alice):
    money.note_payments(invoice=invoice, paid=invoice.total, by=alice, now=NOW)
    assert money.remind_of_due(today=invoice.due_on + dt.timedelta(days=1), now=NOW) == 0


# --- Sending -----------------------------------------------------------------------------------------
def test_letter_has_the_pdf_and_the_link_and_opens_the_document(scoped, proposal, alice, monkeypatch):
    letters = []
    monkeypatch.setattr(
        sending, "_mailer", [(lambda **told: letters.append(told), lambda deal: ["m@example.com"])]
    )
    told = {"document": proposal, "subject": "КП", "text": "Смотрите", "by": alice, "now": NOW}
    with pytest.raises(CannotBeMailed):
        sending.mail_document(address="else@example.com", **told)
    sending.mail_document(address="m@example.com", **told)
    [letter] = letters
    gone = fresh(proposal)
    assert gone.state == "sent"
    assert letter["text"].endswith(links.url_of(gone))
    assert letter["file_name"] == "proposal-КП-2026-1.pdf"


def test_nobody_is_written_to_without_a_mailbox(scoped, proposal, alice):
    assert list(sending.addresses_of(proposal.deal)) == []
    with pytest.raises(Refusal):
        sending.mail_document(
            document=proposal, address="m@example.com", subject="x", text="y", by=alice, now=NOW
        )


# --- Print -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("amount", "currency", "language", "words"),
    [
        ("1", "RUB", "ru", "Один рубль 00 копеек"),
        ("21002.01", "RUB", "ru", "Двадцать одна тысяча два рубля 01 копейка"),
        ("1111111.22", "RUB", "ru", "Один миллион сто одиннадцать тысяч сто одиннадцать рублей 22 копейки"),
        ("0.5", "RUB", "ru", "Ноль рублей 50 копеек"),
        ("2000000000", "USD", "ru", "Два миллиарда долларов США 00 центов"),
        ("7", "GEL", "ru", "Семь GEL 00/100"),
        ("1", "USD", "en", "One US dollar 00 cents"),
        ("21345.01", "RUB", "en", "Twenty-one thousand three hundred forty-five roubles 01 kopeck"),
    ],
)  # fmt: skip
def test_amount_in_words(amount, currency, language, words):
    assert in_words(Decimal(amount), currency, language) == words


def test_payment_code_follows_the_standard(scoped, invoice):
    sheet = showing.sheet_of(invoice)
    parts = sheet.payment_code.split("|")
    assert parts[0] == "ST00012"
    assert "Sum=122000" in parts
    assert "PersonalAcc=40702810200000000001" in parts
    assert "PayeeINN=7707083893" in parts
    assert any(part.startswith("Purpose=") and "17.11.2026" in part and "220.00" in part for part in parts)
    assert "<svg" in qr.svg(sheet.payment_code)


def test_payment_code_needs_complete_details_and_roubles():
    told = {"total": Decimal(5), "currency": "RUB", "purpose": "x"}
    assert qr.payload(seller=DETAILS, **told)
    assert not qr.payload(seller=DETAILS | {"bik": ""}, **told)
    assert not qr.payload(seller=DETAILS | {"account": "40702810200000000002"}, **told)
    assert not qr.payload(seller=DETAILS, **(told | {"currency": "EUR"}))
    assert "a/b" in qr.payload(seller=DETAILS | {"legal_name": "a|b"}, **told)


def test_sheet_speaks_the_documents_language(scoped, deal, alice):
    english = services.create_invoice(deal=deal, by=alice, now=NOW, language="en")
    sheet = showing.sheet_of(english)
    assert sheet.title == "Invoice No. 1 of 17 November 2026"
    assert sheet.words == "One thousand two hundred twenty roubles 00 kopecks"
    russian = showing.sheet_of(services.create_invoice(deal=deal, by=alice, now=NOW, language="ru"))
    assert russian.title == "Счёт №\u00a02 от 17 ноября 2026 г."
    assert [pair.value.replace("\u00a0", " ") for pair in russian.totals] == ["220,00 ₽", "1 220,00 ₽"]


def test_pdf_is_made_and_what_people_wrote_is_no_markup(scoped, deal, alice):
    lines.add_line(deal=deal, by=alice, now=NOW, name='#read("/etc/passwd") *x* $y$ <z> \\', price=Decimal(1))
    made = services.create_proposal(deal=deal, by=alice, now=NOW)
    assert pdf.render(made).startswith(b"%PDF-")
    [picture] = pdf.render_pictures(made, ppi=40)
    assert picture.startswith(b"\x89PNG")
    assert pdf.file_name(made) == "proposal-КП-2026-1.pdf"


# --- Pages of those who make them --------------------------------------------------------------------
def test_document_is_made_sent_and_shown_on_its_pages(tenant, deal, alice, bob, charlie, client_of):
    assert client_of(bob).post(reverse("deals:documents_new_proposal", args=[deal.pk])).status_code == 404
    answer = client_of(alice).post(reverse("deals:documents_new_proposal", args=[deal.pk]))
    page = answer["Location"]
    html = client_of(alice).get(page).content.decode()
    assert "КП-2026-1" in html
    assert client_of(bob).get(page).status_code == 404
    assert client_of(charlie).get(page).status_code == 404
    with tenant_scope(tenant):
        made = Proposal.objects.get()
    form = {
        "seller": made.seller_id, "client_details": made.client_details_id, "language": "ru",
        "issued_on": "2026-11-17", "valid_until": "2026-12-01", "before": "{client}!", "after": "",
    }  # fmt: skip
    edit = reverse("deals:proposal_edit", args=[made.pk])
    assert client_of(alice).post(edit, form).status_code == 302
    assert client_of(alice).post(edit, form | {"before": "{nobody}"}).status_code == 422
    assert client_of(alice).post(edit, form | {"valid_until": "2026-11-01"}).status_code == 422
    assert client_of(alice).post(reverse("deals:proposal_send", args=[made.pk])).status_code == 302
    assert client_of(alice).post(edit, form).status_code == 409
    assert "/d/" in client_of(alice).get(page).content.decode()
    answer = client_of(alice).get(reverse("deals:proposal_pdf", args=[made.pk]))
    assert answer["Content-Type"] == "application/pdf"
    panel = client_of(alice).get(reverse("deals:documents", args=[deal.pk])).content.decode()
    assert page in panel
    of_company = reverse("deals:documents_of_client") + f"?company={deal.company_id}"
    assert page in client_of(alice).get(of_company).content.decode()
    assert page not in client_of(bob).get(of_company).content.decode()


@pytest.mark.parametrize("name", ["proposals", "invoices"])
def test_lists_show_ones_own(name, sent, invoice, alice, bob, client_of, time_machine):
    time_machine.move_to(NOW)
    mine = client_of(alice).get(reverse(f"deals:{name}")).content.decode()
    assert "Coffee machine" in mine
    assert "Coffee machine" not in client_of(bob).get(reverse(f"deals:{name}")).content.decode()
    late = client_of(alice).get(reverse("deals:invoices") + "?overdue=1").content.decode()
    assert "Coffee machine" not in late


def test_settings_refuse_what_breaks_numbers(tenant, admin, alice, client_of):
    page = reverse("deals:document_settings")
    assert client_of(alice).get(page).status_code == 403
    form = {
        "proposal_format": "P-{n}", "proposal_days": 5, "invoice_format": "{n}/{year}", "invoice_days": 3,
        "remind_before_days": 1, "remind_after_days": 1, "rates": "5; 12,5 %".replace(",", "."), "vat": "none",
    }  # fmt: skip
    assert client_of(admin).post(page, form).status_code == 302
    for wrong in ({"proposal_format": "P"}, {"invoice_after": "{x}"}, {"rates": "abc"}, {"rates": "200"}):
        assert client_of(admin).post(page, form | wrong).status_code == 422


def test_our_company_is_checked_like_a_clients_details(tenant, admin, client_of):
    page = reverse("deals:our_company_create")
    form = {"name": "Ромашка", "title": "ООО «Ромашка»", "inn": "7707083893", "bik": "044525225"}
    assert client_of(admin).post(page, form | {"inn": "7707083894"}).status_code == 422
    assert client_of(admin).post(page, form | {"account": "40702810200000000002"}).status_code == 422
    assert client_of(admin).post(page, form).status_code == 302


# --- The page behind the link ------------------------------------------------------------------------
def public(document, tenant, name="document"):
    with tenant_scope(tenant):
        return reverse(f"deals:public_{name}", args=[links.token_of(fresh(document))])


def test_client_opens_and_accepts_without_a_login(tenant, sent, client):
    page = public(sent, tenant)
    answer = client.get(page, headers={"User-Agent": FIREFOX})
    assert answer.status_code == 200
    assert "noindex" in answer["X-Robots-Tag"]
    assert answer["Referrer-Policy"] == "same-origin"
    assert "script-src 'none'" in answer["Content-Security-Policy"]
    assert "Кофемашина" in answer.content.decode()
    with tenant_scope(tenant):
        assert fresh(sent).state == "viewed"
    assert client.post(public(sent, tenant, "answer"), {"act": "accept", "name": ""}).status_code == 422
    answer = client.post(public(sent, tenant, "answer"), {"act": "accept", "name": "Мария"})
    assert answer.status_code == 302
    assert "Мария" in client.get(page).content.decode()
    with tenant_scope(tenant):
        assert fresh(sent).state == "accepted"
    assert client.post(public(sent, tenant, "answer"), {"act": "decline", "name": "Мария"}).status_code == 409


def test_own_members_and_heads_are_not_counted(tenant, sent, alice, charlie, client, client_of):
    page = public(sent, tenant)
    client_of(alice).get(page, headers={"User-Agent": FIREFOX})
    client.head(page, headers={"User-Agent": FIREFOX})
    client.get(page, headers={"User-Agent": FIREFOX, "Sec-Purpose": "prefetch"})
    with tenant_scope(tenant):
        assert fresh(sent).view_count == 0
    client_of(charlie).get(page, headers={"User-Agent": FIREFOX})
    with tenant_scope(tenant):
        assert fresh(sent).view_count == 1


def test_closed_and_renewed_links_open_nothing(tenant, sent, alice, client):
    old = public(sent, tenant)
    with tenant_scope(tenant):
        services.renew_link(document=sent, by=alice, now=NOW)
    assert client.get(old).status_code == 404
    new = public(sent, tenant)
    assert client.get(new).status_code == 200
    with tenant_scope(tenant):
        services.revoke_link(document=sent, by=alice, now=NOW)
    assert client.get(new).status_code == 404
    assert client.get(reverse("deals:public_document", args=["nothing"])).status_code == 404


def test_expired_proposal_is_shown_and_cannot_be_accepted(tenant, sent, client, time_machine):
    time_machine.move_to(NOW + dt.timedelta(days=60))
    page = public(sent, tenant)
    assert 'value="accept"' not in client.get(page).content.decode()
    answer = client.post(public(sent, tenant, "answer"), {"act": "accept", "name": "Мария"})
    assert answer.status_code == 409


def test_question_reaches_the_owner(tenant, invoice, alice, client):
    form = {"act": "ask", "name": "Мария", "text": "А доставка?"}
    assert client.post(public(invoice, tenant, "answer"), form).status_code == 302
    with tenant_scope(tenant):
        assert Notification.objects.get(code="document_asked").params["text"] == "А доставка?"
    assert client.post(public(invoice, tenant, "answer"), {"act": "accept", "name": "М"}).status_code == 404


def test_public_pdf_and_page_of_a_draft(tenant, sent, proposal, client):
    answer = client.get(public(sent, tenant, "pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert client.get(public(sent, tenant, "logo")).status_code == 404
