"""One company with a row of everything a page can be about, and which address opens which row."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from activities.models import Activity, Attachment, CalendarFeed, Call, DayNorm, Notification, ProcessTemplate
from activities.services import log_activity, plan_activity
from automation.models import RobotRun
from automation.services import RobotValues, save_robot
from channels.models import (
    CannedReply,
    Dialog,
    DialogOutcome,
    Event,
    Message,
    Script,
    ScriptStep,
    SiteNumber,
    Talk,
)
from channels.services import create_channel
from contacts.identity import Key
from contacts.merging import merge_cards
from contacts.models import Company, CompanyPair, Contact, ContactPair, Import, LegalDetails
from contacts.services import add_point, create_company, create_contact, link_company
from contacts.sources import services as sources
from core.tenancy import tenant_scope
from core.tests.filling import fill
from crm_project.tests.walkers.routes import Route
from deals.documents import services as documents
from deals.documents.setup import save_our_company
from deals.models import BankEntry, Stage, StatementImport
from deals.payments.services import pay_invoice
from deals.products import services as products
from deals.products.lines import add_line
from deals.reasons.services import create_reason
from deals.services import create_deal
from deals.setup import create_starter_pipeline
from leads.models import CallCard, RoutingRule
from leads.services import create_manual_lead, exclude, start_trial
from mailings.models import Mailing, MailingFile, Recipient
from reports.models import Schedule
from reports.schedules import save_schedule
from tenants import leaving
from tenants.custom_fields.files import store_file
from tenants.custom_fields.services import add_element, create_directory, create_field, hide_field
from tenants.models import (
    Absence,
    CurrencyRate,
    Department,
    Holiday,
    Invitation,
    Job,
    Membership,
    Office,
    Role,
    SavedView,
    Tenant,
)
from tenants.services import create_token

NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
MISSING = uuid.UUID("01920000-0000-7000-8000-00000000dead")
# Beginning of an address's name and argument -> name of the row in the world. The longest beginning wins.
ROWS = {
    ("leads:", "pk"): "lead",
    ("leads:call_", "pk"): "call_card",
    ("leads:exclusion_remove", "pk"): "exclusion",
    ("leads:routing_", "pk"): "routing_rule",
    ("leads:routing_channel", "pk"): "channel",
    ("leads:routing_trial", "pk"): "trial",
    ("leads:quality_run", "pk"): "recomputation",
    ("deals:", "pk"): "deal",
    ("deals:pipeline", "pk"): "pipeline",
    ("deals:card_preview", "pk"): "pipeline",
    ("deals:stage", "pk"): "stage",
    ("deals:stage_create", "pk"): "pipeline",
    ("deals:stage_order", "pk"): "pipeline",
    ("deals:documents", "pk"): "deal",
    ("deals:proposal", "pk"): "proposal",
    ("deals:invoice", "pk"): "invoice",
    ("deals:payment", "pk"): "payment",
    ("deals:statement", "pk"): "statement",
    ("deals:money", "pk"): "bank_entry",
    ("deals:our_company", "pk"): "our_company",
    ("deals:line", "pk"): "line",
    ("deals:lines", "pk"): "deal",
    ("deals:price_list", "pk"): "price_list",
    ("deals:product", "pk"): "product",
    ("deals:product_category", "pk"): "product_category",
    ("contacts:", "pk"): "contact",
    ("contacts:key", "key"): "key",
    ("contacts:unlink", "member"): "place",
    ("contacts:company_unlink", "member"): "place",
    ("contacts:place", "member"): "place",
    ("contacts:company_place", "member"): "place",
    ("contacts:company", "pk"): "company",
    ("contacts:point", "pk"): "company",
    ("contacts:point", "key"): "point",
    ("contacts:import", "pk"): "import",
    ("contacts:legal", "pk"): "company",
    ("contacts:legal", "details"): "legal_details",
    ("contacts:pair", "pk"): "pair",
    ("contacts:company_pair", "pk"): "company_pair",
    ("contacts:merge_undo", "pk"): "merge",
    ("contacts:company_merge_undo", "pk"): "company_merge",
    ("activities:", "pk"): "task",
    ("activities:edit_note", "pk"): "note",
    ("activities:delete_note", "pk"): "note",
    ("activities:attachment", "pk"): "attachment",
    ("activities:notice", "pk"): "notification",
    ("activities:close_feed", "pk"): "feed",
    ("activities:batch", "pk"): "batch",
    ("activities:template", "pk"): "process_template",
    ("activities:norm", "pk"): "norm",
    ("activities:follow", "pk"): "notification",
    ("automation:", "pk"): "robot",
    ("automation:of_deal", "pk"): "deal",
    ("automation:choose", "pk"): "stage",
    ("automation:create", "pk"): "stage",
    ("automation:trial", "pk"): "stage",
    ("automation:call_off", "pk"): "robot_run",
    ("automation:do_now", "pk"): "robot_run",
    ("automation:do_again", "pk"): "robot_run",
    ("channels:", "pk"): "channel",
    ("channels:number", "pk"): "numbers",
    ("channels:number_remove", "number"): "site_number",
    ("channels:event", "pk"): "event",
    ("channels:into_pipeline", "pk"): "pipeline",
    ("channels:send_again", "pk"): "message",
    ("channels:dialog", "pk"): "dialog",
    ("channels:dialog_step", "step"): "script_step",
    ("channels:script", "pk"): "script",
    ("channels:outcome", "pk"): "outcome",
    ("channels:canned", "pk"): "canned",
    ("channels:letter", "activity_id"): "mail",
    ("channels:end_talk", "pk"): "talk",
    ("channels:recording", "pk"): "call",
    ("channels:fetch_recording", "pk"): "call",
    ("mailings:", "pk"): "mailing",
    ("reports:schedule", "pk"): "schedule",
    ("reports:arrange_role", "pk"): "role",
    ("mailings:client_change", "pk"): "contact",
    ("mailings:remove_file", "file"): "mailing_file",
    ("api:cost", "cost_id"): "cost",
    ("api:source", "source_id"): "source",
    ("tenants:api_token_revoke", "pk"): "api_token",
    ("tenants:member", "pk"): "member",
    ("tenants:invitation", "pk"): "invitation",
    ("tenants:role", "pk"): "role",
    ("tenants:department", "pk"): "department",
    ("tenants:office", "pk"): "office",
    ("tenants:hours_department", "pk"): "department",
    ("tenants:hours_member", "pk"): "member",
    ("tenants:holiday", "pk"): "holiday",
    ("tenants:absence", "pk"): "absence",
    ("tenants:rate_delete", "pk"): "rate",
    ("tenants:handover_run", "pk"): "handover",
    ("tenants:rota_day", "pk"): "member",
    ("tenants:source", "pk"): "source",
    ("tenants:source_cost", "pk"): "cost",
    ("tenants:source_costs", "pk"): "source",
    ("tenants:source_group", "pk"): "source_group",
    ("tenants:reason", "pk"): "reason",
    ("tenants:job", "pk"): "job",
    ("tenants:field", "pk"): "custom_field",
    ("tenants:field_restore", "pk"): "hidden_field",
    ("tenants:field_erase", "pk"): "hidden_field",
    ("tenants:directory", "pk"): "directory",
    ("tenants:element_create", "pk"): "directory",
    ("tenants:element", "pk"): "element",
    ("tenants:list_view_delete", "pk"): "saved_view",
}
# Arguments that are words: the same in every company.
WORDS = {
    ("deals:field", "name"): "title",
    ("deals:field_file", "name"): "cf_1",
    ("leads:field", "name"): "name",
    ("leads:field_file", "name"): "cf_2",
    ("contacts:field_file", "name"): "cf_3",
    ("contacts:company_field_file", "name"): "cf_4",
    ("contacts:field", "name"): "comment",
    ("contacts:company_field", "name"): "comment",
    ("automation:create", "action"): "plan",
    ("channels:create_kind", "kind"): "form",
    ("tenants:category_create", "kind"): "industry",
    ("tenants:category", "kind"): "industry",
    ("tenants:category", "code"): "trade",
    ("tenants:category_archive", "kind"): "industry",
    ("tenants:category_archive", "code"): "food",
    ("tenants:category_delete", "kind"): "industry",
    ("tenants:category_delete", "code"): "it",
    ("tenants:category_move", "kind"): "industry",
    ("tenants:category_move", "code"): "health",
    ("leads:bulk", "action"): "take",
    ("reports:panel", "key"): "counters",
}


class Unknown(LookupError):
    """An address whose rows the world doesn't know yet."""


