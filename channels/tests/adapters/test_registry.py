import pytest
from django.conf import settings as django_settings

from channels.adapters import ADAPTERS, UnknownKind, adapter_for
from channels.adapters.base import Adapter
from core.templatetags.ui import CHANNEL_ICONS

TELEPHONY = (
    "zadarma", "uis", "vats", "beeline", "binotel", "twilio", "exolve", "asterisk", "calltouch", "callibri"
)  # fmt: skip
MESSENGERS = ("telegram", "vk", "max", "avito", "viber", "whatsapp", "messenger", "instagram")
FORMS = ("form", "tilda", "webhook", "meta_leads", "google_leads")


def test_registry_has_every_kind_of_now():
    assert set(ADAPTERS) >= {"email", *FORMS, *MESSENGERS, "jivo", "mango", *TELEPHONY}
    for kind, adapter in ADAPTERS.items():
        assert adapter_for(kind) is adapter
        assert adapter.kind == kind


def test_unknown_kind_is_named_in_the_error():
    with pytest.raises(UnknownKind, match="'fax'.*telegram"):
        adapter_for("fax")


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)
def test_adapter_describes_itself(adapter: Adapter):
    assert adapter.label and adapter.icon and adapter.help_text
    assert adapter.channel_kind in ("email", "messenger", "call", "request", "chat", "callback")
    names = [field.name for field in adapter.fields]
    assert len(names) == len(set(names))
    for field in adapter.fields:
        assert field.label
        assert (field.kind == "choice") == bool(field.choices)
        if field.choices:
            assert field.default in dict(field.choices)
        assert not (field.is_generated and field.kind != "secret")
        assert not (field.is_learned and (field.is_required or field.kind != "text"))


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)
@pytest.mark.parametrize(
    ("flag", "method"),
    [("can_send", "send"), ("can_call", "start_call"), ("can_sms", "send_sms"), ("polls", "poll")],
)
def test_adapter_does_what_it_says_and_no_more(adapter: Adapter, flag: str, method: str):
    assert getattr(adapter, flag) == (getattr(type(adapter), method) is not getattr(Adapter, method))


@pytest.mark.parametrize("kind", TELEPHONY)
def test_telephone_lines_are_calls(kind: str):
    assert adapter_for(kind).channel_kind == "call"
    assert adapter_for(kind).tracks_calls == (kind in ("calltouch", "callibri"))


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)
def test_adapter_has_an_icon_of_its_kind(adapter: Adapter):
    names = (django_settings.BASE_DIR / "static/icons/icons.txt").read_text().splitlines()
    assert CHANNEL_ICONS[adapter.kind] in names


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)
def test_adapter_takes_its_own_default_settings(adapter: Adapter):
    for field in adapter.fields:
        if field.validate is not None and field.default != "":
            field.validate(str(field.default))


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)
def test_adapter_that_maps_fields_refuses_what_it_cannot_read(adapter: Adapter):
    for field in adapter.fields:
        if field.name == "field_map":
            assert field.validate is not None
            with pytest.raises(ValueError, match="just words"):
                field.validate("just words")
