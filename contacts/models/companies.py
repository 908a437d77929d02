"""Companies, their legal details and the people in them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts import searching
from contacts.folding import bare_company_name
from contacts.models.contacts import Contact
from contacts.models.sources import Source
from core.indexes import trigram_index
from core.tenancy import TenantForeignKey, TenantOwned, TenantQuerySet, manager_of
from tenants.access import Action, Section, reach
from tenants.models import CustomValued, Membership, custom_values_index
from tenants.tags import tags_index


class CompanyQuerySet(TenantQuerySet["Company"]):
    def present(self) -> CompanyQuerySet:
        """Not deleted and not merged into another."""
        return self.filter(deleted_at=None)

    def visible_to(self, member: Membership, action: str = Action.VIEW) -> CompanyQuerySet:
        """Those the member may see, or do `action` to."""
        return self.present().reachable_by(member, action)

    def reachable_by(self, member: Membership, action: str = Action.VIEW) -> CompanyQuerySet:
        """The same with the deleted ones: a card that was just deleted can still be restored."""
        return self.filter(reach(member, Section.COMPANIES, action))

    def search(self, text: str, limit: int = searching.MAX_FOUND) -> CompanyQuerySet:
        """Those found by parts of the name, INN, site or address, or by digits of a phone."""
        query = searching.parse(text, is_company=True)
        return self.filter(searching.is_found("companies", query, limit, entity="company"))

    def named(self, name: str) -> CompanyQuerySet:
        """Those of this name, whatever the legal form, quotes and case."""
        bare = bare_company_name(name)
        return self.filter(bare_name=bare) if bare else self.none()


class Company(CustomValued, TenantOwned):
    """A legal or trading entity (C2); may have a head company and branches."""

    class ClientType(models.TextChoices):
        """The types every tenant starts with; its own stand in CompanyCategory."""

        WHOLESALE = "wholesale", _("Wholesale")
        CHAIN = "chain", _("Chain")
        RETAIL = "retail", _("Retail")
        ONLINE = "online", _("Online shop")
        TENDER = "tender", _("Tender")
        INTEGRATOR = "integrator", _("Integrator")
        HORECA = "horeca", _("End user: HoReCa")
        OFFICE = "office", _("End user: office")
        OTHER = "other", _("Other")

    name = models.CharField(_("name"), max_length=200)
    # Codes of the tenant's directory, contacts.categories: a code without an entry is shown as it is
    client_type = models.CharField(_("client type"), max_length=20, choices=ClientType.choices, blank=True)
    industry = models.CharField(_("industry"), max_length=100, blank=True)
    site = models.CharField(_("site"), max_length=200, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True, db_default="", default="")
    address = models.CharField(_("address"), max_length=300, blank=True)
    potential = models.DecimalField(_("potential"), max_digits=14, decimal_places=2, null=True, blank=True)
    is_potential_regular = models.BooleanField(_("potential is regular"), default=False)
    turnover = models.DecimalField(_("turnover"), max_digits=16, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, default="RUB")
    headcount = models.PositiveIntegerField(_("headcount"), null=True, blank=True)
    head_company = TenantForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="branches",
        verbose_name=_("head company"),
    )
    source = TenantForeignKey(
        Source, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("source")
    )
    owner = TenantForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("responsible")
    )
    tags = ArrayField(models.CharField(max_length=50), default=list, blank=True, verbose_name=_("tags"))
    comment = models.TextField(_("comment"), blank=True)
    # without legal form and quotes: the same company written in two ways
    bare_name = models.CharField(max_length=200, blank=True, editable=False, db_default="", default="")
    search_text = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = TenantForeignKey(Membership, models.SET_NULL, null=True, editable=False, related_name="+")
    last_activity_at = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    merged_into = TenantForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="+")
    compared_at = models.DateTimeField(null=True, editable=False)  # null: contacts.duplicates.waiting

    contacts = models.ManyToManyField(Contact, through="contacts.CompanyMember", related_name="companies")

    objects = manager_of(CompanyQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        indexes = [
            models.Index(
                fields=["tenant", "-created_at", "-id"],
                include=["owner"],
                name="contacts_company_new",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(
                fields=["tenant", "name", "id"],
                include=["owner"],
                name="contacts_company_name",
                condition=models.Q(deleted_at=None),
            ),
            models.Index(fields=["tenant", "bare_name"], name="contacts_company_bare"),
            trigram_index("search_text", "contacts_company_search"),
            custom_values_index("contacts_company_custom"),
            tags_index("contacts_company_tags"),
            models.Index(
                fields=["tenant", "id"],
                name="contacts_company_waiting",
                condition=models.Q(compared_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CompanyPoint(TenantOwned):
    """A phone, e-mail, further site or address of a company. Unlike a contact's keys these may be shared."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")
        SITE = "site", _("Site")
        ADDRESS = "address", _("Address")

    company = TenantForeignKey(Company, models.CASCADE, related_name="points")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = models.CharField(max_length=254)  # normalised as IdentityKey.value
    reversed_value = models.CharField(max_length=254, blank=True)
    label = models.CharField(_("label"), max_length=40, blank=True)

    class Meta(TenantOwned.Meta):
        indexes = [
            models.Index(fields=["tenant", "kind", "value"], name="contacts_point_value"),
            models.Index(
                "tenant",
                "kind",
                OpClass("reversed_value", "text_pattern_ops"),
                name="contacts_point_last_digits",
            ),
        ]

    def __str__(self) -> str:
        return self.value


