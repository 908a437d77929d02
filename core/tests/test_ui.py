"""Template tags, the shell and its small views."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse
from django.utils import timezone, translation

from core import search, shell, ui_texts
from core.context import shell as shell_context
from core.templatetags import ui

NOW = dt.datetime(2026, 11, 17, 7, 42, tzinfo=dt.UTC)
ROOT = Path(settings.BASE_DIR)


def render(source: str, **context) -> str:
    with translation.override("en"):
        return Template(source).render(Context(context)).strip()


# --- Tags ----------------------------------------------------------------------------------------
def test_icon_is_hidden_from_screen_readers_unless_it_has_a_label():
    assert 'aria-hidden="true"' in render('{% icon "phone" %}')
    labelled = render('{% icon "phone" "s" "" "Call" %}')
    assert 'role="img" aria-label="Call"' in labelled
    assert 'class="i i-s"' in labelled
    assert "sprite" in labelled
    assert '#phone"' in labelled


def test_icon_escapes_what_it_is_given():
    assert "<script>" not in render("{% icon name %}", name='x"/><script>')


def test_ago_carries_the_exact_moment():
    with timezone.override("Europe/Moscow"), time_machine.travel(NOW, tick=False):
        shown = render('{% ago value "long" %}', value=NOW - dt.timedelta(minutes=5))
    assert 'datetime="2026-11-17T07:37:00+00:00"' in shown
    assert 'title="17 November 2026, 10:37"' in shown
    assert 'data-ago="long"' in shown
    assert ">5 min ago<" in shown


def test_ago_of_nothing_is_nothing():
    assert render("{% ago value %}{% moment value %}", value=None) == ""


def test_moment_is_a_clock_today_and_a_day_before():
    with timezone.override("Europe/Moscow"), time_machine.travel(NOW, tick=False):
        assert ">09:42<" in render("{% moment value %}", value=NOW - dt.timedelta(hours=1))
        assert ">16\u00a0Nov<" in render("{% moment value %}", value=NOW - dt.timedelta(days=1))


def test_money_tag_keeps_the_full_sum_on_hover():
    shown = render('{% money value "GBP" "short" %}', value=Decimal("2180.50"))
    assert shown == '<span class="money" title="£2,180.50">£2.2K</span>'
    assert render("{% money value 'GBP' %}", value=Decimal("5")) == '<span class="money">£5</span>'


@pytest.mark.parametrize(
    ("value", "good", "tone", "sign"),
    [
        (45, "up", "t-ok", "+45"),
        (-3, "up", "t-danger", "−3"),
        (-3, "down", "t-ok", "−3"),
        (2, "none", "", "+2"),
    ],
)
def test_delta_tells_by_sign_arrow_and_colour(value, good, tone, sign):
    shown = render("{% delta value good %}", value=value, good=good)
    assert f'class="nw {tone}"' in shown
    assert sign in shown
    assert ("trending-up" if value > 0 else "trending-down") in shown


def test_delta_of_zero_says_so():
    assert "no change" in render("{% delta 0 %}")


@pytest.mark.parametrize("value", [*ui.QUALITIES, "something else"])
def test_quality_tells_by_shape_and_word(value):
    css, word = ui.QUALITIES.get(value, ui.QUALITIES["unsorted"])
    with translation.override("en"):
        word = str(word)
    shown = render("{% quality value 'first inquiry' %}", value=value)
    assert f'class="{f"q {css}".strip()}"' in shown
    assert f">{word}<" in shown
    assert f'title="{word}: first inquiry"' in shown
    small = render("{% quality value '' 'min' %}", value=value)
    assert f'<span class="visually-hidden">{word}</span>' in small


def test_channel_says_its_label_and_marks_a_missed_call():
    shown = render("{% channel 'telegram' 'Telegram bot' %}")
    assert "#brand-telegram" in shown
    assert '<span class="visually-hidden">Telegram bot</span>' in shown
    missed = render("{% channel 'mango' 'Missed call' 's' True %}")
    assert "ch ch-s ch-missed" in missed
    assert "#phone-x" in missed


def test_avatar_is_decorative_and_tinted_by_key():
    shown = render("{% avatar 'Maria Bell' 7 's' %}")
    assert re.fullmatch(r'<span class="av av-[1-6] av-s" aria-hidden="true">MB</span>', shown)


def test_url_if_gives_nothing_for_a_page_that_does_not_exist():
    assert render("{% url_if 'core:help' as url %}{{ url }}") == reverse("core:help")
    assert render("{% url_if 'no:such' as url %}[{{ url }}]") == "[]"


class _Form(forms.Form):
    title = forms.CharField(help_text="As in the contract")
    kind = forms.ChoiceField(choices=[("a", "Call"), ("b", "Meeting")], widget=forms.RadioSelect)
    agree = forms.BooleanField(required=False)
    city = forms.ChoiceField(choices=[("m", "Moscow")])


def test_field_ties_label_hint_and_error_to_the_control():
    shown = render("{% field form.title %}", form=_Form({"title": ""}))
    assert '<label for="id_title">' in shown
    assert 'aria-describedby="id_title_err id_title_hint"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'id="id_title_err"' in shown
    assert 'id="id_title_hint"' in shown
    assert "form-control is-err" in shown


def test_field_without_hint_and_error_describes_nothing():
    assert "aria-describedby" not in render("{% field form.city %}", form=_Form())


def test_field_gives_each_kind_of_control_its_class():
    form = _Form()
    assert "form-select" in render("{% field form.city %}", form=form)
    assert 'class="check"' in render("{% field form.agree %}", form=form)
    group = render("{% field form.kind %}", form=form)
    assert group.count('class="form-check-input"') == 2
    assert "<fieldset" in group
    assert "<legend" in group


def test_field_can_drop_the_forms_own_hint_and_placeholder():
    form = _Form()
    form.fields["title"].widget.attrs["placeholder"] = "Title"
    shown = render("{% field form.title hint=False placeholder=False %}", form=form)
    assert "contract" not in shown
    assert "placeholder" not in shown


def test_control_renders_only_the_control():
    shown = render("{% control form.title %}", form=_Form())
    assert shown.startswith("<input")
    assert "<label" not in shown


# --- Sources stay consistent ------------------------------------------------------------------------
def _sprite() -> set[str]:
    text = Path(finders.find("icons/sprite.svg")).read_text()
    return set(re.findall(r'<symbol id="([^"]+)"', text))


def _own(pattern: str) -> list[Path]:
    return [path for path in ROOT.glob(pattern) if not {".venv", "var", "vendor"} & set(path.parts)]


def test_every_icon_named_in_a_template_is_in_the_sprite():
    named = {
        (str(path.relative_to(ROOT)), name)
        for path in _own("**/*.html")
        for name in re.findall(r'\{% icon ["\']([^"\']+)["\']', path.read_text())
    }
    assert {pair for pair in named if pair[1] not in _sprite()} == set()


def test_every_icon_named_in_the_shell_and_for_channels_is_in_the_sprite():
    named = {item.icon for item in (*shell.PLACES, *shell.CREATIONS)} | set(ui.CHANNEL_ICONS.values())
    assert named <= _sprite()


def test_the_sprite_holds_exactly_the_listed_icons():
    lines = Path(finders.find("icons/icons.txt")).read_text().splitlines()
    assert _sprite() == {line for line in lines if line and not line.startswith("#")}


def test_no_template_has_a_style_attribute_or_an_inline_handler():
    banned = re.compile(r"""<[a-z][^>]*\s(?:style|on[a-z]+|hx-on[^=\s]*)=""", re.I)
    guilty = [
        str(path.relative_to(ROOT))
        for path in _own("**/templates/**/*.html")
        if banned.search(path.read_text())
    ]
    assert guilty == []


def test_no_template_comment_runs_over_its_line():
    """Django ends {# at the line's end and prints the rest."""
    guilty = [
        str(path.relative_to(ROOT))
        for path in _own("**/*.html")
        for line in path.read_text().splitlines()
        if "{#" in line and "#}" not in line
    ]
    assert guilty == []


def test_scripts_and_styles_stay_under_400_lines():
    long = [
        p.name
        for p in [*_own("static/js/*.js"), *_own("static/css/*.css")]
        if len(p.read_text().splitlines()) > 400
    ]
    assert long == []


def test_every_word_a_script_asks_for_is_handed_over():
    asked = {
        key for path in _own("static/js/*.js") for key in re.findall(r'\btext\("([a-z_]+)"', path.read_text())
    }
    assert asked <= set(ui_texts.texts())


def test_no_vendored_file_names_a_source_map():
    files = [p for p in (ROOT / "static" / "vendor").rglob("*") if p.suffix in {".js", ".css"}]
    assert files
    assert [p.name for p in files if "sourceMappingURL" in p.read_text()] == []


def test_every_vendored_package_has_its_licence_and_version():
    for folder in (ROOT / "static" / "vendor").iterdir():
        assert (folder / "LICENSE").stat().st_size > 500, folder.name
        assert (folder / "VERSION").read_text().strip(), folder.name


# --- The shell ----------------------------------------------------------------------------------------
@pytest.fixture
def registries(monkeypatch):
    """Keep what a test registers to itself."""
    for name in ("_badges", "_permits"):
        monkeypatch.setattr(shell, name, {})
    for name in ("_pins", "_unread", "_tenants"):
        monkeypatch.setattr(shell, name, [])
    monkeypatch.setattr(search, "_providers", [])


def _request(path: str = "/", **cookies):
    request = RequestFactory().get(path)
    request.COOKIES.update(cookies)
    request.member = object()
    request.resolver_match = None
    return request


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("evil", "auto"), ("", "auto")]
)
def test_shell_reads_the_theme_from_the_cookie(cookie, theme):
    assert shell.Shell(_request(theme=cookie)).theme == theme


