"""Departments and offices."""

from __future__ import annotations

from tenants.errors import CircularDepartment
from tenants.models import Department, Membership, Office
from tenants.services.hours import hours_changed
from tenants.services.references import delete_unreferenced


def create_department(*, name: str, parent: Department | None, by: Membership) -> Department:
    """Add a department."""
    department = Department.objects.create(name=name, parent=parent)
    hours_changed()
    return department


def update_department(
    *, department: Department, name: str, parent: Department | None, by: Membership
) -> Department:
    """Rename or move a department; raise CircularDepartment when it would be part of itself."""
    ancestor = parent
    while ancestor is not None:
        if ancestor.pk == department.pk:
            raise CircularDepartment
        ancestor = ancestor.parent
    department.name, department.parent = name, parent
    department.save(update_fields=["name", "parent"])
    hours_changed()  # hours are inherited down the tree
    return department


def delete_department(*, department: Department, by: Membership) -> None:
    """Delete an empty department; raise StillInUse while people or departments are in it."""
    delete_unreferenced(department)


def create_office(*, name: str, address: str, by: Membership) -> Office:
    """Add an office."""
    return Office.objects.create(name=name, address=address)


def update_office(*, office: Office, name: str, address: str, by: Membership) -> Office:
    """Change an office's name or address."""
    office.name, office.address = name, address
    office.save(update_fields=["name", "address"])
    return office


def delete_office(*, office: Office, by: Membership) -> None:
    """Delete an office where nobody works; raise StillInUse otherwise."""
    delete_unreferenced(office)
