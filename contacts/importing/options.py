"""What is chosen for an import beside its columns: how duplicates are treated, and what rows get that don't say."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Policy(models.TextChoices):
    """What happens to a row whose record is there already."""

    SKIP = "skip", _("Skip the row")
    FILL = "fill", _("Fill only empty fields")
    OVERWRITE = "overwrite", _("Overwrite with the file")
    CREATE = "create", _("Create another one")


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """Kept with the import as JSON."""

    policy: str = Policy.FILL
    keys: tuple[str, ...] = ()
    owner: str = ""  # ids
    source: str = ""
    tags: tuple[str, ...] = ()
    is_lenient: bool = False  # what can't be read goes into the comment, unknown names are left out
    makes_companies: bool = True
    extra: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Options:
        """Read what an import keeps; names of older versions are passed over."""
        known = {field.name for field in dataclasses.fields(cls)}
        values: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in kept.items() if name in known
        }
        return cls(**values)

    def as_json(self) -> dict[str, Any]:
        """Write it as it is kept."""
        return dataclasses.asdict(self)