def test_shell_reads_the_rail_from_the_cookie():
    assert shell.Shell(_request(rail="slim")).is_slim
    assert not shell.Shell(_request()).is_slim


def test_shell_asks_providers_with_the_member(registries):
    shell.register_badge("unsorted", lambda member: shell.Badge(7, member is not None))
    shell.register_pins(lambda member: [shell.Pin("Hot", "/hot/", 2)])
    shell.register_unread(lambda member: 3)
    frame = shell.Shell(_request())
    badges = {entry.key: entry.badge for entry in frame.nav}
    assert badges.get("unsorted") in (None, shell.Badge(7, True))
    assert frame.pins == [shell.Pin("Hot", "/hot/", 2)]
    assert frame.unread == 3


def test_shell_asks_nobody_without_a_member(registries):
    shell.register_unread(lambda member: 1 / 0)
    request = _request()
    request.member = None
    assert shell.Shell(request).unread == 0
    assert shell.Shell(request).pins == []


def test_shell_hides_what_the_role_may_not_open(registries):
    present = [item for item in shell.NAV if shell.address(item.url_name)]
    if not present:
        pytest.skip("no section is installed yet")
    shell.register_permit(present[0].url_name, lambda member: False)
    assert present[0].key not in {entry.key for entry in shell.Shell(_request()).nav}


