import pytest
from django.conf import settings as django_settings

from channels.adapters import ADAPTERS, UnknownKind, adapter_for
from channels.adapters.base import Adapter
from core.templatetags.ui import CHANNEL_ICONS


def test_registry_has_every_kind_of_now():
    assert set(ADAPTERS) >= {
        "email",
        "form",
        "tilda",
        "telegram",
        "mango",
        "whatsapp",
        "messenger",
        "instagram",
    }
    assert set(ADAPTERS) >= {"meta_leads", "google_leads", "jivo", "webhook"}
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


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)
def test_adapter_has_an_icon_of_its_kind(adapter: Adapter):
    names = (django_settings.BASE_DIR / "static/icons/icons.txt").read_text().splitlines()
    assert CHANNEL_ICONS[adapter.kind] in names


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)
def test_adapter_takes_its_own_default_settings(adapter: Adapter):
    assert adapter.problems({field.name: field.default for field in adapter.fields}) == {}


@pytest.mark.parametrize("adapter", ADAPTERS.values(), ids=ADAPTERS)
def test_adapter_that_maps_fields_refuses_what_it_cannot_read(adapter: Adapter):
    is_mapped = any(field.name == "field_map" for field in adapter.fields)
    assert set(adapter.problems({"field_map": "just words"})) == ({"field_map"} if is_mapped else set())
