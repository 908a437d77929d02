"""What tokens may do with sources and costs, and whose members may."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contacts.sources.rules import may_read_costs, may_write_costs
from tenants.access import Action, Section, may
from tenants.api import scopes
from tenants.models import Membership


def _may_read_sources(member: Membership) -> bool:
    """Sources are named in the settings and in the filters of reports."""
    return may(member, Section.SETTINGS) or may(member, Section.REPORTS)


def _may_write_sources(member: Membership) -> bool:
    return may(member, Section.SETTINGS, Action.ADD) and may(member, Section.SETTINGS, Action.EDIT)


COSTS_READ = scopes.register("costs:read", _("Read advertising costs and campaigns"), may_read_costs)
COSTS_WRITE = scopes.register("costs:write", _("Send, change and delete advertising costs"), may_write_costs)
SOURCES_READ = scopes.register("sources:read", _("Read sources"), _may_read_sources)
SOURCES_WRITE = scopes.register("sources:write", _("Add and change sources"), _may_write_sources)