def test_context_picks_the_dialog_frame_only_for_the_dialog():
    request = _request()
    assert shell_context(request)["base_template"] == "base.html"
    request.META["HTTP_HX_TARGET"] = "dialog-body"
    del request.headers  # cached from the first look
    assert shell_context(request)["base_template"] == "shell/dialog_page.html"


@pytest.mark.parametrize(
    "name", sorted({i.url_name for i in (*shell.PLACES, *shell.CREATIONS)} | {"activities:notifications"})
)
def test_every_page_the_shell_counts_on_exists(name):
    try:
        reverse(name)
    except NoReverseMatch:
        pytest.fail(f"{name} has no page")


# --- Search ----------------------------------------------------------------------------------------
def test_search_asks_every_provider_and_groups_by_kind(registries):
    hit = search.SearchHit("deal", "Six machines", "1 748 000", "/d/1", "layout-kanban")
    person = search.SearchHit("contact", "Igor", "", "/c/1", "user")
    search.register(lambda query, member, limit: [hit] * 20)
    search.register(lambda query, member, limit: [person])
    found = search.search_all("  six   machines ", object())
    assert len(found) == search.LIMIT + 1
    assert [[h.title for h in hits][0] for _, hits in search.grouped(found)] == ["Igor", "Six machines"]


def test_search_does_not_ask_for_one_letter(registries):
    search.register(lambda query, member, limit: 1 / 0)
    assert search.search_all(" x ", object()) == []


def test_every_stylesheet_and_script_that_a_template_names_is_there():
    # Tests serve files without a manifest: a name that is gone would break only the running page.
    named = {
        name
        for template in (ROOT / "templates").rglob("*.html")
        for name in re.findall(r"{% static ['\"]([^'\"]+)", template.read_text())
    }
    assert [name for name in sorted(named) if finders.find(name) is None] == []


def test_no_template_writes_the_russian_number_sign_itself():
    """`numbered` says No. 423 to who reads English."""
    templates = (ROOT / "templates").rglob("*.html")
    assert [path.name for path in templates if "№" in path.read_text()] == []
