"""What people type about payments, and the bank's file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from deals.models import Invoice
from deals.payments.statement import MAX_BYTES


class PaymentForm(forms.Form):
    """Money that has come for an invoice; by default all that remains, today."""

    amount = forms.DecimalField(
        label=_("Amount"), max_digits=16, decimal_places=2, min_value=Decimal("0.01"), localize=True
    )
    paid_on = forms.DateField(
        label=_("Paid on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    comment = forms.CharField(label=_("Comment"), max_length=300, required=False)

    def __init__(self, *args: Any, invoice: Invoice, **kwargs: Any) -> None:
        initial = {"amount": invoice.remaining, "paid_on": timezone.localdate()}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["amount"].help_text = invoice.currency

    def clean_paid_on(self) -> Any:
        day = self.cleaned_data["paid_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Money of the future has not come yet."))
        return day


class StatementForm(forms.Form):
    """A bank's file."""

    file = forms.FileField(
        label=_("Bank statement"),
        help_text=_("The file 1CClientBankExchange, as the bank exports it for 1C: kl_to_1c.txt."),
        widget=forms.FileInput(attrs={"accept": ".txt,text/plain"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("The file is too large: take the statement of a shorter period. Nothing was read.")
            )
        return file


class AssignForm(forms.Form):
    """The invoice that waiting money is for."""

    invoice = forms.ModelChoiceField(
        Invoice.objects.none(), label=_("Invoice"), empty_label=None, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, invoices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["invoice"].queryset = invoices  # type: ignore[attr-defined]