class LegalDetailsQuerySet(TenantQuerySet["LegalDetails"]):
    def in_use(self) -> LegalDetailsQuerySet:
        """Not archived."""
        return self.filter(archived_at=None)

    def main_first(self) -> LegalDetailsQuerySet:
        """In the order they are offered: the main set, then the oldest, the archived ones last.

        Several may be marked after a merge of companies, none in a base from elsewhere: the first is the main one.
        """
        return self.order_by(F("archived_at").desc(nulls_first=True), "-is_main", "pk")


class LegalDetails(TenantOwned):
    """One set of «реквизиты» of a company; a company may have several, one of which is the main one."""

    company = TenantForeignKey(Company, models.CASCADE, related_name="legal_details")
    title = models.CharField(_("legal name"), max_length=250)
    inn = models.CharField(_("INN"), max_length=12, blank=True)
    kpp = models.CharField(_("KPP"), max_length=9, blank=True)
    ogrn = models.CharField(_("OGRN"), max_length=15, blank=True)
    bank = models.CharField(_("bank"), max_length=200, blank=True)
    bik = models.CharField(_("BIK"), max_length=9, blank=True)
    account = models.CharField(_("account"), max_length=34, blank=True)
    correspondent_account = models.CharField(_("correspondent account"), max_length=20, blank=True)
    legal_address = models.CharField(_("legal address"), max_length=300, blank=True)
    is_main = models.BooleanField(_("main"), default=False, db_default=False, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)  # no longer offered; documents keep it

    objects = manager_of(LegalDetailsQuerySet)

    class Meta(TenantOwned.Meta):
        verbose_name = _("legal details")
        verbose_name_plural = _("legal details")
        indexes = [models.Index(fields=["tenant", "inn"], name="contacts_legal_inn")]

    def __str__(self) -> str:
        return self.title


class CompanyMemberQuerySet(TenantQuerySet["CompanyMember"]):
    def working(self) -> CompanyMemberQuerySet:
        """Those who work there now."""
        return self.filter(left_on=None)


class CompanyMember(TenantOwned):
    """A contact's place in a company; it is kept when the person leaves.

    The two marks have no constraint of their own: a merge moves places, and then the older mark counts.
    """

    company = TenantForeignKey(Company, models.CASCADE, related_name="members")
    contact = TenantForeignKey(Contact, models.CASCADE, related_name="memberships")
    position = models.CharField(_("position"), max_length=150, blank=True)
    is_main_company = models.BooleanField(default=False, db_default=False)  # of all the contact's companies
    is_main_person = models.BooleanField(default=False, db_default=False)  # of all the company's people
    left_on = models.DateField(_("left on"), null=True, blank=True)

    objects = manager_of(CompanyMemberQuerySet)

    class Meta(TenantOwned.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "company", "contact"], name="contacts_member_once")
        ]
