"""Kinds of values that requests hold, stricter than JSON has them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _text(value: str) -> str:
    """Refuse what PostgreSQL can't keep."""
    if "\x00" in value or any("\ud800" <= sign <= "\udfff" for sign in value):
        raise PydanticCustomError("not_text", "not a text")
    return value


def _day(value: Any) -> Any:
    """Take a day only as 2026-11-28: a moment or a number would be a day of who knows which zone."""
    if isinstance(value, str) and _DAY.fullmatch(value) and value.isascii():
        return value
    raise PydanticCustomError("not_a_day", "not a day")


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_text)]
Day = Annotated[dt.date, BeforeValidator(_day, json_schema_input_type=dt.date)]
Limit = Annotated[int, Field(ge=1, le=500)]


class Filters(BaseModel):
    """The base of what narrows a list: a mistyped filter is told, for passed over it would find everything."""

    @model_validator(mode="after")
    def _know_all(self, info: ValidationInfo) -> Self:
        asked = info.context["request"].GET if info.context else {}
        if unknown := sorted(set(asked) - type(self).model_fields.keys()):
            raise PydanticCustomError("extra_forbidden", "unknown", {"field": unknown[0]})
        return self


class Body(BaseModel):
    """The base of what is sent: a field nobody knows is a mistake and is told, not passed over."""

    model_config = ConfigDict(extra="forbid")