class World:
    """The rows of one tenant, made through the services where there is one."""

    def __init__(self, tenant: Tenant, by: Membership) -> None:
        self.tenant, self.by = tenant, by
        self.rows: dict[str, Any] = {"member": by}
        self.files: dict[str, dict[str, Any]] = {}  # entity -> its file field
        with tenant_scope(tenant):
            self._custom_fields()
            self._clients()
            self._sales()
            self._channels()
            self._settings()

    def _custom_fields(self) -> None:
        """A file on each kind of record, a directory, and a field that was deleted; keys count from cf_1."""
        rows, canary = self.rows, f"canary-{self.tenant.slug}"
        upload = SimpleUploadedFile(f"{canary}.txt", b"x")
        rows["field_file"] = store_file(upload=upload, by=self.by)
        for entity in ("deal", "lead", "contact", "company"):
            field = create_field(entity=entity, kind="file", name=f"File {canary}")
            self.files[entity] = {field.key: rows["field_file"]}
        rows["directory"] = create_directory(name=f"Directory {canary}")
        rows["element"] = add_element(directory=rows["directory"], name=f"Element {canary}")
        rows["custom_field"] = create_field(
            entity="deal", kind="element", name=f"Field {canary}", directory=rows["directory"]
        )
        hidden = create_field(entity="deal", kind="text", name=f"Hidden {canary}")
        rows["hidden_field"] = hide_field(field=hidden, now=NOW)

    def _clients(self) -> None:
        by, rows = self.by, self.rows
        canary = f"canary-{self.tenant.slug}"
        rows["source_group"] = sources.create_group(name=f"Group {canary}", by=by)
        rows["source"] = sources.create_source(name=f"Source {canary}", by=by)
        rows["cost"] = sources.add_cost(
            source=rows["source"], by=by, starts_on=NOW.date(), ends_on=NOW.date(), amount=1, currency="RUB"
        )
        contact = create_contact(
            name=f"Ivan {canary}",
            keys=[Key("email", f"{canary}@example.com")],
            owner=by,
            by=by,
            now=NOW,
            **self.files["contact"],
        )
        company = create_company(name=f"Firm {canary}", owner=by, by=by, now=NOW, **self.files["company"])
        rows |= {"contact": contact, "company": company, "key": contact.keys.get()}
        rows["place"] = link_company(contact=contact, company=company, position="boss", by=by, now=NOW)
        rows["point"] = add_point(company=company, key=Key("email", f"firm-{canary}@example.com"))
        rows["legal_details"] = LegalDetails.objects.create(company=company, title=f"LLC {canary}")
        layout = {"kind": "csv", "charset": "utf-8", "delimiter": ",", "head_row": 1}
        rows["import"] = fill(
            Import, by=by, what="contacts", file_name=f"{canary}.csv", state="stopped", layout=layout
        )
        self._doubles(canary)

    def _doubles(self, canary: str) -> None:
        """A second card of each client, one that was merged, and the pairs they make."""
        by, rows = self.by, self.rows
        for name, model, pair_model in (("contact", Contact, ContactPair), ("company", Company, CompanyPair)):
            known = rows[name]
            double, gone = (fill(model, name=f"{word} {canary}", owner=by) for word in ("Double", "Gone"))
            rows["pair" if name == "contact" else "company_pair"] = fill(
                pair_model, first=known, second=double, score=80, reasons=[["name_same", {}]]
            )
            merge = merge_cards(survivor=known, others=[gone], by=by, now=NOW)
            rows["merge" if name == "contact" else "company_merge"] = merge

    def _sales(self) -> None:
        by, rows = self.by, self.rows
        rows["pipeline"] = create_starter_pipeline(name="Walk", by=by)
        rows["stage"] = Stage.objects.filter(pipeline=rows["pipeline"], kind=Stage.Kind.OPEN).first()
        rows["reason"] = create_reason(by=by, name=f"Reason {self.tenant.slug}")
        about = {"contact": rows["contact"], "company": rows["company"]}
        rows["deal"] = create_deal(
            title=f"Deal canary-{self.tenant.slug}",
            pipeline=rows["pipeline"],
            by=by,
            now=NOW,
            **about,
            **self.files["deal"],
        )
        self._products()
        self._robots()
        rows["lead"] = create_manual_lead(
            by=by, now=NOW, name=f"Lead canary-{self.tenant.slug}", text="wants to buy", **self.files["lead"]
        )
        rows["exclusion"] = exclude(key=Key("email", f"spam@{self.tenant.slug}.example"), by=by, now=NOW)
        targets = about | {"deal": rows["deal"], "lead": rows["lead"]}
        rows["note"] = log_activity(kind="note", occurred_at=NOW, author=by, text="note", **targets)
        rows["mail"] = log_activity(
            kind="email", direction="out", occurred_at=NOW, author=by, text="mail", **targets
        )
        rows["task"] = plan_activity(
            kind="task", subject="Call back", due_at=NOW, owner=by, by=by, now=NOW, deal=rows["deal"]
        )
        rows["batch"] = fill(Job, member=by, kind="activities.batch", state="done", params={"card": "deal"})
        rows["process_template"] = fill(ProcessTemplate, name=f"Template canary-{self.tenant.slug}")
        rows["norm"] = fill(DayNorm, member=by)
        rows["feed"] = fill(CalendarFeed, member=by, kinds=["task"])
        rows["attachment"] = fill(Attachment, activity=rows["note"], name="a.txt", content_type="text/plain")
        rows["notification"] = fill(
            Notification, member=by, code="activity_due", url=reverse("activities:list")
        )
        line = Activity.objects.create(kind="call", direction="in", occurred_at=NOW, lead=rows["lead"])
        rows["call"] = fill(Call, activity=line, direction="in")
        rows["call_card"] = fill(CallCard, call=rows["call"], member=by)

    def _products(self) -> None:
        by, rows = self.by, self.rows
        canary = f"canary-{self.tenant.slug}"
        rows["product_category"] = products.create_category(by=by, name=f"Shelf {canary}")
        rows["product"] = products.create_product(by=by, now=NOW, name=f"Thing {canary}", price=Decimal(5))
        rows["price_list"] = products.create_price_list(by=by, name=f"Prices {canary}", currency="RUB")
        products.set_price(price_list=rows["price_list"], product=rows["product"], by=by, price=Decimal(4))
        rows["line"] = add_line(deal=rows["deal"], product=rows["product"], by=by, now=NOW)
        rows["our_company"] = save_our_company(
            company=None, by=by, name=f"We {canary}", legal_name=f"We {canary}"
        )
        rows["proposal"] = documents.create_proposal(deal=rows["deal"], by=by, now=NOW)
        rows["invoice"] = documents.create_invoice(deal=rows["deal"], by=by, now=NOW)
        paid = documents.send_document(
            document=documents.create_invoice(deal=rows["deal"], by=by, now=NOW), by=by, now=NOW
        )
        rows["payment"] = pay_invoice(
            invoice=paid, amount=Decimal(1), currency=paid.currency, paid_on=NOW.date(), by=by, now=NOW
        )
        rows["statement"] = fill(StatementImport, file_name=f"bank {canary}.txt", state="done")
        rows["bank_entry"] = fill(
            BankEntry, statement=rows["statement"], payer=f"Payer {canary}", amount=Decimal(5), currency="RUB"
        )

    def _robots(self) -> None:
        by, rows = self.by, self.rows
        deal = rows["deal"]
        note = {"text": f"Robot canary-{self.tenant.slug}"}
        values = RobotValues(trigger="entered", action="comment", action_values=note, name=note["text"])
        rows["robot"] = save_robot(values=values, by=by, now=NOW, stage=deal.stage)
        rows["robot_run"] = fill(
            RobotRun, robot=rows["robot"], name=note["text"], deal=deal, stage=deal.stage, trigger="entered",
            state="waiting",
        )  # fmt: skip

    def _channels(self) -> None:
        rows = self.rows
        created = create_channel(kind="form", name=f"Form {self.tenant.slug}", by=self.by, now=NOW)
        rows["channel"] = channel = created.channel
        rows["event"] = fill(Event, channel=channel, state="dead", body=b"{}")
        made = create_channel(kind="numbers", name=f"Numbers {self.tenant.slug}", by=self.by, now=NOW)
        rows["numbers"] = made.channel
        rows["site_number"] = fill(SiteNumber, channel=made.channel, number="+74951230000")
        dialog = rows["dialog"] = fill(
            Dialog,
            channel=channel,
            contact=rows["contact"],
            lead=rows["lead"],
            assignee=self.by,
            closed_at=None,
        )
        rows["outcome"] = fill(DialogOutcome, name=f"Outcome canary-{self.tenant.slug}", effect="keep")
        rows["script"] = fill(Script, name=f"Script canary-{self.tenant.slug}")
        rows["script_step"] = fill(ScriptStep, script=rows["script"], text="Greet")
        rows["canned"] = fill(CannedReply, shortcut="hello", owner=self.by, department=None)
        rows["message"] = fill(Message, activity=rows["mail"], dialog=dialog, channel=channel, state="failed")
        rows["talk"] = fill(Talk, dialog=dialog)
        self._mailings()
        self._reports()

    def _mailings(self) -> None:
        rows, canary = self.rows, f"canary-{self.tenant.slug}"
        mailing = rows["mailing"] = fill(
            Mailing,
            name=f"Mailing {canary}",
            channel=rows["channel"],
            owner=self.by,
            state="draft",
            text="Hi",
        )
        rows["mailing_file"] = fill(
            MailingFile, mailing=mailing, name=f"{canary}.txt", content_type="text/plain"
        )
        rows["recipient"] = fill(Recipient, mailing=mailing, contact=rows["contact"], dialog=rows["dialog"])

    def _reports(self) -> None:
        schedule = Schedule(page="reports:quality", name=f"Report canary-{self.tenant.slug}", at=dt.time(9))
        self.rows["schedule"] = save_schedule(schedule, recipients=[self.by], by=self.by, now=NOW)

    def _settings(self) -> None:
        rows = self.rows
        rows["department"] = fill(Department)
        rows["office"] = fill(Office)
        rows["holiday"] = fill(Holiday)
        rows["rate"] = fill(CurrencyRate)
        rows["handover"] = fill(Job, kind=leaving.KIND)
        rows["absence"] = fill(Absence, member=self.by)
        rows["api_token"] = create_token(
            name=f"Token canary-{self.tenant.slug}", scopes=["costs:read"], by=self.by
        ).token
        rows["role"] = Role.objects.create(name="Spare")
        rows["invitation"] = fill(Invitation, role=rows["role"], expires_at=NOW)
        rows["job"] = fill(Job, member=self.by, kind="export", state="done")
        rows["routing_rule"] = fill(RoutingRule, name=f"Rule canary-{self.tenant.slug}", role=rows["role"])
        rows["trial"] = start_trial(by=self.by, now=NOW, rules=[], days=1, title="Rules")
        rows["recomputation"] = fill(Job, member=self.by, kind="leads.recompute", state="done")
        rows["saved_view"] = fill(SavedView, member=self.by, page="leads:list")

    def address(self, route: Route) -> str:
        """Build the route's address with this tenant's rows."""
        return reverse(route.name, kwargs={name: self.value(route, name) for name in route.kwargs})

    def value(self, route: Route, name: str) -> Any:
        """Return what this tenant puts into one argument of the route."""
        if (route.name, name) == ("tenants:switch", "slug"):
            return self.tenant.slug
        if word := WORDS.get((route.name, name)):
            return word
        return self.rows[row_name(route, name)].pk


def row_name(route: Route, name: str) -> str:
    """Find which row an argument names; raise Unknown for one nobody has told of."""
    fitting = [
        (len(start), row)
        for (start, arg), row in ROWS.items()
        if arg == name and route.name.startswith(start)
    ]
    if not fitting:
        raise Unknown(f"{route}: tell ROWS in walkers/world.py which row <{name}> is")
    return max(fitting)[1]


def missing_address(route: Route, world: World) -> str:
    """Build the route's address with ids that exist nowhere."""
    kwargs: dict[str, Any] = {}
    for name in route.kwargs:
        kwargs[name] = WORDS.get((route.name, name), "no-such" if name == "slug" else MISSING)
    return reverse(route.name, kwargs=kwargs)


def row_arguments(route: Route) -> list[str]:
    """List the arguments that name a row, the outer one first."""
    return [name for name in route.kwargs if (route.name, name) not in WORDS and name != "slug"]
