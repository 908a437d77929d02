"""What the deal's page shows beside its timeline: stages, client, fields, history; ready to print."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from contacts.models import Company, CompanyPoint, Contact, IdentityKey
from core import formats
from deals import fields, gate, rights
from deals.models import Deal, Stage, StageChange, StageRequirement
from tenants.custom_fields.definitions import is_custom
from tenants.custom_fields.facts import FactGroup, custom_facts
from tenants.models import CustomField, Membership

# The order of the fields on the right; title and client stand elsewhere on the page.
SHOWN = ("amount", "expected_on", "city", "object_of_interest", "source", "campaign", "owner", "tags", "note")


@dataclasses.dataclass(frozen=True, slots=True)
class Step:
    """One stage of the strip, with a dot for every field it demands."""

    id: str
    name: str
    css: str  # done, now, or nothing
    kind: str
    dots: str  # ● filled, ○ missing
    label: str
    time: str
    is_open: bool = True  # to the reader, to bring the deal there


@dataclasses.dataclass(frozen=True, slots=True)
class Fact:
    """One field, as it reads and where it is edited."""

    name: str
    label: str | Promise
    text: str
    warning: str
    edit_url: str


@dataclasses.dataclass(frozen=True, slots=True)
class Point:
    """A way to reach the client."""

    text: str
    url: str
    hint: str
    icon: str


def strip(deal: Deal, member: Membership) -> list[Step]:
    """Build the stage strip: the open stages in order, then the end the deal came to or is to come to."""
    rows = Stage.objects.filter(pipeline_id=deal.pipeline_id).order_by("position", "id")
    stages = [stage for stage in rows if rights.may_see(member, stage)]
    demanded: dict[Any, set[str]] = {stage.pk: set() for stage in stages}
    for stage_id, name in StageRequirement.objects.filter(stage__in=stages).values_list("stage_id", "field"):
        demanded[stage_id].add(name)
    end = deal.stage.kind if deal.is_closed else Stage.Kind.WON
    shown = [stage for stage in stages if not stage.is_closed or stage.kind == end]
    here = next((place for place, stage in enumerate(shown) if stage.pk == deal.stage_id), 0)
    reached = here if not deal.is_closed or deal.state == Stage.Kind.WON else 0
    steps = [
        _step(deal, stage, place, here, reached, demanded[stage.pk]) for place, stage in enumerate(shown)
    ]
    open_to = {str(stage.pk) for stage in shown if rights.may_enter(member, stage)}
    return [dataclasses.replace(step, is_open=step.id in open_to) for step in steps]


def _step(deal: Deal, stage: Stage, place: int, here: int, reached: int, demanded: set[str]) -> Step:
    names = [name for name in fields.demandable() if name in demanded]
    filled = [fields.is_filled(deal, name) for name in names]
    label = stage.name
    if names:
        label += ", " + _("required fields: %(all)s, filled: %(filled)s") % {
            "all": len(names),
            "filled": sum(filled),
        }
    return Step(
        id=str(stage.pk),
        name=stage.name,
        css="now" if place == here else "done" if place < reached else "",
        kind=stage.kind,
        dots="".join("●" if is_filled else "○" for is_filled in sorted(filled, reverse=True)),
        label=label,
        time="",
    )


def facts(deal: Deal) -> tuple[list[Fact], list[FactGroup]]:
    """List the deal's own fields and its custom ones; those a stage to come demands say so while they are empty."""
    demands = _demands_ahead(deal)
    own = [fact(deal, name, demands.get(name, "")) for name in SHOWN]
    return own, custom_facts(
        deal,
        CustomField.Entity.DEAL,
        edit_url=lambda key: reverse("deals:field", args=[deal.pk, key]),
        file_url=lambda key: reverse("deals:field_file", args=[deal.pk, key]),
        warnings={name: _needed(stage) for name, stage in demands.items()},
    )


def fact(deal: Deal, name: str, needed_for: str = "") -> Fact:
    """Describe one field."""
    text = fact_text(deal, name)
    warning = "" if text or not needed_for else _needed(needed_for)
    return Fact(name, fields.label_of(name), text, warning, reverse("deals:field", args=[deal.pk, name]))


def _needed(stage: str) -> str:
    return _("not set, needed for “%(stage)s”") % {"stage": stage}


