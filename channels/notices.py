"""What the bell and the timeline say about messages of ours, talks and channels."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities import changes, notices
from channels.models import Talk
from core import formats


def register() -> None:
    """Teach the bell our words; called once the apps are loaded."""
    notices.register("message_failed", "alert-circle", _message_failed)
    notices.register("dialog_assigned", "messages", _dialog_assigned)
    notices.register("channel_silent", "moon", _channel_silent)
    notices.register("channel_broken", "alert-circle", _channel_broken)
    notices.register("channel_dead", "alert-triangle", _channel_dead)
    notices.register("chat_rated", "star", _chat_rated)
    changes.register("chat_ended", "message-circle", _talk_ended)
    changes.register("chat_rated", "star", _talk_rated)


def _message_failed(params: notices.Params) -> tuple[str, str]:
    return _("Not delivered: %(who)s") % {"who": params.get("who", "")}, str(params.get("error") or "")


def _dialog_assigned(params: notices.Params) -> tuple[str, str]:
    title = _("%(by)s gave you the dialog with %(who)s") % {
        "by": params.get("by", ""),
        "who": params.get("who", ""),
    }
    return title, str(params.get("text") or "")


def silence_text(minutes: int, usual: float) -> str:
    """Say a silence and what would be usual: silent for 9 h, usually 3 an hour."""
    lasts = formats.minutes(minutes)
    if usual >= 1:
        return _("Silent for %(time)s, usually %(count)s an hour") % {
            "time": lasts,
            "count": formats.number(round(usual)),
        }
    count = formats.number(max(round(usual * 24), 1))
    return _("Silent for %(time)s, usually %(count)s a day") % {"time": lasts, "count": count}


def _channel_silent(params: notices.Params) -> tuple[str, str]:
    text = silence_text(int(params.get("minutes", 0)), float(params.get("usual", 0)))
    return _("Is “%(channel)s” still connected?") % {"channel": params.get("channel", "")}, text


def _channel_broken(params: notices.Params) -> tuple[str, str]:
    title = _("The channel “%(channel)s” does not work") % {"channel": params.get("channel", "")}
    return title, str(params.get("error") or "")


def _channel_dead(params: notices.Params) -> tuple[str, str]:
    count = int(params.get("count", 0))
    text = ngettext("%(count)s new dead letter", "%(count)s new dead letters", count) % {"count": count}
    return text, str(params.get("channel") or "")


def _chat_rated(params: notices.Params) -> tuple[str, str]:
    title = _("A chat was rated %(stars)s of 5") % {"stars": params.get("stars", "")}
    told = (str(params.get(name) or "") for name in ("operator", "lead", "comment"))
    return title, ", ".join(text for text in told if text)


# --- Lines of the timeline ---------------------------------------------------------------------------
def _talk_ended(data: changes.Data) -> SafeString:
    who = dict(Talk.EndedBy.choices).get(str(data.get("ended_by")), "")
    return format_html("{}{}", changes.say(_("The talk on the site has ended")), changes.aside(who))


def _talk_rated(data: changes.Data) -> SafeString:
    told = changes.say(_("The visitor rated the talk %(stars)s of 5"), stars=data.get("stars", ""))
    remarks = (str(data.get(name) or "") for name in ("operator", "comment"))
    return format_html("{}{}", told, changes.aside(", ".join(text for text in remarks if text)))
