"""What the frame around every page shows: sections, counters, pinned views, tenants.

core knows no domain words, so an app hands in its figures from AppConfig.ready():
register_badge("unsorted", count_unsorted), register_pins(pinned_views), register_unread(count_unread) …
Providers get the acting member, run inside the tenant's scope and cost one query each.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import ui_texts

Text = str | Promise
THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"
RAIL_COOKIE = "rail"
COOKIE_AGE_S = 365 * 24 * 3600


@dataclasses.dataclass(frozen=True, slots=True)
class NavItem:
    """One section of the product."""

    key: str
    label: Text
    url_name: str
    icon: str
    keys: str  # physical keys that go there
    views: tuple[str, ...]  # beginnings of the view names that belong to the section
    is_on_phone: bool = False  # has its own place in the phone's bottom bar


NAV = (
    NavItem("home", _("Start"), "reports:dashboard", "home", "g s", ("reports:dashboard", "reports:arrange")),
    NavItem(
        "unsorted",
        _("Unsorted"),
        "leads:unsorted",
        "inbox",
        "g u",
        ("leads:unsorted", "leads:inquiry", "leads:wizard", "leads:convert"),
        is_on_phone=True,
    ),
    NavItem(
        "dialogs", _("Dialogs"), "channels:dialogs", "messages", "g m", ("channels:dialog",), is_on_phone=True
    ),
    NavItem("deals", _("Deals"), "deals:board", "layout-kanban", "g d", ("deals:",), is_on_phone=True),
    NavItem("leads", _("Leads"), "leads:list", "list-details", "g l", ("leads:",)),
    NavItem("clients", _("Clients"), "contacts:list", "address-book", "g c", ("contacts:", "mailings:")),
    NavItem(
        "activities",
        _("Activities"),
        "activities:list",
        "calendar-check",
        "g a",
        ("activities:",),
        is_on_phone=True,
    ),
    NavItem("reports", _("Reports"), "reports:index", "chart-bar", "g r", ("reports:",)),
)
SETTINGS = NavItem(
    "settings",
    _("Settings"),
    "tenants:settings",
    "settings",
    "g n",
    (
        "tenants:",
        "channels:",
        "deals:pipeline",
        "deals:stage",
        "deals:our_compan",
        "deals:document_settings",
        "leads:routing",
        "leads:exclusion",
        "leads:quality_",
        "activities:template",
        "activities:norm",
        "activities:set_norm",
        "mailings:settings",
    ),
)
# Pages of an app that belong to all its sections alike.
OF_NO_SECTION = (
    "activities:notifications",
    "activities:notice_settings",
    "tenants:jobs",
    "tenants:job",
)
# More places the palette can go to.
PLACES = (
    *NAV,
    NavItem("companies", _("Companies"), "contacts:company_list", "building", "", ()),
    NavItem("all_activities", _("All activities"), "activities:all_list", "calendar-check", "", ()),
    NavItem("mailings", _("Mailings"), "mailings:list", "mail-forward", "", ()),
    NavItem("products", _("Products"), "deals:products", "package", "", ()),
    NavItem("proposals", _("Proposals"), "deals:proposals", "file-text", "", ()),
    NavItem("invoices", _("Invoices"), "deals:invoices", "file-invoice", "", ()),
    SETTINGS,
    NavItem("jobs", _("Background work"), "tenants:jobs", "download", "", ()),
    NavItem("profile", _("Profile"), "tenants:profile", "user-circle", "", ()),
    NavItem("security", _("Password and two-step login"), "mfa_index", "shield-lock", "", ()),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Creation:
    """One entry of the quick-add menu; its page opens in a dialog."""

    label: Text
    url_name: str
    icon: str


CREATIONS = (
    Creation(_("Deal"), "deals:create", "layout-kanban"),
    Creation(_("Lead"), "leads:create", "inbox"),
    Creation(_("Contact"), "contacts:create", "user-plus"),
    Creation(_("Company"), "contacts:company_create", "building"),
    Creation(_("Activity"), "activities:create", "checkbox"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Badge:
    """A counter beside a section; hot means somebody waits too long."""

    count: int
    is_hot: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Pin:
    """A saved view pinned to the rail."""

    title: str
    url: str
    count: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class TenantLink:
    """A tenant the user may work in; switch_url is posted to."""

    name: str
    switch_url: str
    is_current: bool


_badges: dict[str, Callable[[Any], Badge]] = {}
_pins: list[Callable[[Any], Sequence[Pin]]] = []
_unread: list[Callable[[Any], int]] = []
_tenants: list[Callable[[HttpRequest], Sequence[TenantLink]]] = []
_permits: dict[str, Callable[[Any], bool]] = {}


def register_badge(section: str, provider: Callable[[Any], Badge]) -> None:
    """Show a counter beside a section of NAV."""
    _badges[section] = provider


def register_pins(provider: Callable[[Any], Sequence[Pin]]) -> None:
    """Show pinned views under the sections."""
    _pins.append(provider)


def register_unread(provider: Callable[[Any], int]) -> None:
    """Show how many notifications are unread on the bell."""
    _unread.append(provider)


def register_tenants(provider: Callable[[HttpRequest], Sequence[TenantLink]]) -> None:
    """List the tenants the user can switch to."""
    _tenants.append(provider)


def register_permit(url_name: str, is_allowed: Callable[[Any], bool]) -> None:
    """Hide a section or a creation from members whose role can't open it; the view still decides."""
    _permits[url_name] = is_allowed


