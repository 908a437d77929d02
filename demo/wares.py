"""What a company sells and how its deals use it: catalogue, prices for chains, own fields, papers, money, robots."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from decimal import Decimal
from typing import Any

from automation.models import Robot
from automation.services import RobotValues, save_robot
from contacts.models import Company as ClientCompany
from contacts.models import Contact
from contacts.services import update_company
from core.tenancy import tenant_scope
from deals.documents import answers
from deals.documents import services as documents
from deals.documents.setup import save_our_company
from deals.models import Deal, Invoice, Product, Proposal, Stage
from deals.payments.services import pay_invoice
from deals.products import lines
from deals.products import services as catalogue
from deals.services import create_deal, move_deal, update_deal
from demo.companies import Company
from demo.stories import STORIES
from tenants.custom_fields.services import create_field
from tenants.models import CustomField, DirectoryElement

CHAIN_DISCOUNT = Decimal("0.93")
AGAIN, DESCRIBED, WITH_LINES, PAID = 24, 60, 16, 8
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0"
Trigger, Action, Unit = Robot.Trigger, Robot.Action, Robot.Unit


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    """What the catalogue, the fields and the robots are called."""

    goods: str
    services: str
    price_list: str
    delivery: tuple[str, int]  # a line in free words, and its price
    site: tuple[str, tuple[str, ...]]  # a choice of deals
    opens_on: str
    needs_fitting: str
    branches: str  # a number of companies
    vat: int
    seller: dict[str, Any]
    call: str
    viewed: str
    idle: str
    overdue: str
    paid: str


WORDS = {
    "ru": Words(
        goods="Оборудование и кофе",
        services="Сервис",
        price_list="Для сетей",
        delivery=("Доставка и пусконаладка", 9_000),
        site=("Тип заведения", ("Кофейня", "Ресторан", "Офис", "Отель", "Магазин")),
        opens_on="Дата запуска",
        needs_fitting="Нужен монтаж",
        branches="Число точек",
        vat=22,
        seller={
            "name": "Ромашка",
            "legal_name": "ООО «Ромашка»",
            "inn": "7707083893",
            "kpp": "770701001",
            "bank": "ПАО «Пример Банк»",
            "bik": "044525225",
            "account": "40702810938000000001",
            "correspondent_account": "30101810400000000225",
            "address": "Москва, Садовая ул., 1",
            "phone": "+7 495 120-40-11",
            "email": "sales@romashka.example",
            "director_title": "Генеральный директор",
            "director": "Лебедев А. В.",
        },
        call="Позвонить и уточнить задачу",
        viewed="Клиент открыл предложение: самое время позвонить",
        idle="Три дня тишины: напомнить о себе",
        overdue="Напомнить о счёте",
        paid="Счёт оплачен, согласуйте дату поставки",
    ),
    "en": Words(
        goods="Machines and coffee",
        services="Service",
        price_list="Chains",
        delivery=("Delivery and set-up", 180),
        site=("Kind of place", ("Cafe", "Restaurant", "Office", "Hotel", "Shop")),
        opens_on="Opens on",
        needs_fitting="Needs fitting",
        branches="Branches",
        vat=20,
        seller={
            "name": "Acme Coffee",
            "legal_name": "Acme Coffee Ltd",
            "bank": "Example Bank",
            "account": "GB00EXMP00000000000000",
            "address": "1 Garden Street, London",
            "phone": "+44 20 7946 0100",
            "email": "sales@acme.example",
            "director_title": "Managing director",
            "director": "Ada Parker",
        },
        call="Call and ask what they need",
        viewed="The client has opened the proposal: a good moment to call",
        idle="Three quiet days: remind them of us",
        overdue="Remind them of the invoice",
        paid="The invoice is paid, agree on a delivery date",
    ),
}


def furnish(company: Company, *, seed: int, now: dt.datetime) -> None:
    """Fill the catalogue and let the deals of the last weeks use it; the robots come last, and do nothing yet."""
    rng = random.Random(f"{seed}:{company.plan.slug}:wares")
    with tenant_scope(company.tenant):
        shop = Shop(company, rng, now)
        shop.stock()
        shop.begin()
        shop.describe()
        shop.sell()
        shop.automate()


class Shop:
    """One company's wares, while they are made."""

    def __init__(self, company: Company, rng: random.Random, now: dt.datetime) -> None:
        self.company, self.rng, self.now = company, rng, now
        self.words = WORDS[company.plan.language]
        self.admin = company.member_in("admin")
        self.products: dict[str, Product] = {}  # by name

    # --- Catalogue -----------------------------------------------------------------------------------
    def stock(self) -> None:
        """Put what the stories sell into the catalogue, cheaper for chains."""
        story = STORIES[self.company.plan.language]
        cheaper = catalogue.create_price_list(
            by=self.admin, name=self.words.price_list, currency=self.company.plan.currency,
            client_type=ClientCompany.ClientType.CHAIN,
        )  # fmt: skip
        for title, kind, wares in (
            (self.words.goods, Product.Kind.GOODS, story.products),
            (self.words.services, Product.Kind.SERVICE, story.service),
        ):
            category = catalogue.create_category(by=self.admin, name=title)
            for ware in wares:
                price = Decimal(ware.price)
                product = catalogue.create_product(
                    by=self.admin, now=self.now, name=ware.name, kind=kind, category=category, price=price,
                    sku=f"{kind[:1].upper()}-{101 + len(self.products)}", currency=self.company.plan.currency,
                    vat_percent=Decimal(self.words.vat),
                )  # fmt: skip
                self.products[ware.name] = product
                if kind == Product.Kind.GOODS:
                    catalogue.set_price(
                        price_list=cheaper, product=product, by=self.admin, price=price * CHAIN_DISCOUNT
                    )

    # --- Deals with those who come back --------------------------------------------------------------
    def begin(self) -> None:
        """Let clients who bought before buy again; these deals came by no inquiry, and are on their way."""
        pipeline = self.company.pipelines[0]
        stages = list(pipeline.stages.filter(kind=Stage.Kind.OPEN).order_by("position"))
        goods = [one for one in self.products.values() if one.kind == Product.Kind.GOODS]
        buyers = (
            Contact.objects.filter(deals__stage__kind=Stage.Kind.WON).distinct().order_by("created_at", "id")
        )
        for place, contact in enumerate(buyers[:AGAIN]):
            product, count = self.rng.choice(goods), self.rng.choice((1, 1, 2, 4))
            owner = self.company.managers[place % len(self.company.managers)]
            at = self._ago(self.rng.randint(3, 9))
            deal = create_deal(
                title=product.name if count == 1 else f"{product.name}, {count}", pipeline=pipeline, contact=contact,
                owner=owner, by=owner, now=at, amount=product.price * count, object_of_interest=product.name,
                city=self.rng.choice(STORIES[self.company.plan.language].cities),
                expected_on=(self.now + dt.timedelta(days=self.rng.randint(5, 40))).date(),
            )  # fmt: skip
            for stage in stages[1 : 1 + place % len(stages)]:
                at += dt.timedelta(hours=self.rng.randint(4, 9))
                deal = move_deal(deal=deal, stage=stage, by=owner, now=at)

    # --- Fields of their own -------------------------------------------------------------------------
    def describe(self) -> None:
        """Ask of deals what kind of place they are for, of companies how many places they have."""
        name, options = self.words.site
        site = create_field(entity="deal", kind="choice", name=name, options=options, is_on_card=True)
        opens_on = create_field(entity="deal", kind="date", name=self.words.opens_on)
        fitting = create_field(entity="deal", kind="flag", name=self.words.needs_fitting)
        branches = create_field(entity="company", kind="number", name=self.words.branches)
        places = list(DirectoryElement.objects.filter(directory=site.directory))
        for deal in self._open_deals()[:DESCRIBED]:
            values: dict[str, Any] = {site.key: self.rng.choice(places)}
            if self.rng.random() < 0.6:
                values[opens_on.key] = (self.now + dt.timedelta(days=self.rng.randint(7, 120))).date()
            if self.rng.random() < 0.4:
                values[fitting.key] = True
            update_deal(deal=deal, by=deal.owner, now=self._when(deal, 15), **values)
        self._count_branches(branches)

    def _count_branches(self, branches: CustomField) -> None:
        for client in ClientCompany.objects.present().order_by("created_at", "id")[:DESCRIBED]:
            values: dict[str, Any] = {branches.key: Decimal(self.rng.choice((1, 1, 2, 3, 5, 12)))}
            update_company(company=client, by=client.owner, now=self.now, **values)

    # --- Papers and money ----------------------------------------------------------------------------
    def sell(self) -> None:
        """Offer, bill and collect: each state of a proposal and an invoice can be met somewhere."""
        save_our_company(company=None, by=self.admin, **self.words.seller)
        deals = [deal for deal in self._open_deals() if deal.amount and self._product_of(deal)][:WITH_LINES]
        for deal in deals:
            self._lines(deal)
        for place, deal in enumerate(deals[: WITH_LINES * 3 // 4]):
            self._offer(deal, place)
        for place, deal in enumerate(deals[: WITH_LINES // 2]):
            self._bill(deal, place)
        won = Deal.objects.filter(stage__kind=Stage.Kind.WON, amount__gt=0).order_by("-closed_at")
        for deal in [one for one in won.select_related("owner")[: PAID * 2] if self._product_of(one)][:PAID]:
            self._lines(deal)
            self._collect(self._invoice(deal, days_ago=9), Decimal(1), days_ago=4)

    def _open_deals(self) -> list[Deal]:
        """The furthest first."""
        rows = Deal.objects.filter(stage__kind=Stage.Kind.OPEN, closed_at=None).select_related("owner")
        return list(rows.order_by("-stage__position", "-created_at", "-id"))

    def _product_of(self, deal: Deal) -> Product | None:
        return self.products.get(deal.object_of_interest)

    def _lines(self, deal: Deal) -> None:
        product, at = self._product_of(deal), self._when(deal, 14)
        assert product is not None and deal.amount is not None
        count = max(Decimal(1), deal.amount // product.price)
        lines.add_line(
            deal=deal, product=product, by=deal.owner, now=at, quantity=count, price=product.price
        )  # fmt: skip
        if product.kind == Product.Kind.GOODS:
            name, price = self.words.delivery
            lines.add_line(
                deal=deal, by=deal.owner, now=at, name=name, price=Decimal(price), discount=Decimal(10),
                vat_percent=Decimal(self.words.vat),
            )  # fmt: skip
        lines.set_terms(deal=deal, by=deal.owner, now=at, is_tax_included=True, is_amount_of_lines=True)

    def _offer(self, deal: Deal, place: int) -> None:
        """By turns: a draft, sent, opened, accepted."""
        at = self._when(deal, 12 - place % 10)
        proposal: Proposal = documents.create_proposal(deal=deal, by=deal.owner, now=at, issued_on=at.date())
        if place % 4 == 3:
            return
        documents.send_document(document=proposal, by=deal.owner, now=at)
        if place % 4 == 2:
            return
        seen = at + dt.timedelta(hours=3)
        answers.note_opening(document=proposal, address=None, user_agent=BROWSER, now=seen)
        if place % 4 == 0:
            at += dt.timedelta(hours=20)
            answers.accept(proposal=proposal, name=self._client_of(deal), address=None, now=at)

    def _client_of(self, deal: Deal) -> str:
        return deal.contact.name if deal.contact else deal.title

    def _bill(self, deal: Deal, place: int) -> None:
        """By turns: overdue, paid in part, waiting, paid."""
        invoice = self._invoice(deal, days_ago=10 if place % 4 == 0 else 3)
        if place % 4 == 1:
            self._collect(invoice, Decimal("0.5"), days_ago=1)
        elif place % 4 == 3:
            self._collect(invoice, Decimal(1), days_ago=1)

    def _invoice(self, deal: Deal, *, days_ago: int) -> Invoice:
        at = self._when(deal, days_ago)
        due = (at + dt.timedelta(days=3)).date()
        made = documents.create_invoice(deal=deal, by=deal.owner, now=at, issued_on=at.date(), due_on=due)
        return documents.send_document(document=made, by=deal.owner, now=at)

    def _collect(self, invoice: Invoice, share: Decimal, *, days_ago: int) -> None:
        at = self._ago(days_ago)
        pay_invoice(
            invoice=invoice, amount=(invoice.total * share).quantize(Decimal("0.01")), currency=invoice.currency,
            paid_on=at.date(), by=invoice.deal.owner, now=at,
        )  # fmt: skip

    def _ago(self, days: int) -> dt.datetime:
        return self.now - dt.timedelta(days=days)

    def _when(self, deal: Deal, days: int) -> dt.datetime:
        """So many days ago, or soon after the deal began."""
        return min(self.now, max(self._ago(days), deal.created_at + dt.timedelta(hours=2)))

    # --- Robots --------------------------------------------------------------------------------------
    def automate(self) -> None:
        """Give the first pipeline the robots a head would start with."""
        stages = list(self.company.pipelines[0].stages.filter(kind=Stage.Kind.OPEN).order_by("position"))
        plan = {"activity_kind": "call", "whom": Robot.Whom.OWNER}
        owner = {"whom": Robot.Whom.OWNER}
        middle, last = stages[len(stages) // 2], stages[-1]
        for stage, trigger, action, values, wait in (
            (stages[0], Trigger.ENTERED, Action.PLAN,
             plan | {"subject": self.words.call, "due": 1, "due_unit": Unit.HOURS}, 0),
            (middle, Trigger.PROPOSAL_VIEWED, Action.NOTIFY, owner | {"text": self.words.viewed}, 0),
            (middle, Trigger.IDLE, Action.PLAN,
             plan | {"subject": self.words.idle, "due": 4, "due_unit": Unit.HOURS}, 3),
            (last, Trigger.INVOICE_OVERDUE, Action.PLAN,
             plan | {"subject": self.words.overdue, "due": 2, "due_unit": Unit.HOURS}, 0),
            (last, Trigger.PAID, Action.COMMENT, {"text": self.words.paid}, 0),
        ):  # fmt: skip
            robot = RobotValues(
                trigger=trigger, action=action, action_values=values, wait=wait, wait_unit=Unit.DAYS
            )
            save_robot(values=robot, by=self.admin, now=self.now, stage=stage)
