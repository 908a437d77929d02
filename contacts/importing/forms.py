"""What is typed on the way of an import: the file, how it is read, what columns hold, options."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from contacts.forms import TagsField, owner_field, source_field
from contacts.importing.kinds import USUAL_OPTIONS, Kind
from contacts.importing.options import Options, Policy
from contacts.models import Import
from core.tabular import Layout, charsets
from tenants.models import Membership

_DELIMITERS = [
    (",", gettext_lazy("Comma")),
    (";", gettext_lazy("Semicolon")),
    ("\t", gettext_lazy("Tab")),
    ("|", gettext_lazy("Vertical bar")),
]
_CHARSETS = [
    ("utf-8", "UTF-8"),
    ("windows-1251", "Windows-1251"),
    ("koi8-r", "KOI8-R"),
    ("cp866", "CP866 (DOS)"),
    ("mac-cyrillic", "Mac"),
    ("utf-16-le", "UTF-16"),
    ("utf-16-be", "UTF-16 BE"),
    ("windows-1252", "Windows-1252"),
]
assert {name for name, _label in _CHARSETS} == set(charsets.CHARSETS)


class UploadForm(forms.Form):
    """What is loaded, and the file."""

    what = forms.ChoiceField(label=gettext_lazy("What is loaded"))
    file = forms.FileField(
        label=pgettext_lazy("to upload", "File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.xls,.vcf"}),
        help_text=gettext_lazy("CSV, XLSX, XLS or vCard, up to 50 MB and 200,000 rows."),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, offered: list[Kind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [(kind.name, kind.label) for kind in offered]  # type: ignore[attr-defined]


class LayoutForm(forms.Form):
    """How the file is read, where the guess was wrong."""

    charset = forms.ChoiceField(label=gettext_lazy("Character set"), choices=_CHARSETS)
    delimiter = forms.ChoiceField(label=gettext_lazy("Columns are separated by"), choices=_DELIMITERS)
    sheet = forms.ChoiceField(label=gettext_lazy("Sheet"))
    head_row = forms.IntegerField(
        label=gettext_lazy("Row with the columns' names"), min_value=1, max_value=1000
    )

    def __init__(self, *args: Any, layout: Layout, sheets: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.layout = layout
        unused = {
            "csv": ("sheet",),
            "xlsx": ("charset", "delimiter"),
            "xls": ("charset", "delimiter"),
            "vcard": ("delimiter", "sheet", "head_row"),
        }[layout.kind]
        for name in unused:
            del self.fields[name]
        if "sheet" in self.fields:
            self.fields["sheet"].choices = [(name, name) for name in sheets]  # type: ignore[attr-defined]
        self.initial = {name: getattr(layout, name) for name in self.fields}

    def chosen(self) -> tuple[Layout, int | None]:
        """Return the layout, and the header's row where that was changed by hand."""
        data = dict(self.cleaned_data)
        row: int | None = data.pop("head_row", None)
        whole = {
            name: data.get(name, getattr(self.layout, name)) for name in ("charset", "delimiter", "sheet")
        }
        layout = Layout(
            self.layout.kind, **whole, head_row=self.layout.head_row, head_depth=self.layout.head_depth
        )
        return layout, row if row != self.layout.head_row else None


class ColumnsForm(forms.Form):
    """What each column holds, and the options."""

    policy = forms.ChoiceField(
        label=gettext_lazy("When it is there already"), choices=Policy.choices, initial=Policy.FILL
    )
    keys = forms.MultipleChoiceField(
        label=gettext_lazy("It is known again by"), required=False, widget=forms.CheckboxSelectMultiple
    )
    is_lenient = forms.BooleanField(
        label=gettext_lazy("Load rows with small mistakes"),
        required=False,
        help_text=gettext_lazy("A phone, date or name that can't be read goes into the comment."),
    )
    makes_companies = forms.BooleanField(
        label=gettext_lazy("Make companies that aren't known yet"), required=False, initial=True
    )
    tags = TagsField(label=gettext_lazy("Tags for all rows"))

    def __init__(self, *args: Any, imported: Import, kind: Kind, member: Membership, **kwargs: Any) -> None:
        options = Options.of(imported.options)
        initial = {
            "policy": options.policy,
            "keys": list(options.keys),
            "is_lenient": options.is_lenient,
            "makes_companies": options.makes_companies,
            "tags": list(options.tags),
            "owner": options.owner or None,
            "source": options.source or None,
        } | {f"extra_{name}": value for name, value in options.extra.items()}
        super().__init__(*args, initial=initial, **kwargs)
        self.imported, self.kind = imported, kind
        self.fields["keys"].choices = list(kind.keys)  # type: ignore[attr-defined]
        self.fields["owner"] = owner_field()
        self.fields["owner"].label = _("Responsible, where the row names nobody")
        self.fields["source"] = source_field()
        self.fields["source"].label = _("Source, where the row names none")
        for name in USUAL_OPTIONS - kind.options:
            del self.fields[name]
        self.extra_names = []
        for name, field in kind.more_options(member).items():
            self.fields[f"extra_{name}"] = field
            self.extra_names.append(f"extra_{name}")
        self.known = {field.name for field in kind.fields()}
        for index, name in enumerate(imported.mapping):
            self.fields[f"column_{index}"] = forms.CharField(required=False, max_length=60, initial=name)

    @property
    def extra(self) -> list[forms.BoundField]:
        """The options only this kind has."""
        return [self[name] for name in self.extra_names]

    def clean(self) -> dict[str, Any]:
        """Refuse two columns for a field that takes one, and words that are no field."""
        data: dict[str, Any] = super().clean() or {}
        mapping = self.mapping()
        single = {field.name: field for field in self.kind.fields() if not field.is_many}
        for name, field in single.items():
            if mapping.count(name) > 1:
                self.add_error(None, _("Only one column can be “%(field)s”.") % {"field": field.label})
        return data

    def mapping(self) -> list[str]:
        """Return a field for each column; what isn't one is nothing."""
        given = (self.cleaned_data.get(f"column_{index}", "") for index in range(len(self.imported.mapping)))
        return [name if name in self.known else "" for name in given]

    def options(self) -> dict[str, Any]:
        """Return the options as an import keeps them."""
        data = self.cleaned_data
        extra = {name.removeprefix("extra_"): data.get(name) for name in self.extra_names}
        owner, source = data.get("owner"), data.get("source")
        return Options(
            policy=data.get("policy", Policy.FILL),
            keys=tuple(data.get("keys", ())),
            owner=str(owner.pk) if owner else "",
            source=str(source.pk) if source else "",
            tags=tuple(data.get("tags", ())),
            is_lenient=data.get("is_lenient", False),
            makes_companies=data.get("makes_companies", True),
            extra={name: _kept(value) for name, value in extra.items()},
        ).as_json()


def _kept(value: Any) -> str:
    if value is None or value is False:
        return ""
    return str(getattr(value, "pk", value))
