"""Whether a widget really stands: our own script as a site fetches it, and the code on the company's pages."""

from __future__ import annotations

import html
import urllib.parse

from django.utils.translation import gettext as _

from channels.adapters import client
from channels.adapters.base import Check, SendError, Settings
from channels.adapters.chat.fields import site_lines

SCRIPT = "/static/site/chat/chat.js"
MAX_SITES = 3


def check_standing(settings: Settings, hook_url: str) -> list[Check]:
    """Fetch what a site would fetch; never raises."""
    base, token = _origin(hook_url), hook_url.rpartition("/")[2]
    checks = [_check_script(base), *(_check_site(site, token) for site in _sites(settings)[:MAX_SITES])]
    if not _sites(settings):
        checks.append(
            Check(
                True,
                _(
                    "Put the code on your site. Name the site in the settings, and the test looks for it there."
                ),
            )
        )
    return checks


def _sites(settings: Settings) -> list[str]:
    return [
        site for site in site_lines(str(settings.get("allowed_sites") or "")) if not site.startswith("*.")
    ]


def _check_script(base: str) -> Check:
    try:
        with client.open_client(allow_private=True) as browser:
            response = client.request(browser, "GET", f"{base}{SCRIPT}")
    except SendError as error:
        return Check(False, _("The widget's script can't be fetched: {error}").format(error=error))
    if response.status_code != 200:
        return Check(
            False,
            _("The widget's script can't be fetched: {error}").format(error=f"HTTP {response.status_code}"),
        )
    return Check(True, _("The widget's script can be fetched."))


def _check_site(site: str, token: str) -> Check:
    """Look for the channel's token on the first page of a site; it may stand on other pages only."""
    for scheme in ("https", "http"):
        try:
            with client.open_client() as browser:
                response = client.request(browser, "GET", f"{scheme}://{site}/", follow_redirects=True)
        except SendError:
            continue
        if token in html.unescape(response.text):
            return Check(True, _("{site} has the code on its first page.").format(site=site))
        return Check(
            False, _("{site} answers, but its first page has no code of this channel.").format(site=site)
        )
    return Check(False, _("{site} does not answer.").format(site=site))


def _origin(url: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
