"""The sentences of the changes that contacts, activities, deals and leads record."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext as _

from activities.changes import Data, Sentence, aside, edits, moment, register, say, span
from activities.models import Activity
from contacts.models import IdentityKey
from core import formats
from core.templatetags.ui import QUALITIES


def _from_to(data: Data, both: str, only: str) -> SafeString:
    if data.get("from"):
        return say(both, before=data["from"], after=data.get("to") or "—")
    return say(only, after=data.get("to") or "—")


# --- Deals -------------------------------------------------------------------------------------------
def _stage_moved(data: Data) -> SafeString:
    told = _from_to(data, _("Stage: %(before)s → %(after)s"), _("Stage: %(after)s"))
    remarks = [
        _("pipeline “%(name)s”") % {"name": data["pipeline"]} if data.get("pipeline") else "",
        _("%(time)s in the stage before") % {"time": span(data["seconds"])} if data.get("seconds") else "",
        _money(data) if data.get("amount") else "",
        _("the stage was deleted") if data.get("is_deleted_stage") else "",
        _("reason: %(reason)s") % {"reason": data["reason"]} if data.get("reason") else "",
        str(data.get("comment") or ""),
    ]
    more = format_html('<br><span class="sm">{}</span>', edits(data)) if data.get("fields") else ""
    return format_html("{}{}{}", told, aside(", ".join(filter(None, remarks))), more)


def _money(data: Data) -> str:
    try:
        return formats.money(Decimal(str(data["amount"])), str(data.get("currency") or "RUB"))
    except InvalidOperation:
        return ""


def _owner_changed(data: Data) -> SafeString:
    return _from_to(data, _("Responsible: %(before)s → %(after)s"), _("Responsible: %(after)s"))


def _deal(data: Data) -> str:
    return _inner(data, "deal")


def _inner(data: Data, name: str) -> str:
    """Give the title of a deal as it stands inside quotation marks."""
    return formats.inner(str(data.get(name, "")))


def _deal_created(data: Data) -> SafeString:
    told = say(_("Deal “%(deal)s” created"), deal=_deal(data))
    stage = ", ".join(str(data[name]) for name in ("pipeline", "to") if data.get(name))
    return format_html("{}{}", told, aside(stage))


register("stage_moved", "arrow-right", _stage_moved)
register("owner_changed", "user", _owner_changed)
register("fields_changed", "pencil", edits)
register("deal_created", "layout-kanban", _deal_created)
register("deal_deleted", "trash", lambda data: say(_("Deal “%(deal)s” deleted"), deal=_deal(data)))
register(
    "deal_restored",
    "arrow-back-up",
    lambda data: say(_("Deal “%(deal)s” restored"), deal=_deal(data)),
)
register(
    "deal_folded",
    "git-merge",
    lambda data: say(
        _("Deal “%(deal)s” folded into “%(into)s”"), deal=_deal(data), into=_inner(data, "into")
    ),
)
register(
    "deal_took_in",
    "git-merge",
    lambda data: say(_("“%(other)s” folded into this deal"), other=_inner(data, "other")),
)
register(
    "deal_unfolded",
    "arrow-back-up",
    lambda data: say(_("Deal “%(deal)s” stands by itself again"), deal=_deal(data)),
)


# --- Contacts and companies --------------------------------------------------------------------------
def _key(data: Data) -> str:
    value = str(data.get("value", ""))
    if data.get("kind") == IdentityKey.Kind.PHONE:
        return formats.phone(value)
    names = dict(IdentityKey.Kind.choices)
    is_address = data.get("kind") == IdentityKey.Kind.EMAIL
    return value if is_address else f"{names.get(str(data.get('kind')), '')} {value}".strip()


register("contact_created", "user-plus", lambda data: say(_("Contact created")))
register("contact_deleted", "trash", lambda data: say(_("Contact deleted")))
register("contact_restored", "arrow-back-up", lambda data: say(_("Contact restored")))
register("company_created", "building", lambda data: say(_("Company created")))
register("company_deleted", "trash", lambda data: say(_("Company deleted")))
register("company_restored", "arrow-back-up", lambda data: say(_("Company restored")))
register("key_added", "plus", lambda data: say(_("Added: %(key)s"), key=_key(data)))
register("key_removed", "minus", lambda data: say(_("Removed: %(key)s"), key=_key(data)))
register("company_linked", "building", lambda data: say(_("Company: %(name)s"), name=data.get("company", "")))
register(
    "company_unlinked",
    "building",
    lambda data: say(_("No longer in company: %(name)s"), name=data.get("company", "")),
)


def _names(data: Data) -> str:
    return ", ".join(str(name) for name in data.get("names") or [])


register(
    "cards_merged", "git-merge", lambda data: say(_("Merged with this card: %(names)s"), names=_names(data))
)
register("import_undone", "arrow-back-up", lambda data: say(_("The import was undone")))
register("merge_undone", "arrow-back-up", lambda data: say(_("Merge undone: %(names)s"), names=_names(data)))


# --- Activities --------------------------------------------------------------------------------------
def _called_off(data: Data) -> SafeString:
    kind = dict(Activity.Kind.choices).get(str(data.get("kind")), "")
    return say(_("Called off: %(what)s"), what=data.get("subject") or kind)


register("activity_cancelled", "circle-x", _called_off)
register("note_deleted", "trash", lambda data: say(_("Note deleted")))


# --- Leads -------------------------------------------------------------------------------------------
def _lead(data: Data) -> str:
    return _("Inquiry No. %(number)s") % {"number": data["number"]} if data.get("number") else _("Inquiry")


def _lead_sentence(text: str, *names: str) -> Sentence:
    """Make a sentence about a lead; `names` are values told after it, whichever of them are there."""

    def sentence(data: Data) -> SafeString:
        told = say(gettext(text), lead=_lead(data))
        return format_html(
            "{}{}", told, aside(", ".join(str(data[name]) for name in names if data.get(name)))
        )

    return sentence


def _lead_assigned(data: Data) -> SafeString:
    return format_html("{}{}", _owner_changed(data), aside(_lead(data)))


def _lead_converted(data: Data) -> SafeString:
    told = say(_("%(lead)s accepted"), lead=_lead(data))
    became = _("became deal “%(deal)s”") % {"deal": _deal(data)} if data.get("deal") else ""
    return format_html("{}{}", told, aside(became))


def _lead_snoozed(data: Data) -> SafeString:
    told = say(_("%(lead)s put off"), lead=_lead(data))
    until = data.get("until") or data.get("to")
    return format_html(
        "{}{}", told, aside(_("until %(moment)s") % {"moment": moment(until)} if until else "")
    )


def _lead_rejected(data: Data) -> SafeString:
    told = say(_("%(lead)s rejected"), lead=_lead(data))
    if data.get("reason"):
        told = format_html("{}{}", told, aside(_("reason: %(reason)s") % {"reason": data["reason"]}))
    return format_html("{}{}", told, aside(data.get("comment")))


def _quality(data: Data) -> SafeString:
    words = {code: str(word) for code, (_css, word) in QUALITIES.items()}
    told = {side: words.get(str(data.get(side)), str(data.get(side) or "")) for side in ("from", "to")}
    return _from_to(told, _("Quality: %(before)s → %(after)s"), _("Quality: %(after)s"))


register("lead_created", "inbox", _lead_sentence(gettext_noop("%(lead)s entered by hand")))
register("lead_take", "user-check", _lead_sentence(gettext_noop("%(lead)s taken")))
register("lead_release", "arrow-back-up", _lead_sentence(gettext_noop("%(lead)s given back to the queue")))
register("lead_assign", "user", _lead_assigned)
register("lead_reject", "circle-x", _lead_rejected)
register("lead_reopen", "arrow-back-up", _lead_sentence(gettext_noop("%(lead)s opened again")))
register("lead_undo", "arrow-back-up", _lead_sentence(gettext_noop("Decision about %(lead)s undone")))
register("lead_snooze", "clock-pause", _lead_snoozed)
register("lead_wake", "clock", _lead_sentence(gettext_noop("%(lead)s is back in the queue")))
register("lead_delete", "trash", _lead_sentence(gettext_noop("%(lead)s deleted")))
register("lead_attach", "link", _lead_sentence(gettext_noop("%(lead)s attached to a deal"), "deal"))
register("lead_spoken", "phone", _lead_sentence(gettext_noop("%(lead)s: the client was spoken to"), "who"))
register("lead_convert", "check", _lead_converted)
register("lead_quality", "target", _quality)