def address(url_name: str) -> str:
    """Reverse a URL without arguments, or give nothing where no such page is installed."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """A section or creation ready to print."""

    key: str
    label: Text
    url: str
    icon: str
    keys: str = ""
    badge: Badge | None = None
    is_on: bool = False
    is_on_phone: bool = False


@functools.lru_cache(maxsize=8)
def _fixed_parts(language: str) -> SafeString:
    return render_to_string("shell/fixed.html", {"texts": ui_texts.texts()})


class Shell:
    """The frame of one request; figures are read only when the whole page is rendered."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.member: Any = getattr(request, "member", None)
        self.tenant: Any = getattr(request, "tenant", None)
        cookie = request.COOKIES.get(THEME_COOKIE, "auto")
        self.theme = cookie if cookie in THEMES else "auto"
        self.is_slim = request.COOKIES.get(RAIL_COOKIE) == "slim"

    def _allows(self, url_name: str) -> bool:
        permit = _permits.get(url_name)
        return permit is None or (self.member is not None and permit(self.member))

    @cached_property
    def section(self) -> str:
        """Key of the section the current view belongs to: the longest matching beginning wins."""
        match = self.request.resolver_match
        name = match.view_name if match else ""
        if name in OF_NO_SECTION:
            return ""
        owners = [(len(v), item.key) for item in (*NAV, SETTINGS) for v in item.views if name.startswith(v)]
        return max(owners)[1] if owners else ""

    def _entry(self, item: NavItem) -> Entry:
        provider = _badges.get(item.key)
        return Entry(
            key=item.key,
            label=item.label,
            url=address(item.url_name),
            icon=item.icon,
            keys=item.keys,
            badge=provider(self.member) if provider and self.member is not None else None,
            is_on=item.key == self.section,
            is_on_phone=item.is_on_phone,
        )

    @cached_property
    def section_label(self) -> Text:
        """Name of the current section: the page's title until the page says better."""
        return next((item.label for item in (*NAV, SETTINGS) if item.key == self.section), "")

    @cached_property
    def nav(self) -> list[Entry]:
        """Sections of the rail that exist and that the member may open."""
        return [e for e in (self._entry(item) for item in NAV if self._allows(item.url_name)) if e.url]

    @cached_property
    def settings(self) -> Entry | None:
        entry = self._entry(SETTINGS)
        return entry if entry.url and self._allows(SETTINGS.url_name) else None

    @cached_property
    def creations(self) -> list[Entry]:
        """Entries of the quick-add menu the member may use."""
        made = (
            Entry(key=c.url_name, label=c.label, url=address(c.url_name), icon=c.icon)
            for c in CREATIONS
            if self._allows(c.url_name)
        )
        return [entry for entry in made if entry.url]

    @cached_property
    def places(self) -> list[Entry]:
        """Everything the palette can go to."""
        made = (
            Entry(key=p.key, label=p.label, url=address(p.url_name), icon=p.icon, keys=p.keys)
            for p in PLACES
            if self._allows(p.url_name)
        )
        return [entry for entry in made if entry.url]

    @cached_property
    def pins(self) -> list[Pin]:
        return [pin for provider in _pins for pin in provider(self.member)] if self.member is not None else []

    @cached_property
    def unread(self) -> int:
        return sum(provider(self.member) for provider in _unread) if self.member is not None else 0

    @property
    def may_download(self) -> bool:
        """Whether players offer recordings as files; the view still decides."""
        return self._allows("channels:recording_file")

    @property
    def texts(self) -> dict[str, str]:
        """Words the scripts say."""
        return ui_texts.texts()

    @property
    def fixed_parts(self) -> SafeString:
        """Dialogs, bars and words that differ only by language: kept, they are a third of the frame."""
        language = get_language() or ""
        return _fixed_parts.__wrapped__(language) if settings.DEBUG else _fixed_parts(language)

    @cached_property
    def tenants(self) -> list[TenantLink]:
        return [link for provider in _tenants for link in provider(self.request)]