def needed_for(deal: Deal, name: str) -> str:
    """Name the stage that will ask for the field next, or nothing."""
    return _demands_ahead(deal).get(name, "")


def fact_text(deal: Deal, name: str) -> str:
    """Write a field's value for the page."""
    if is_custom(name):
        return ""  # only asked of the client
    value = getattr(deal, name)
    match name:
        case "amount":
            return formats.money(value, deal.currency)
        case "expected_on":
            return formats.short_date(value) if value else ""
        case "tags":
            return ", ".join(value)
    return str(value) if value else ""


def _demands_ahead(deal: Deal) -> dict[str, str]:
    """Map fields to the nearest stage that demands them: this one to leave, later ones to enter."""
    if deal.is_closed:
        return {}
    ahead = Q(stage__position__gt=deal.stage.position, moment=gate.ENTER) | Q(stage=deal.stage)
    rows = (
        StageRequirement.objects.filter(
            ahead, stage__pipeline_id=deal.pipeline_id, stage__kind=Stage.Kind.OPEN
        )
        .order_by("stage__position")
        .values_list("field", "stage__name")
    )
    found: dict[str, str] = {}
    for name, stage in rows:
        found.setdefault(name, stage)
    return found


def contact_points(contact: Contact | None) -> list[Point]:
    """List a person's phones and addresses, to click and call or write. One query."""
    if contact is None:
        return []
    return [
        _point(key.kind, key.value, key.label, key.profile_url)
        for key in IdentityKey.objects.filter(contact=contact)
    ]


def company_points(company: Company | None) -> list[Point]:
    """List a company's phones and addresses. One query."""
    if company is None:
        return []
    rows = CompanyPoint.objects.filter(company=company).order_by("kind", "value")
    return [_point(p.kind, p.value, p.label or company.name, "") for p in rows]


def _point(kind: str, value: str, label: str, profile_url: str) -> Point:
    if kind == IdentityKey.Kind.PHONE:
        return Point(formats.phone(value), f"tel:{value}", label, "phone")
    if kind == IdentityKey.Kind.EMAIL:
        return Point(value, f"mailto:{value}", label, "mail")
    name = str(dict(IdentityKey.Kind.choices).get(kind, kind))
    url = profile_url if profile_url.startswith(("https://", "http://")) else ""
    return Point(label or value, url, name, "message")


def other_deals(deal: Deal, member: Membership) -> Sequence[Deal]:
    """List the client's other deals the member may see, the newest first. One query."""
    client = Q(pk__in=[])
    if deal.contact_id:
        client |= Q(contact_id=deal.contact_id)
    if deal.company_id:
        client |= Q(company_id=deal.company_id)
    rows = Deal.objects.present().visible_to(member).filter(client).exclude(pk=deal.pk)
    return list(rows.select_related("stage").order_by("-created_at", "-id")[:6])


def folded_deals(deal: Deal, member: Membership) -> Sequence[Deal]:
    """List the deals this one stands for, those the member may see. One query."""
    return list(Deal.objects.visible_to(member).filter(folded_into=deal).order_by("created_at", "id")[:20])


def history(deal: Deal, *, now: dt.datetime) -> list[dict[str, Any]]:
    """List the stages the deal stood in, with how long in each; the present one counts until now. One query."""
    moves = list(StageChange.objects.filter(deal=deal).select_related("by"))
    rows = []
    for place, change in enumerate(moves):
        until = moves[place + 1].at if place + 1 < len(moves) else None
        is_last = until is None
        rows.append(
            {
                "name": change.to_name,
                "kind": change.to_kind,
                "by": change.by.name if change.by else "",
                "at": change.at,
                "time": spent(change.at, until or now) if not (is_last and deal.is_closed) else "",
                "is_now": is_last,
            }
        )
    return rows


def spent(since: dt.datetime, until: dt.datetime) -> str:
    """Write how long something lasted: 47 min, 3 h, 2 d."""
    return formats.minutes(max(0.0, (until - since).total_seconds()) / 60)


def page_if(name: str, *args: Any) -> str:
    """Reverse the address of another app's page, or give nothing where it isn't installed."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def age_text(deal: Deal, *, now: dt.datetime) -> str:
    """Say for how many days a deal has been open, or took to close."""
    days = max(0, ((deal.closed_at or now) - deal.created_at).days)
    return ngettext("%(count)s day", "%(count)s days", days) % {"count": days}
