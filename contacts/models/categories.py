"""The words by which a tenant sorts its companies."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.tenancy import TenantOwned


class CompanyCategory(TenantOwned):
    """A client type or an industry of the tenant's directory (C2).

    A company holds the code, so that renaming an entry touches no company and rows of elsewhere need no look-up.
    A tenant that has never changed its directory has no rows: contacts.categories offers the built-in words.
    """

    class Kind(models.TextChoices):
        CLIENT_TYPE = "client_type", _("Client type")
        INDUSTRY = "industry", _("Industry")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    code = models.CharField(max_length=100)
    # empty: a built-in entry nobody has renamed, shown in the reader's language
    name = models.CharField(_("name"), max_length=100, blank=True)
    position = models.PositiveIntegerField(default=0)
    is_archived = models.BooleanField(_("archived"), default=False)

    class Meta(TenantOwned.Meta):
        verbose_name = _("category of companies")
        verbose_name_plural = _("categories of companies")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "code"], name="contacts_category_code"),
            models.UniqueConstraint(
                "tenant", "kind", Lower("name"), name="contacts_category_name", condition=~models.Q(name="")
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.code
