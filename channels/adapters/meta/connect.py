"""'Test connection' of Meta's channels: whose token it is, and where the app sends its events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.adapters.base import Check, SendError, Settings
from channels.adapters.meta.graph import DEFAULT_BASE_URL, GraphApi
from channels.adapters.meta.hook import verify_token
from channels.adapters.text import clean_line


def check_account(
    settings: Settings,
    hook_url: str,
    *,
    product: str,
    fields: Sequence[str],
    name: Callable[[GraphApi], list[Check]],
    subscribe: Callable[[GraphApi], list[Check]],
) -> list[Check]:
    """Say whose account it is; then, unless the tenant does that by hand, connect the app and the account."""
    try:
        with GraphApi(settings) as api:
            checks = _attempt(lambda: name(api))
            if settings.get("subscribe", True):
                checks += _connect_app(api, settings, hook_url, product=product, fields=fields)
                checks += _attempt(lambda: subscribe(api))
    except SendError as error:  # the proxy
        return [Check(False, str(error))]
    return checks


def _attempt(step: Callable[[], list[Check]]) -> list[Check]:
    """Take one step of a test; what the API refuses is a line of it."""
    try:
        return step()
    except SendError as error:
        return [Check(False, str(error))]


def _connect_app(
    api: GraphApi, settings: Settings, hook_url: str, *, product: str, fields: Sequence[str]
) -> list[Check]:
    """Let the app send events of a product to the channel's address."""
    if not hook_url.startswith("https://") and api.base_url == DEFAULT_BASE_URL:
        return [Check(False, _("Meta delivers only to https addresses, not to {url}").format(url=hook_url))]
    word = verify_token(settings, hook_url)
    body = {
        "object": product,
        "callback_url": hook_url,
        "verify_token": word,
        "fields": ",".join(fields),
        "include_values": True,
    }
    try:
        name = _subscribe(api, body, secret=str(settings.get("app_secret") or ""))
    except SendError as error:
        by_hand = _(
            "Enter it in Meta's app by hand, under Webhooks: address {url}, verify token {token}, "
            "fields {fields}."
        ).format(url=hook_url, token=word, fields=", ".join(fields))
        refused = _("Meta did not take the address by itself: {error}").format(error=error)
        return [Check(False, refused), Check(False, by_hand)]
    return [Check(True, _("The app “{name}” sends its events to this channel now.").format(name=name))]


def _subscribe(api: GraphApi, body: Mapping[str, Any], *, secret: str) -> str:
    """Write the subscription in the app's own name; return what the app is called. Raises SendError.

    https://developers.facebook.com/docs/graph-api/webhooks/subscriptions-edge
    """
    app = api.get("app", fields="id,name")
    app_id = clean_line(app.get("id"), 40)
    if not app_id:
        raise SendError(gettext("Meta does not say whose token this is."), is_permanent=True)
    api.post(f"{app_id}/subscriptions", body, token=f"{app_id}|{secret}")
    return clean_line(app.get("name"), 100) or app_id
