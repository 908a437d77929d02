"""Companies as an import meets them: found by INN or name, made once however many rows name them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

from contacts.folding import bare_company_name
from contacts.importing.context import Context
from contacts.models import Company, LegalDetails
from contacts.services.many import Firm, create_companies
from tenants.access import Section


@dataclasses.dataclass(slots=True)
class FirmRef:
    """A company a row names: there already, or to be made with the rows it came in."""

    name: str
    inn: str = ""
    pk: uuid.UUID | None = None
    company: Company | None = None


class Firms:
    """The companies rows name."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.by_inn: dict[str, FirmRef] = {}
        self.by_name: dict[str, FirmRef] = {}
        self.waiting: list[FirmRef] = []

    def know(self, named: Iterable[tuple[str, str]]) -> None:
        """Look up what (name, INN) pairs name: two queries for all of them."""
        pairs = [pair for pair in named if any(pair)]
        inns = {inn for _name, inn in pairs if inn and inn not in self.by_inn}
        bare = {
            word for name, _inn in pairs if (word := bare_company_name(name)) and word not in self.by_name
        }
        refs: dict[uuid.UUID, FirmRef] = {}
        if inns:
            rows = LegalDetails.objects.filter(inn__in=inns, company__deleted_at=None)
            for row in rows.select_related("company").order_by("-company__created_at", "-pk"):
                self.by_inn[row.inn] = self._ref(row.company, refs)
        if bare:
            found = Company.objects.present().filter(bare_name__in=bare).order_by("-created_at", "-pk")
            for company in found:
                self.by_name[company.bare_name] = self._ref(company, refs)

    def claim(self, name: str, inn: str = "") -> FirmRef | None:
        """Return the company, one to be made where none is known and one may; nothing otherwise."""
        bare = bare_company_name(name)
        ref = self.by_inn.get(inn) if inn else None
        ref = ref or (self.by_name.get(bare) if bare else None)
        if (
            ref is None
            and bare
            and self.context.options.makes_companies
            and self.context.may(Section.COMPANIES)
        ):
            ref = FirmRef(name[:200], inn)
            self.waiting.append(ref)
        if ref is not None:
            if inn:
                self.by_inn.setdefault(inn, ref)
            if bare:
                self.by_name.setdefault(bare, ref)
        return ref

    def write(self, *, now: dt.datetime) -> list[uuid.UUID]:
        """Make the companies that wait; return their ids."""
        firms = [Firm(values=self._values(ref), legal=self._legal(ref)) for ref in self.waiting]
        made = create_companies(firms=firms, by=self.context.by, now=now, mark=self.context.mark)
        for ref, company in zip(self.waiting, made, strict=True):
            ref.pk, ref.company = company.pk, company
        self.waiting = []
        return [company.pk for company in made]

    def forget(self) -> None:
        self.by_inn, self.by_name, self.waiting = {}, {}, []

    def _ref(self, company: Company, refs: dict[uuid.UUID, FirmRef]) -> FirmRef:
        if company.pk not in refs:
            refs[company.pk] = FirmRef(company.name, pk=company.pk, company=company)
        return refs[company.pk]

    def _values(self, ref: FirmRef) -> dict[str, Any]:
        tenant = self.context.by.tenant
        return {
            "name": ref.name,
            "owner": self.context.default_owner or self.context.by,
            "currency": tenant.currency,
        }

    def _legal(self, ref: FirmRef) -> dict[str, str]:
        return {"title": ref.name, "inn": ref.inn} if ref.inn else {}
