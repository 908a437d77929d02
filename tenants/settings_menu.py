"""The left menu of the settings pages: what there is to set, and who sees it."""

from __future__ import annotations

import dataclasses

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tenants.access import Action, Section, may
from tenants.models import Membership


@dataclasses.dataclass(frozen=True, slots=True)
class SettingsPage:
    """One entry of the menu; `views` begin the names of the pages that belong to it."""

    label: str | Promise
    hint: str | Promise
    icon: str
    url_name: str
    views: tuple[str, ...]
    section: str = Section.SETTINGS
    action: str = Action.VIEW


@dataclasses.dataclass(frozen=True, slots=True)
class SettingsGroup:
    """Pages that stand together under one caption."""

    label: str | Promise
    pages: tuple[SettingsPage, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class SettingsEntry:
    """A page of the menu, ready to print."""

    label: str | Promise
    hint: str | Promise
    icon: str
    url: str
    is_on: bool


Group = tuple[str | Promise, list[SettingsEntry]]

GROUPS = (
    SettingsGroup(
        pgettext_lazy("settings", "Inquiries"),
        (
            SettingsPage(
                _("Channels"),
                _("Mailboxes, messengers, telephony, forms"),
                "plug-connected",
                "channels:list",
                ("channels:",),
                Section.CHANNELS,
            ),
            SettingsPage(
                _("Event journal"),
                _("Everything that was received, and what became of it"),
                "history",
                "channels:journal",
                ("channels:journal", "channels:event"),
                Section.CHANNELS,
            ),
            SettingsPage(
                _("Ledger"),
                _("Received and accounted for: nothing is missing"),
                "list-check",
                "channels:ledger",
                ("channels:ledger",),
                Section.CHANNELS,
            ),
            SettingsPage(
                _("Routing"),
                _("Who gets which inquiries, and what happens while nobody answers"),
                "route",
                "leads:routing_rules",
                ("leads:routing",),
            ),
            SettingsPage(
                _("Lead quality"),
                _("Which inquiries are targeted, repeat or non-targeted"),
                "target",
                "leads:quality_rules",
                ("leads:quality_",),
            ),
            SettingsPage(
                _("Exclusion list"),
                _("Numbers, addresses and domains that make no leads"),
                "ban",
                "leads:exclusions",
                ("leads:exclusion",),
            ),
        ),
    ),
    SettingsGroup(
        pgettext_lazy("settings", "Sales"),
        (
            SettingsPage(
                _("Pipelines and stages"),
                _("How deals move, and what a stage demands"),
                "layout-kanban",
                "deals:pipelines",
                ("deals:",),
            ),
            SettingsPage(
                pgettext_lazy("automation", "Robots"),
                _("What happens by itself at each stage"),
                "robot",
                "automation:board",
                ("automation:",),
            ),
            SettingsPage(
                _("Sources"),
                _("Where clients come from, and what that costs"),
                "speakerphone",
                "tenants:sources",
                ("tenants:source", "tenants:campaign"),
            ),
            SettingsPage(
                _("Rejection reasons"),
                _("Why leads are rejected and deals are lost"),
                "ban",
                "tenants:reasons",
                ("tenants:reason",),
            ),
            SettingsPage(
                _("Our companies"),
                _("In whose name proposals and invoices are made"),
                "building",
                "deals:our_companies",
                ("deals:our_compan",),
            ),
            SettingsPage(
                _("Proposals and invoices"),
                _("Numbers, texts, VAT rates, reminders"),
                "file-invoice",
                "deals:document_settings",
                ("deals:document_settings",),
                action=Action.EDIT,
            ),
        ),
    ),
    SettingsGroup(
        pgettext_lazy("settings", "Talks with clients"),
        (
            SettingsPage(
                _("Canned replies"),
                _("Replies and mails written once and used many times"),
                "message-bolt",
                "channels:canned",
                ("channels:canned",),
                Section.LEADS,
                Action.EDIT,
            ),
            SettingsPage(
                _("Outcomes of dialogs"),
                _("How dialogs are closed, and what becomes of the inquiry"),
                "message-check",
                "channels:outcomes",
                ("channels:outcome",),
            ),
            SettingsPage(
                _("Conversation scripts"),
                _("What to say and ask beside a talk, by channel and stage"),
                "list-check",
                "channels:scripts",
                ("channels:script",),
            ),
            SettingsPage(
                _("Mailings"),
                _("Consent, opened letters, pace, what stands under every letter"),
                "mail-forward",
                "mailings:settings",
                ("mailings:settings",),
                action=Action.EDIT,
            ),
        ),
    ),
    SettingsGroup(
        pgettext_lazy("settings", "Clients and data"),
        (
            SettingsPage(
                _("Fields of your own"),
                _("What your trade asks about: fields of records and directories"),
                "forms",
                "tenants:fields",
                ("tenants:field", "tenants:director", "tenants:element"),
            ),
            SettingsPage(
                _("Client types and industries"),
                _("By what companies are sorted and filtered"),
                "category",
                "tenants:categories",
                ("tenants:categor",),
            ),
            SettingsPage(
                _("Imports"),
                _("Files of clients, deals and leads: loading them, and undoing it"),
                "file-import",
                "contacts:imports",
                ("contacts:import",),
                Section.CONTACTS,
                Action.IMPORT,
            ),
        ),
    ),
    SettingsGroup(
        pgettext_lazy("settings", "Team"),
        (
            SettingsPage(
                _("People"),
                _("Who works here; invitations, dismissals, handing over"),
                "users",
                "tenants:people",
                ("tenants:people", "tenants:member", "tenants:invit", "tenants:handover"),
            ),
            SettingsPage(
                _("Roles and rights"),
                _("Who may do what with whose rows"),
                "shield-lock",
                "tenants:roles",
                ("tenants:role",),
            ),
            SettingsPage(
                _("Departments and offices"),
                _("Heads see their department and everything below it"),
                "sitemap",
                "tenants:departments",
                ("tenants:department", "tenants:office"),
            ),
            SettingsPage(
                _("Working hours"),
                _("Weeks, holidays, absences and the duty rota"),
                "calendar-time",
                "tenants:hours",
                ("tenants:hours", "tenants:holiday", "tenants:absence", "tenants:rota"),
            ),
            SettingsPage(
                _("Task templates"),
                _("What is planned in the same order again and again"),
                "checklist",
                "activities:templates",
                ("activities:template",),
            ),
            SettingsPage(
                _("Norms of a day"),
                _("How many calls and meetings are expected of whom"),
                "target",
                "activities:norms",
                ("activities:norm", "activities:set_norm"),
            ),
        ),
    ),
    SettingsGroup(
        pgettext_lazy("settings", "System"),
        (
            SettingsPage(
                _("Company"),
                _("Name, time zone, currency and working mode"),
                "building",
                "tenants:company",
                ("tenants:company",),
                action=Action.EDIT,
            ),
            SettingsPage(
                _("Currency rates"),
                _("What other currencies cost, for sums of several"),
                "cash",
                "tenants:rates",
                ("tenants:rate",),
            ),
            SettingsPage(
                pgettext_lazy("settings", "API"),
                _("Tokens with which programs read and write here"),
                "key",
                "tenants:api_tokens",
                ("tenants:api_token",),
            ),
        ),
    ),
)
PAGES = tuple(page for group in GROUPS for page in group.pages)


def has_pages(member: Membership) -> bool:
    """Say whether any page of the menu is the member's: then the frame shows the way to it."""
    return any(may(member, page.section, page.action) for page in PAGES)


def groups(request: HttpRequest) -> list[Group]:
    """List the pages that exist and that the member may open, under their captions."""
    member: Membership | None = getattr(request, "member", None)
    if member is None:
        return []
    current = _current(request)
    found = [(group.label, _entries(group, member, current)) for group in GROUPS]
    return [(label, entries) for label, entries in found if entries]


def _entries(group: SettingsGroup, member: Membership, current: SettingsPage | None) -> list[SettingsEntry]:
    return [
        SettingsEntry(page.label, page.hint, page.icon, url, page is current)
        for page in group.pages
        if may(member, page.section, page.action) and (url := _address(page.url_name))
    ]


def _current(request: HttpRequest) -> SettingsPage | None:
    """Find the page the view belongs to: the longest matching beginning wins."""
    name = request.resolver_match.view_name if request.resolver_match else ""
    owners = [(len(v), i) for i, page in enumerate(PAGES) for v in page.views if name.startswith(v)]
    return PAGES[max(owners)[1]] if owners else None


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""
