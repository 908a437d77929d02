import pytest

from channels.adapters import ADAPTERS, UnknownKind, adapter_for
from channels.adapters.base import Adapter


def test_registry_has_every_kind_of_now():
    assert set(ADAPTERS) >= {"email", "form", "tilda", "telegram", "vk", "max", "avito", "viber", "mango"}
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
