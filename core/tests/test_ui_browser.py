"""The shell in a real Chromium: keys, palette, dialogs, toasts, lists, lost connection; axe on all of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from browser.axe import ALL_RULES, violations, violations_in_themes
from core import search, shell
from core.testing.browser import browser_type_launch_args, site  # noqa: F401  (fixtures)

pytestmark = [pytest.mark.urls("core.tests.ui_urls"), pytest.mark.django_db]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
BUT_SIZES = ALL_RULES | {"rules": {"target-size": {"enabled": False}}}  # rows of the gallery are bare
OWN_PAGES = (
    "/help/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/nope/",
    "/gallery/refused/",
)


@pytest.fixture(autouse=True)
def _registries(monkeypatch):
    """Show counters and hits that need no rows of other apps."""
    monkeypatch.setattr(shell, "_badges", {"unsorted": lambda member: shell.Badge(23, True)})
    monkeypatch.setattr(shell, "_pins", [lambda member: [shell.Pin("Hot ones", "/gallery/?pin", 7)]])
    monkeypatch.setattr(shell, "_unread", [lambda member: 3])
    monkeypatch.setattr(shell, "_permits", {})
    hit = search.SearchHit("deal", "Six machines", "£1,748,000", "/help/?found", "layout-kanban")
    monkeypatch.setattr(search, "_providers", [lambda query, member, limit: [hit] if "six" in query else []])


@pytest.fixture
def gallery(site, client_of, admin):  # noqa: F811
    """Open the gallery as an English-speaking administrator."""
    admin.user.language = "en"
    admin.user.save()

    def start(theme: str = "light", viewport=DESKTOP, path: str = "/gallery/"):
        client = client_of(admin)
        client.raise_request_exception = False
        opened = site(client, viewport=viewport)
        opened.page.context.add_cookies([{"name": "theme", "value": theme, "url": "http://localhost"}])
        opened.open(path)
        return opened

    return start


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_in_the_gallery(gallery, viewport):
    opened = gallery(viewport=viewport)
    assert violations_in_themes(opened.page, BUT_SIZES) == []
    assert opened.complaints == []


def test_axe_finds_nothing_on_the_shells_own_pages(gallery):
    opened = gallery()
    for path in OWN_PAGES:
        assert violations_in_themes(opened.open(path)) == [], path
    assert opened.complaints == []


def test_axe_finds_nothing_on_the_way_in(site):  # noqa: F811
    opened = site(viewport=DESKTOP)
    for path in ("/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/done/"):
        opened.page.goto(f"http://localhost{path}")
        assert violations(opened.page) == [], path
    assert opened.complaints == []


def test_axe_finds_nothing_in_what_the_top_bar_opens(gallery):
    opened = gallery("dark")
    for selector in ("[popovertarget=user-menu]", "[popovertarget=add-menu]", ".search", "[data-keys-help]"):
        if not opened.page.locator(selector).count():
            continue  # a menu without entries isn't drawn
        opened.page.click(selector)
        opened.page.wait_for_timeout(300)
        assert violations(opened.page) == [], selector
        opened.page.keyboard.press("Escape")


def test_first_paint_is_in_the_theme_of_the_cookie(gallery):
    page = gallery("dark").page
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 15, 17)"


def test_theme_button_switches_and_the_next_page_keeps_it(gallery):
    opened = gallery("light")
    opened.page.click("[data-theme-toggle] button")
    assert opened.page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert 'data-bs-theme="dark"' in opened.open("/help/").content()


def test_rail_folds_and_the_next_page_comes_folded(gallery):
    opened = gallery()
    opened.page.click("[data-rail] button")
    expect(opened.page.locator("#app")).to_have_class("app slim")
    assert 'class="app slim"' in opened.open("/help/").content()


# --- Keys -------------------------------------------------------------------------------------------
def test_keys_are_physical_so_the_russian_layout_works(gallery):
    page = gallery().page
    page.evaluate(
        "document.getElementById('take').addEventListener('click', () => { document.title = 'taken' })"
    )
    page.evaluate(
        "document.dispatchEvent(new KeyboardEvent('keydown', {key: 'е', code: 'KeyT', bubbles: true}))"
    )
    assert page.title() == "taken"


def test_keys_stay_out_of_fields(gallery):
    page = gallery().page
    page.evaluate(
        "document.getElementById('take').addEventListener('click', () => { document.title = 'taken' })"
    )
    page.focus("#reply")
    page.keyboard.type("t/g")
    assert page.title() != "taken"
    assert page.input_value("#reply") == "t/g"


def test_key_sequence_goes_to_a_section(gallery):
    page = gallery().page
    link = page.locator("[data-key='g n']")
    link.evaluate("node => { node.href = '/help/?settings' }")
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_url("**/help/?settings")


def test_help_lists_the_keys_of_the_page_and_can_switch_them_off(gallery):
    page = gallery().page
    page.keyboard.press("Shift+Slash")
    expect(page.locator("#keys-help")).to_be_visible()
    expect(page.locator(".keys-list")).to_contain_text("New deal")
    expect(page.locator(".keys-list")).to_contain_text("Next row")
    page.click("[data-keys-switch]")
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.wait_for_timeout(200)
    expect(page.locator("#dialog")).to_be_hidden()


def test_j_and_k_walk_the_rows_and_enter_opens(gallery):
    page = gallery().page
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "Anna Smith"
    page.keyboard.press("k")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == "+7 916 204-18-77"
    page.keyboard.press("Enter")
    assert page.url.endswith("#one")


# --- Palette ------------------------------------------------------------------------------------------
def test_palette_opens_by_key_finds_and_goes(gallery):
    page = gallery().page
    page.keyboard.press("/")
    expect(page.locator("#palette")).to_be_visible()
    expect(page.locator("#palette-list [role=option]").first).to_be_visible()
    page.keyboard.type("six")
    expect(page.locator("#palette-list")).to_contain_text("Six machines")
    expect(page.locator("#palette-input")).to_have_attribute("aria-activedescendant", "pal-deal-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/help/?found")


def test_palette_opens_by_ctrl_k_from_a_field_and_closes_by_escape(gallery):
    page = gallery().page
    page.focus("#reply")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_palette_says_when_nothing_fits(gallery):
    page = gallery().page
    page.keyboard.press("/")
    expect(page.locator("#palette-input")).to_be_focused()
    page.keyboard.type("zzz")
    expect(page.locator("#palette-list")).to_contain_text("Nothing found for “zzz”")


# --- Menus --------------------------------------------------------------------------------------------
def test_menu_is_walked_with_arrows_and_gives_focus_back(gallery):
    page = gallery().page
    button = page.locator("[popovertarget=reject-menu]")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#reject-menu")).to_be_visible()
    assert page.evaluate("document.activeElement.textContent").startswith("Spam")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent").startswith("Wrong")
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.textContent") == "Delete"
    page.keyboard.press("Escape")
    expect(page.locator("#reject-menu")).to_be_hidden()
    expect(button).to_be_focused()


def test_menu_opens_beside_its_button_and_inside_the_window(gallery):
    page = gallery().page
    page.click("[popovertarget=user-menu]")
    box = page.locator("#user-menu").bounding_box()
    button = page.locator("[popovertarget=user-menu]").bounding_box()
    assert box["x"] + box["width"] <= DESKTOP["width"]
    assert 0 <= box["y"] - (button["y"] + button["height"]) <= 8


# --- Dialogs and forms ------------------------------------------------------------------------------
def test_dialog_shows_the_page_without_its_frame(gallery):
    page = gallery().page
    page.keyboard.press("c")
    expect(page.locator("#dialog")).to_be_visible()
    expect(page.locator("#dialog-title")).to_have_text("New deal")
    expect(page.locator("#dialog .rail")).to_have_count(0)
    expect(page.locator("#dialog #id_title")).to_be_focused()
    assert violations(page) == []


def test_dialog_stays_open_on_a_bad_field_and_focuses_it(gallery):
    opened = gallery()
    page = opened.page
    page.keyboard.press("c")
    page.click("#dialog [type=submit]")
    expect(page.locator("#id_title_err")).to_have_text("This field is required.")
    expect(page.locator("#dialog #id_title")).to_be_focused()
    assert violations(page) == []


def test_dialog_closes_on_success_and_offers_undo(gallery):
    opened = gallery()
    page = opened.page
    page.keyboard.press("c")
    page.fill("#dialog #id_title", "Six machines")
    page.click("#dialog [type=submit]")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page.get_by_text("Deal created")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("u")
    expect(page.locator(".toast-u").last).to_contain_text("Taken back by POST")
    assert opened.complaints == []


def test_dialog_asks_before_it_forgets_what_was_typed(gallery):
    page = gallery().page
    page.keyboard.press("c")
    page.locator("#dialog #id_title").press_sequentially("Six")
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).to_be_visible()
    page.click("#confirm button[value='']")
    expect(page.locator("#dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.click("#confirm-yes")
    expect(page.locator("#dialog")).to_be_hidden()


def test_searching_select_finds_and_chooses(gallery):
    page = gallery().page
    page.keyboard.press("c")
    page.locator("#dialog .ts-control input").press_sequentially("27")
    expect(page.locator(".ts-dropdown .menu-item")).to_have_count(1)
    expect(page.locator(".ts-dropdown .menu-item.active")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#id_owner")).to_have_value("27")


def test_confirm_asks_in_our_dialog(gallery):
    page = gallery().page
    page.click("#asks")
    expect(page.locator("#confirm-title")).to_have_text("Delete the lead?")
    assert violations(page) == []
    page.click("#confirm-yes")
    expect(page.locator(".toast-u")).to_contain_text("Taken back by POST")


def test_page_works_without_scripts(site, client_of, admin):  # noqa: F811
    opened = site(client_of(admin), java_script_enabled=False, viewport=DESKTOP)
    opened.page.goto("http://localhost/gallery/")
    opened.page.click(".head .btn-primary")
    assert opened.page.url.endswith("/gallery/deal/")
    expect(opened.page.locator("main h1")).to_have_text("New deal")
    opened.page.click("[popovertarget=user-menu]")
    expect(opened.page.locator("#user-menu")).to_be_visible()


# --- Errors -------------------------------------------------------------------------------------------
def test_refusal_tells_its_reason_in_a_toast(gallery):
    page = gallery().page
    page.click("#refused")
    expect(page.locator(".toast-u")).to_contain_text("Only the tender department sees it.")


def test_failure_says_that_nothing_changed(gallery):
    page = gallery().page
    page.click("#broken")
    expect(page.locator(".toast-u")).to_contain_text("Nothing was changed")


def test_redirect_of_a_fragment_moves_the_page(gallery):
    page = gallery().page
    page.click("#moved")
    page.wait_for_url("**/help/")


def test_lost_connection_shows_a_bar_and_reads_again_when_back(gallery):
    opened = gallery()
    page = opened.page
    opened.is_down = True
    page.click("#fragment")
    expect(page.locator("[data-bar=offline]")).to_contain_text("No connection")
    assert violations(page) == []
    opened.is_down = False
    page.evaluate("document.querySelector('[data-retry]').click()")
    expect(page.locator("[data-bar=offline]")).to_have_count(0)
    expect(page.locator("[data-bar=back]")).to_be_visible()
    expect(page.locator("#here")).to_have_text("Loaded")


def test_ended_session_shows_a_bar_and_keeps_the_page(gallery):
    opened = gallery()
    page = opened.page
    page.fill("#reply", "half a letter")
    opened.client.logout()
    page.context.clear_cookies()
    page.click("#fragment")
    expect(page.locator("[data-bar=session]")).to_contain_text("session has ended")
    assert page.input_value("#reply") == "half a letter"
    assert violations(page) == []


# --- Lists --------------------------------------------------------------------------------------------
def test_ticking_rows_shows_the_bar_and_counts(gallery):
    page = gallery().page
    boxes = page.locator("[data-select-row]")
    boxes.nth(0).check()
    expect(page.locator("[data-selected-count]")).to_have_text("1 selected")
    expect(page.locator("[data-select-all-matching]")).to_be_hidden()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-selected-count]")).to_have_text("3 selected")
    page.click("[data-select-all-matching]")
    expect(page.locator("[data-selected-count]")).to_have_text("All 1,240 selected")
    assert page.input_value("#bulk input[name=all]") == "1"
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("[data-selection-bar]")).to_be_hidden()


def test_column_gets_wider_by_keyboard_and_is_remembered(gallery):
    opened = gallery()
    page = opened.page
    page.focus("th[data-col=stage] .col-grip")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(900)
    assert opened.client.session["columns"] == [
        {"column": "stage", "width": page.get_attribute("col[data-col=stage]", "width")}
    ]


def test_column_is_moved_by_keyboard_and_is_remembered(gallery):
    opened = gallery()
    page = opened.page
    page.click("[popovertarget=cols-menu]")
    page.focus("[data-col=phone] [data-grip]")
    page.keyboard.press("ArrowUp")
    page.wait_for_timeout(300)
    assert opened.client.session["columns"] == [{"order": "name,phone,stage"}]
    expect(page.locator("[data-col=phone] [data-grip]")).to_be_focused()


# --- Small things ---------------------------------------------------------------------------------
def test_relative_time_repeats_the_servers_rules(gallery):
    page = gallery().page
    told = page.evaluate(
        """async () => {
          const { relative } = await import("crm/relative-time")
          const now = Date.UTC(2026, 10, 17, 7, 42)
          const spans = [10, 60, 47 * 60, 5 * 3600, -4 * 3600, 26 * 3600]
          return spans.map((s) => relative(now - s * 1000, true, now))
        }"""
    )
    assert told == ["now", "1 min ago", "47 min ago", "5 h ago", "in 4 h", None]


def test_live_message_becomes_a_page_event(gallery):
    page = gallery().page
    page.evaluate("document.body.addEventListener('live:unsorted', (e) => { document.title = e.detail.id })")
    page.evaluate(
        """new BroadcastChannel(`live:${document.body.dataset.liveKey}`)
        .postMessage({topic: 'unsorted', id: 'abc'})"""
    )
    page.wait_for_function("document.title === 'abc'")
