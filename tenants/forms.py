"""Forms of people, rights and the company."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core import placeholders
from core.forms import TenantModelForm
from core.listing.filters import SANE_DAY
from tenants.access import covers
from tenants.api import scopes
from tenants.models import Department, Invitation, Membership, Office, Role, Tenant, User
from tenants.models.tenant import LANGUAGES
from tenants.rates import CURRENCIES
from tenants.services.company import COMPANY_FIELDS

REGIONS = (
    ("RU", _("Russia")),
    ("BY", _("Belarus")),
    ("KZ", _("Kazakhstan")),
    ("UZ", _("Uzbekistan")),
    ("KG", _("Kyrgyzstan")),
    ("AM", _("Armenia")),
    ("GE", _("Georgia")),
    ("UA", _("Ukraine")),
    ("TR", _("Türkiye")),
    ("AE", _("United Arab Emirates")),
    ("CN", _("China")),
    ("DE", _("Germany")),
    ("GB", _("United Kingdom")),
    ("US", _("United States")),
)


def time_zone_choices() -> list[tuple[str, str]]:
    """List the zones people live in, without the aliases of other times."""
    places = (
        z
        for z in sorted(zoneinfo.available_timezones())
        if "/" in z and not z.startswith(("Etc/", "SystemV/"))
    )
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in places)]


class CompanyForm(forms.ModelForm):
    """The company's settings."""

    time_zone = forms.ChoiceField(choices=time_zone_choices, label=_("Time zone"))
    currency = forms.ChoiceField(choices=[(c, c) for c in CURRENCIES], label=_("Currency"))
    phone_region = forms.ChoiceField(
        choices=REGIONS,
        label=_("Country of phone numbers"),
        help_text=_("Numbers without a country code are of this one."),
    )

    class Meta:
        model = Tenant
        # The shortest call that counts is set among the rules of lead quality
        fields = tuple(name for name in COMPANY_FIELDS if name != "min_call_s")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, known in (("currency", CURRENCIES), ("phone_region", dict(REGIONS))):
            present = getattr(self.instance, name)
            field = self.fields[name]
            if present and present not in known and isinstance(field, forms.ChoiceField):
                field.choices = [(present, present), *field.choices]


