"""What tokens may do with sources and costs, and whose members may."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from contacts.sources.rules import may_write_costs, sees_costs
from tenants.access import Action, Section, may, may_export
from tenants.api import scopes
from tenants.models import Membership


def _may_read_costs(member: Membership) -> bool:
    """As the list of costs in the reports, or the settings of sources. What programs read is taken out: where only
    administrators may export (L17), theirs alone may."""
    if member.tenant.is_export_restricted and not member.role.is_admin:
        return False
    return may_write_costs(member) or (may_export(member, Section.REPORTS) and sees_costs(member))


def _may_read_sources(member: Membership) -> bool:
    """Sources are named in the settings and in the filters of reports."""
    return may(member, Section.SETTINGS) or may(member, Section.REPORTS)


def _may_write_sources(member: Membership) -> bool:
    return may(member, Section.SETTINGS, Action.ADD) and may(member, Section.SETTINGS, Action.EDIT)


COSTS_READ = scopes.register("costs:read", _("Read advertising costs and campaigns"), _may_read_costs)
COSTS_WRITE = scopes.register("costs:write", _("Send, change and delete advertising costs"), may_write_costs)
SOURCES_READ = scopes.register("sources:read", _("Read sources"), _may_read_sources)
SOURCES_WRITE = scopes.register("sources:write", _("Add and change sources"), _may_write_sources)
