"""Fields a company adds to its leads, contacts, companies and deals («переменные», C6), and its own directories."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.indexes import gin_index
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from tenants.models.people import Membership


class Directory(TenantOwned):
    """A list of elements the company keeps itself: objects, warehouses; or the options of one choice field."""

    name = models.CharField(_("name"), max_length=100)
    is_private = models.BooleanField(
        default=False, editable=False
    )  # the options of a field, shown with it only

    class Meta(TenantOwned.Meta):
        verbose_name = _("directory")
        verbose_name_plural = _("directories")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                "tenant", Lower("name"), condition=models.Q(is_private=False), name="tenants_directory_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class DirectoryElement(TenantOwned):
    """One element of a directory. Records keep its id, so a new name is shown everywhere at once."""

    directory = TenantForeignKey(Directory, models.CASCADE, related_name="elements")
    name = models.CharField(_("name"), max_length=200)
    position = models.PositiveIntegerField(default=0)
    is_archived = models.BooleanField(
        _("archived"), default=False
    )  # no longer offered; what holds it keeps it

    class Meta(TenantOwned.Meta):
        verbose_name = _("element")
        verbose_name_plural = _("elements")
        ordering = ["position", "name"]
        constraints = [
            models.UniqueConstraint("tenant", "directory", Lower("name"), name="tenants_element_name")
        ]

    def __str__(self) -> str:
        return self.name


class CustomFieldQuerySet(TenantQuerySet["CustomField"]):
    def present(self) -> CustomFieldQuerySet:
        """Not hidden by a deletion."""
        return self.filter(deleted_at=None)


class CustomField(TenantOwned):
    """A field of the company's own. Its `key` is what records, filters, columns and stages know it by."""

    class Entity(models.TextChoices):
        DEAL = "deal", _("Deals")
        LEAD = "lead", _("Leads")
        CONTACT = "contact", _("Contacts")
        COMPANY = "company", _("Companies")

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        NUMBER = "number", pgettext_lazy("kind of field", "Number")
        MONEY = "money", _("Money")
        DATE = "date", _("Date")
        CHOICE = "choice", _("One of a list")
        CHOICES = "choices", _("Several of a list")
        FLAG = "flag", _("Yes or no")
        MEMBER = "member", _("Colleague")
        FILE = "file", _("File")
        ELEMENT = "element", _("Element of a directory")

    entity = models.CharField(max_length=10, choices=Entity.choices)
    key = models.CharField(max_length=20, editable=False)  # cf_7; never changes and is never used again
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=100)
    group = models.CharField(_("group"), max_length=60, blank=True)
    hint = models.CharField(_("hint"), max_length=200, blank=True)
    position = models.PositiveIntegerField(default=0)
    # Of a choice its own private directory, of an element link one of the company's
    directory = TenantForeignKey(
        Directory, models.PROTECT, null=True, blank=True, related_name="fields", verbose_name=_("directory")
    )
    currency = models.CharField(
        _("currency"), max_length=3, blank=True
    )  # of new sums; those there keep theirs
    is_required = models.BooleanField(_("must be filled when a person creates the record"), default=False)
    is_on_card = models.BooleanField(_("always shown on the record"), default=True)
    is_searchable = models.BooleanField(_("found by the search"), default=False)
    # What a conversion fills it from: the key of a lead's field, NOTHING, or blank for the one of its name and kind
    lead_field = models.CharField(_("filled from the lead"), max_length=20, blank=True)
    deleted_at = models.DateTimeField(null=True, editable=False)

    NOTHING = "nothing"  # of lead_field

    objects = manager_of(CustomFieldQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("field")
        verbose_name_plural = _("fields")
        ordering = ["position", "key"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="tenants_field_key"),
            models.UniqueConstraint(
                "tenant",
                "entity",
                Lower("name"),
                condition=models.Q(deleted_at=None),
                name="tenants_field_name",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "entity", "position"], name="tenants_field_order")]

    def __str__(self) -> str:
        return self.name

    @property
    def has_options(self) -> bool:
        """Say whether its values come from a list of its own."""
        return self.kind in (self.Kind.CHOICE, self.Kind.CHOICES)

    @property
    def has_words(self) -> bool:
        """Say whether its values can be searched for by what is written in them."""
        return self.kind in (self.Kind.TEXT, self.Kind.NUMBER)

    @property
    def is_sortable(self) -> bool:
        """Say whether lists can stand in the order of its values, see FieldValue."""
        return self.kind in (self.Kind.TEXT, self.Kind.NUMBER, self.Kind.MONEY, self.Kind.DATE)

    @property
    def has_elements(self) -> bool:
        """Say whether its values are ids of elements."""
        return self.has_options or self.kind == self.Kind.ELEMENT


class FieldFile(TenantOwned):
    """A file that is the value of a field, kept under a key of our own; the name is only for showing."""

    key = models.CharField(max_length=100)
    name = models.CharField(max_length=255)
    size_bytes = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")
    # Since when no record is known to hold it; a sweeper deletes it then, see custom_fields.files
    unheld_since = models.DateTimeField(default=timezone.now, null=True, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("file of a field")
        verbose_name_plural = _("files of fields")
        indexes = [
            models.Index(
                fields=["tenant", "unheld_since"],
                condition=models.Q(unheld_since__isnull=False),
                name="tenants_file_unheld",
            )
        ]

    def __str__(self) -> str:
        return self.name


class FieldValue(TenantOwned):
    """What a record holds in one field, as the database can order and search it: an index that triggers keep.

    Only of the kinds that have an order. `record_id` is no reference: keys of fields are unique in a tenant, so the
    field tells which table the record is in, and its triggers take the row away with the record.
    """

    record_id = models.UUIDField()
    field = models.CharField(max_length=20)
    # Text folded and cut, days as ISO, numbers as custom_fields.numbers writes them: bytes tell the order
    held = models.CharField(max_length=100, db_collation="C")
    words = models.TextField(blank=True)  # all that is written, folded; of text and numbers

    class Meta(TenantOwned.Meta):
        verbose_name = _("value of a field")
        verbose_name_plural = _("values of fields")
        constraints = [
            models.UniqueConstraint(fields=["tenant", "record_id", "field"], name="tenants_fieldvalue_once")
        ]
        indexes = [
            models.Index(fields=["tenant", "field", "held", "record_id"], name="tenants_fieldvalue_order"),
            GinIndex(
                models.F("tenant"),
                models.F("field"),
                OpClass("words", name="gin_trgm_ops"),
                condition=~models.Q(words=""),
                name="tenants_fieldvalue_words",
            ),
        ]

    def __str__(self) -> str:
        return self.held


class CustomValued(models.Model):
    """Adds the values of custom fields to a model: {"cf_7": "12.5"}; an empty field has no key."""

    custom_values: Any = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True, editable=False
    )

    class Meta:
        abstract = True


def custom_values_index(name: str) -> GinIndex:
    """Make the index that search.custom_values looks in; the operators of jsonb_ops know single keys too."""
    return gin_index("custom_values", name=name)
