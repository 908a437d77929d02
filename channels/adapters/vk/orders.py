"""Orders of the community's shop, and forms for collecting inquiries from adverts."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from channels.adapters.text import as_dict, as_int, as_list, clean_line, clean_text
from channels.adapters.vk.content import Facts, money, product_of
from channels.adapters.vk.envelope import Envelope, number
from channels.adapters.vk.thread import profile_url
from leads.inquiry import Inquiry, Item, Marks, MessageEdit, Person


# --- Orders ------------------------------------------------------------------------------------------
def read_order(envelope: Envelope) -> list[Item]:
    """A person ordered; the order joins their dialog, where it can be answered."""
    order = envelope.facts
    user_id, recipient = number(order.get("user_id")), as_dict(order.get("recipient"))
    name, phone = clean_line(recipient.get("name"), 200), clean_line(recipient.get("phone"), 40)
    if not user_id and not phone:
        raise envelope.broken(_("sender"))
    items = [as_dict(one) for one in as_list(order.get("preview_order_items"))[:100]]
    return [
        Inquiry(
            key=envelope.key,
            occurred_at=envelope.when(order.get("date")),
            person=Person(name=name, phone=phone, messenger_id=user_id, profile_url=profile_url(user_id)),
            text=_order_text(order, items),
            subject=_("Order {number}").format(number=_order_number(order)),
            thread_key=user_id,
            external_id=_order_id(order),
            fields=_order_fields(order),
            product=_first_product(items),
        )
    ]


def read_order_edit(envelope: Envelope) -> list[Item]:
    """The order changed: its entry in the timeline tells the latest."""
    order = envelope.facts
    if not number(order.get("id")):
        raise envelope.broken(_("number of the order"))
    items = [as_dict(one) for one in as_list(order.get("preview_order_items"))[:100]]
    return [
        MessageEdit(
            key=envelope.key,
            occurred_at=envelope.received_at,
            thread_key="",
            external_id=_order_id(order),
            text=_order_text(order, items),
        )
    ]


def _order_id(order: Facts) -> str:
    return f"order:{number(order.get('user_id'))}-{number(order.get('id'))}"


def _order_number(order: Facts) -> str:
    return clean_line(order.get("display_order_id"), 60) or number(order.get("id"))


def _order_text(order: Facts, items: list[Facts]) -> str:
    lines = [clean_text(order.get("comment"), 4000), *(_order_line(item) for item in items)]
    if total := money(order.get("total_price")):
        lines.append(_("Total: {sum}").format(sum=total))
    return "\n".join(filter(None, lines)) or _("Order {number}").format(number=_order_number(order))


def _order_line(item: Facts) -> str:
    title = _title(item)
    quantity, price = as_int(item.get("quantity")) or 1, money(item.get("price"))
    return " ".join(filter(None, (title, f"× {quantity}", f"({price})" if price else ""))) if title else ""


def _title(item: Facts) -> str:
    return clean_line(as_dict(item.get("item")).get("title") or item.get("title"), 300)


def _first_product(items: list[Facts]) -> dict[str, str]:
    if not items:
        return {}
    first = items[0]
    card = {"owner_id": first.get("owner_id"), "id": first.get("item_id"), "price": first.get("price")}
    return product_of(card | as_dict(first.get("item")) | {"title": _title(first)})


def _order_fields(order: Facts) -> tuple[tuple[str, str], ...]:
    delivery, recipient = as_dict(order.get("delivery")), as_dict(order.get("recipient"))
    told = (
        (_("Delivery"), clean_line(delivery.get("type"), 200)),
        (_("Address"), clean_line(delivery.get("address") or order.get("address"), 500)),
        (_("Delivery point"), clean_line(as_dict(delivery.get("delivery_point")).get("title"), 300)),
        (_("Recipient"), clean_line(recipient.get("display_text"), 300)),
    )
    return tuple((label, value) for label, value in told if value)


# --- Forms of adverts --------------------------------------------------------------------------------
def read_lead_form(envelope: Envelope) -> list[Item]:
    """A person filled in a form of an advert."""
    form = envelope.facts
    answers = [as_dict(one) for one in as_list(form.get("answers"))[:100]]
    known = {clean_line(one.get("key"), 60): _answer(one.get("answer")) for one in answers}
    user_id = number(form.get("user_id"))
    if not user_id and not any(known.values()):
        raise envelope.broken(_("answers"))
    lead_id = number(form.get("lead_id"))
    return [
        Inquiry(
            key=envelope.key,
            occurred_at=envelope.when(form.get("date")),
            person=_applicant(known, user_id),
            subject=clean_line(form.get("form_name"), 300) or _("Form of an advert"),
            thread_key=user_id,
            external_id=f"form:{lead_id}" if lead_id else "",
            marks=Marks(content=clean_line(form.get("ad_id"), 60)),
            fields=tuple(_labelled(answers)),
        )
    ]


def _applicant(known: dict[str, str], user_id: str) -> Person:
    names = [known.get("first_name", ""), known.get("patronymic_name", ""), known.get("last_name", "")]
    return Person(
        name=known.get("full_name", "") or " ".join(filter(None, names)),
        phone=known.get("phone_number", "") or known.get("phone", ""),
        email=known.get("email", ""),
        messenger_id=user_id,
        profile_url=profile_url(user_id),
    )


def _answer(value: object) -> str:
    """An answer is a text, or a list where several can be ticked."""
    if isinstance(value, list):
        return ", ".join(filter(None, (_answer(one) for one in value[:50])))
    if isinstance(value, dict):
        return _answer(value.get("value") or value.get("label"))
    return clean_line(value, 1000)


def _labelled(answers: list[Facts]) -> Iterable[tuple[str, str]]:
    for one in answers:
        label = clean_line(one.get("question"), 200) or clean_line(one.get("key"), 60)
        if label and (value := _answer(one.get("answer"))):
            yield label, value
