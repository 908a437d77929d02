"""Legal details that a document was made out to are archived, not removed."""

from __future__ import annotations

import pytest

from contacts.models import Company, LegalDetails
from contacts.services import archive_legal_details, remove_legal_details, save_legal_details
from contacts.services.legal import LegalDetailsInUse
from core.tenancy import tenant_scope
from deals.models import Invoice
from deals.tests.conftest import NOW


def test_details_of_a_document_stay(tenant, make_deal, make_invoice):
    with tenant_scope(tenant):
        company = Company.objects.create(name="Client")
        details = save_legal_details(details=LegalDetails(company=company, title="LLC", inn="7707083893"))
        free = save_legal_details(details=LegalDetails(company=company, title="Other"))
    invoice = make_invoice(deal=make_deal(company=company))
    with tenant_scope(tenant):
        assert Invoice.objects.get(pk=invoice.pk).client_details == details
        with pytest.raises(LegalDetailsInUse):
            remove_legal_details(details=details)
        archive_legal_details(details=details, now=NOW)
        remove_legal_details(details=free)
        assert list(company.legal_details.all()) == [details]
