"""The settings menu for templates."""

from __future__ import annotations

from typing import Any

from django import template

from tenants import settings_menu

register = template.Library()


@register.simple_tag(takes_context=True, name="settings_menu")
def menu(context: dict[str, Any]) -> list[settings_menu.Group]:
    """List the settings pages the member may open, under their captions."""
    return settings_menu.groups(context["request"])
