"""People and the keys by which we know them again."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts import searching
from contacts.models.sources import Source
from core.indexes import trigram_index
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from tenants.access import Action, Section, reach
from tenants.models import CustomValued, Membership, custom_values_index
from tenants.tags import tags_index


class ContactQuerySet(TenantQuerySet["Contact"]):
    def present(self) -> ContactQuerySet:
        """Not deleted and not merged into another."""
        return self.filter(deleted_at=None)

    def visible_to(self, member: Membership, action: str = Action.VIEW) -> ContactQuerySet:
        """Those the member may see, or do `action` to."""
        return self.present().reachable_by(member, action)

    def reachable_by(self, member: Membership, action: str = Action.VIEW) -> ContactQuerySet:
        """The same with the deleted ones: a card that was just deleted can still be restored."""
        return self.filter(reach(member, Section.CONTACTS, action))

    def search(self, text: str, limit: int = searching.MAX_FOUND) -> ContactQuerySet:
        """Those found by parts of the name, company or address, or by digits of a phone."""
        query = searching.parse(text)
        return self.filter(searching.is_found("contacts", query, limit, entity="contact"))


class Contact(CustomValued, TenantOwned):
    """A person who wrote, called or is known (C1)."""

    # as shown; from the parts when they are known
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=200, blank=True)
    last_name = models.CharField(_("last name"), max_length=100, blank=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    middle_name = models.CharField(_("middle name"), max_length=100, blank=True)
    position = models.CharField(_("position"), max_length=150, blank=True)
    kind = models.CharField(_("type"), max_length=60, blank=True)
    source = TenantForeignKey(
        Source, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("source")
    )
    owner = TenantForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible")
    )
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True, verbose_name=_("tags"))
    city = models.CharField(_("city"), max_length=100, blank=True, db_default="", default="")
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    consented_at = models.DateTimeField(_("consent to data processing"), null=True, blank=True)
    comment = models.TextField(_("comment"), blank=True)
    search_text = models.TextField(
        blank=True, editable=False
    )  # lower case, ё as е; kept by contacts.services
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")
    last_activity_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    # Set together with deleted_at: this card gave everything to another, see contacts.merging
    merged_into = TenantForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="+")
    compared_at = models.DateTimeField(null=True, editable=False)  # null: contacts.duplicates.waiting

    objects = manager_of(ContactQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        indexes = [
            models.Index(
                fields=["tenant", "-created_at", "-id"],
                include=["owner"],
                name="contacts_contact_new",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(
                fields=["tenant", "name", "id"],
                include=["owner"],
                name="contacts_contact_name",
                condition=models.Q(deleted_at=None),
            ),
            trigram_index("search_text", "contacts_contact_search"),
            custom_values_index("contacts_contact_custom"),
            tags_index("contacts_contact_tags"),
            models.Index(
                fields=["tenant", "id"],
                name="contacts_contact_waiting",
                condition=models.Q(compared_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("No name"))


class IdentityKey(TenantOwned):
    """A normalised phone, e-mail or messenger id: unique, so racing first contacts of a tenant meet here."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")
        TELEGRAM = "telegram", "Telegram"
        VK = "vk", _("VK")
        WHATSAPP = "whatsapp", "WhatsApp"
        MAX = "max", "MAX"
        AVITO = "avito", _("Avito")
        VIBER = "viber", "Viber"
        MESSENGER = "messenger", "Messenger"
        INSTAGRAM = "instagram", "Instagram"
        CHAT = "chat", _("Website chat")

    contact = TenantForeignKey(Contact, models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    value = models.CharField(max_length=254)  # E.164, lower-case address, messenger id
    reversed_value = models.CharField(
        max_length=254, blank=True
    )  # phones: search by the last digits is a prefix
    raw = models.CharField(max_length=254, blank=True)  # as received
    label = models.CharField(_("label"), max_length=40, blank=True)
    profile_url = models.CharField(max_length=300, blank=True)
    is_primary = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("contact key")
        verbose_name_plural = _("contact keys")
        ordering = ["-is_primary", "created_at"]
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "value"], name="contacts_key_once")]
        indexes = [
            models.Index(
                "tenant",
                "kind",
                OpClass("reversed_value", "text_pattern_ops"),
                name="contacts_key_last_digits",
            )
        ]

    def __str__(self) -> str:
        return self.value
