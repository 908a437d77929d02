"""Robots that write to the client: by the way the client last wrote, by a mailbox, or to the phone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from automation.actions.base import Action, Done, Work
from automation.actions.texts import check_fields, shortened, text_field
from automation.errors import Impossible, NothingToDo
from automation.models import Robot
from channels import services as channels
from channels.missed import is_mobile
from channels.models import Channel
from channels.services.replies import can_answer
from channels.texting import queue_text
from contacts.models import IdentityKey
from tenants.access import Action as Right
from tenants.access import Section


class Write(Action):
    """A mail or message, signed by whoever is responsible for the deal."""

    code = Robot.Action.WRITE
    icon = "mail"
    hint = gettext_lazy("A mail, or a message where the client wrote last")
    rights = ((Section.ACTIVITIES, Right.ADD),)
    columns = ("channel", "subject", "text")

    def fields(self, robot: Robot | None) -> dict[str, forms.Field]:
        rows: Any = Channel.objects.filter(pk__in=[c.pk for c in _writing_channels()])
        return {
            "channel": forms.ModelChoiceField(
                rows,
                label=gettext_lazy("Channel"),
                required=False,
                empty_label=gettext_lazy("Where the client wrote last"),
            ),
            "subject": forms.CharField(
                label=gettext_lazy("Subject"),
                max_length=300,
                required=False,
                help_text=gettext_lazy("Of a mail; without one it answers the last."),
            ),
            "text": text_field(gettext_lazy("Text"), rows=7),
        }

    def check(self, values: Mapping[str, Any]) -> None:
        check_fields(values.get("subject", ""), values["text"])

    def words(self, robot: Robot) -> str:
        where = robot.channel.name if robot.channel else _("where the client wrote last")
        return f"{where}: {shortened(robot.subject or robot.text)}"

    def perform(self, work: Work) -> Done:
        routes = channels.routes_for(deal=work.deal)
        wanted = work.robot.channel_id
        route = next((r for r in routes if wanted is None or r.channel.pk == wanted), None)
        if route is None:
            raise Impossible("no_way", channel=work.robot.channel.name if work.robot.channel else "")
        sender = work.deal.owner if work.deal.owner and work.deal.owner.is_active else work.maker
        channels.send_reply(
            by=sender,
            text=work.filled(work.robot.text),
            subject=work.filled(work.robot.subject),
            deal=work.deal,
            route=route,
            now=work.now,
        )
        return Done("written", {"channel": route.channel.name, "to": route.to})


class SendText(Action):
    """An SMS to the client's mobile phone."""

    code = Robot.Action.TEXT
    icon = "message"
    hint = gettext_lazy("To the mobile phone, by telephony that can send texts")
    rights = ((Section.ACTIVITIES, Right.ADD),)
    columns = ("channel", "text")

    def fields(self, robot: Robot | None) -> dict[str, forms.Field]:
        rows: Any = Channel.objects.filter(pk__in=[c.pk for c in channels.texting_channels()])
        return {
            "channel": forms.ModelChoiceField(
                rows, label=gettext_lazy("Channel"), empty_label=gettext_lazy("Choose")
            ),
            "text": text_field(gettext_lazy("Text"), rows=3),
        }

    def check(self, values: Mapping[str, Any]) -> None:
        if values.get("channel") is None:
            raise NothingToDo(_("Choose the channel through which the texts go."))
        check_fields(values["text"])

    def words(self, robot: Robot) -> str:
        return shortened(robot.text)

    def perform(self, work: Work) -> Done:
        sender, contact = work.robot.channel, work.deal.contact
        if sender is None or not sender.is_active:
            raise Impossible("no_sender")
        keys = IdentityKey.objects.filter(contact=contact, kind=IdentityKey.Kind.PHONE) if contact else []
        phone = next((key.value for key in keys if is_mobile(key.value)), "")
        if not phone:
            raise Impossible("no_mobile")
        queue_text(
            sender=sender,
            phone=phone,
            text=work.filled(work.robot.text),
            now=work.now,
            contact=contact,
            deal=work.deal,
            data={"automatic": _("Sent by the robot “%(name)s”.") % {"name": work.robot}},
        )
        return Done("written", {"channel": sender.name, "to": phone})


def _writing_channels() -> list[Channel]:
    return [channel for channel in Channel.objects.active() if can_answer(channel)]