class RateForm(forms.Form):
    """What a unit of a currency costs from a day on."""

    currency = forms.ChoiceField(label=_("Currency"))
    value = forms.DecimalField(
        max_digits=18, decimal_places=8, min_value=Decimal("0.00000001"), localize=True
    )
    on = forms.DateField(
        label=_("From the day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=SANE_DAY,
    )

    def __init__(self, *args: Any, base: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["value"].label = _("One unit costs, %(currency)s") % {"currency": base}
        others = [(code, code) for code in CURRENCIES if code != base]
        self.fields["currency"].choices = others  # type: ignore[attr-defined]


class _PlaceForm(forms.Form):
    """Role, department and office, chosen among the tenant's own and within the giver's rights."""

    role = forms.ModelChoiceField(Role.objects.none(), label=_("Role"))
    department = forms.ModelChoiceField(Department.objects.none(), label=_("Department"), required=False)

    def __init__(self, *args: Any, by: Membership, keep: Role | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = [role.pk for role in Role.objects.all() if covers(by, role) or (keep and role.pk == keep.pk)]
        self._query("role", Role.objects.filter(pk__in=given))
        self._query("department", Department.objects.all())

    def _query(self, name: str, rows: Any) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = rows


class InviteForm(_PlaceForm):
    """Whom to invite, and into which role."""

    email = forms.EmailField(label=_("E-mail"))
    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=150, required=False)

    field_order = ("email", "name", "role", "department")


class MemberForm(_PlaceForm):
    """A colleague's place in the company."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=150)
    office = forms.ModelChoiceField(Office.objects.none(), label=_("Office"), required=False)
    phone_extension = forms.CharField(
        label=_("Phone extension"),
        max_length=20,
        required=False,
        help_text=_("By it the PBX's calls find their manager."),
    )

    field_order = ("name", "role", "department", "office", "phone_extension")

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        initial = {f: getattr(member, f) for f in ("name", "role", "department", "office", "phone_extension")}
        super().__init__(*args, initial=initial, keep=member.role, **kwargs)
        self._query("office", Office.objects.all())


class HandoverForm(forms.Form):
    """Who takes over a colleague's open work."""

    to = forms.ModelChoiceField(
        Membership.objects.none(),
        label=_("Hand the open work over to"),
        required=False,
        empty_label=_("Nobody yet"),
    )

    def __init__(self, *args: Any, member: Membership, is_required: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        field.required = is_required
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Membership.objects.active().exclude(pk=member.pk).order_by("name")


class DepartmentForm(TenantModelForm):
    """A department and what it is part of."""

    class Meta:
        model = Department
        fields = ("name", "parent")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["parent"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = Department.objects.exclude(pk=self.instance.pk)


class OfficeForm(TenantModelForm):
    """An office."""

    class Meta:
        model = Office
        fields = ("name", "address")


class RoleForm(TenantModelForm):
    """A role's name; its rights come from the matrix, see tenants.matrix."""

    class Meta:
        model = Role
        fields = ("name",)


class ProfileForm(forms.ModelForm):
    """What a person sets for themselves."""

    time_zone = forms.ChoiceField(choices=time_zone_choices, label=_("Time zone"), required=False)
    language = forms.ChoiceField(choices=LANGUAGES, label=_("Language"), required=False)
    mail_signature = forms.CharField(
        label=_("Signature of letters"),
        max_length=1000,
        required=False,
        help_text=_(
            "Ends every letter. Filled in: {name}, {company}, {address} of the mailbox, {extension} of the telephone."
        ),
        widget=forms.Textarea({"rows": 4}),
    )

    class Meta:
        model = User
        fields = ("name", "language", "time_zone")

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, instance=member.user, **kwargs)
        tenant = member.tenant
        self.fields["name"].label = _("Your name")
        self.fields["mail_signature"].initial = member.mail_signature
        self.fields["name"].required = True
        for name in ("time_zone", "language"):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                choices = dict(field.choices)  # type: ignore[arg-type]
                usual = choices.get(getattr(tenant, name), getattr(tenant, name))
                field.choices = [("", _("As in the company: %(usual)s") % {"usual": usual}), *choices.items()]

    def clean_mail_signature(self) -> str:
        """Name a field that nobody knows."""
        text: str = self.cleaned_data["mail_signature"]
        try:
            placeholders.check(text, known=placeholders.SIGNATURE)
        except placeholders.UnknownField as refusal:
            raise forms.ValidationError(str(refusal.message)) from None
        return text


class JoinForm(forms.Form):
    """A new login, made by accepting an invitation."""

    name = forms.CharField(
        label=_("Your name"), max_length=150, widget=forms.TextInput({"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Password"), strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, invitation: Invitation, **kwargs: Any) -> None:
        super().__init__(*args, initial={"name": invitation.name}, **kwargs)
        self.invitation = invitation

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.invitation.email, name=self.cleaned_data.get("name", "")))
        return password


class ApiTokenForm(forms.Form):
    """What a program may do in one's name, and for how long."""

    LIFETIMES = (("30", _("30 days")), ("90", _("90 days")), ("365", _("A year")), ("", _("Until revoked")))

    name = forms.CharField(
        label=pgettext_lazy("thing", "Name"),
        max_length=100,
        help_text=_("By it you know later what it is for."),
    )
    scopes = forms.MultipleChoiceField(label=_("May do"), widget=forms.CheckboxSelectMultiple)
    days = forms.ChoiceField(label=_("Valid"), choices=LIFETIMES, required=False, initial="365")

    def __init__(self, *args: Any, by: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [  # type: ignore[attr-defined]
            (scope.code, scope.label) for scope in scopes.allowed_to(by)
        ]

    def values(self, *, now: dt.datetime) -> dict[str, Any]:
        """Give what the service asks for."""
        days = self.cleaned_data["days"]
        expires_at = now + dt.timedelta(days=int(days)) if days else None
        return {
            "name": self.cleaned_data["name"],
            "scopes": self.cleaned_data["scopes"],
            "expires_at": expires_at,
        }
