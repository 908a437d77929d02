"""What custom fields refuse, each by a name of its own."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.errors import Forbidden, Refusal


class UnknownField(Refusal):
    """No field of this entity has the key, or it is hidden."""

    code = "unknown_field"

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(_("There is no field “%(key)s” here.") % {"key": key}, key=key)


class FieldClosedToRole(Forbidden):
    """The field is shown to the role and filled in by others."""

    code = "field_closed_to_role"

    def __init__(self, *, name: str) -> None:
        super().__init__(_("Your role only sees the field “%(field)s”.") % {"field": name})


class BadValue(Refusal):
    """A value the field can't hold; `reason` says why without naming the field."""

    code = "bad_value"

    def __init__(self, *, field: str, name: str, reason: str) -> None:
        self.field, self.reason = field, reason
        text = _("%(field)s: %(reason)s") % {"field": name, "reason": reason}
        super().__init__(text, field=field, reason=reason)


class FieldNameTaken(Refusal):
    code = "field_name_taken"

    def default_message(self) -> str | Promise:
        return gettext_lazy("There is a field with this name already.")


class DirectoryNameTaken(Refusal):
    code = "directory_name_taken"

    def default_message(self) -> str | Promise:
        return gettext_lazy("There is a directory with this name already.")


class ElementNameTaken(Refusal):
    code = "element_name_taken"

    def default_message(self) -> str | Promise:
        return gettext_lazy("There is an element with this name already.")


class FieldNotHidden(Refusal):
    """Only a field that was deleted, and so is out of everybody's sight, can be deleted for ever."""

    code = "field_not_hidden"

    def default_message(self) -> str | Promise:
        return gettext_lazy("Delete the field first; then it can be deleted for ever.")


class DirectoryInUse(Refusal):
    """Fields refer to the directory, hidden ones included."""

    code = "directory_in_use"

    def __init__(self, *, count: int) -> None:
        text = ngettext(
            "%(count)s field refers to this directory.", "%(count)s fields refer to this directory.", count
        )
        super().__init__(text % {"count": count}, count=count)


class TooManyFields(Refusal):
    """An entity has as many fields as a page can carry."""

    code = "too_many_fields"

    def __init__(self, *, limit: int) -> None:
        text = ngettext("No more than %(count)s field.", "No more than %(count)s fields.", limit)
        super().__init__(text % {"count": limit}, limit=limit)


class FileTooLarge(Refusal):
    code = "field_file_too_large"
    status = 413

    def __init__(self, *, limit_mb: int) -> None:
        super().__init__(_("The file is larger than %(size)s MB.") % {"size": limit_mb})


class FileNotStored(Refusal):
    code = "field_file_not_stored"
    status = 507

    def default_message(self) -> str | Promise:
        return gettext_lazy(
            "The file could not be stored: there is no room on the server's disk. Tell your administrator."
        )
