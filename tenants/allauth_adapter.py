"""How login works here: by e-mail, for people with a seat, limited against guessing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from core import sealing
from tenants import mail
from tenants.models import User
from tenants.services.invitations import is_invited

DEVICE_COOKIE = "crm_device"
DEVICE_AGE_S = 180 * 24 * 3600
_DEVICE_SALT = "tenants.device"
# allauth limits an address to 10 failures a minute and, with our key, an address and account together to
# 5 in five minutes. This bounds guessing one account from many addresses; a browser that has logged in
# before isn't counted, so nobody can lock the owner out.
ACCOUNT_RATE = {"login_account": "30/h/key"}


class AccountAdapter(DefaultAccountAdapter):
    """Closed sign-up, mail after commit, links that don't trust the Host header."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The e-mail or the password does not fit."),
        "incorrect_password": _("The password does not fit."),
        "enter_current_password": _("Type your present password."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, or set a new password."),
        "rate_limited": _("Too many requests, wait a little."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False  # people come by invitation: tenants.views.invitations

    # --- who may log in ----------------------------------------------------------------------
    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Turn away people no company employs or invites; they learn it only after the right password."""
        has_place = user.is_staff or user.seats.filter(tenant__is_active=True).exists()
        if not has_place and not _is_on_the_way_in(user, kwargs.get("redirect_url")):
            response: HttpResponse = self.respond_user_inactive(request, user)
            return response
        refused: HttpResponse | None = super().pre_login(request, user, **kwargs)
        return refused

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **kwargs)
        response.set_cookie(
            DEVICE_COOKIE,
            signing.dumps(user.email, salt=_DEVICE_SALT),
            max_age=DEVICE_AGE_S,
            httponly=True,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """Send the platform's operator, who has no company, to the admin."""
        user: Any = request.user
        if user.is_staff and not user.seats.exists():
            return reverse("admin:index")
        return str(super().get_login_redirect_url(request))

    # --- guessing ----------------------------------------------------------------------------
    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # With the address in the key, failing from elsewhere can't lock the owner of the account out.
        return f"{self.get_client_ip(request)}:{_login(credentials)}"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        if _is_known_device(request, credentials):
            return
        if not ratelimit.consume(
            request,
            app="allauth.account",
            action="login_account",
            config=ACCOUNT_RATE,
            key=_login(credentials),
        ):
            raise self.validation_error("too_many_login_attempts")

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that limits count by; a unix socket has none."""
        if not request.META.get("REMOTE_ADDR") and not request.headers.get("X-Forwarded-For"):
            return "127.0.0.1"
        return str(super().get_client_ip(request))

    # --- mail --------------------------------------------------------------------------------
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Render now in the reader's language, send after commit: no answer waits for SMTP."""
        user = context.get("user")
        language = getattr(user, "language", "") or translation.get_language() or settings.LANGUAGE_CODE
        with translation.override(language):
            message = self.render_mail(template_prefix, email, context | {"request": self.request})
        mail.queue(message)

    def format_email_subject(self, subject: str) -> str:
        return subject

    def get_reset_password_from_key_url(self, key: str) -> str:
        return public_url(super().get_reset_password_from_key_url(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return public_url(super().get_email_confirmation_url(request, emailconfirmation))


class MFAAdapter(DefaultMFAAdapter):
    """Keeps the seeds of one-time codes sealed in the database."""

    def encrypt(self, text: str) -> str:
        return sealing.seal(text, purpose="mfa")

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text, purpose="mfa")


def public_url(url: str) -> str:
    """Put a link on the configured address instead of the Host header's."""
    scheme, netloc, *_rest = urlsplit(settings.PUBLIC_URL)
    return urlunsplit((scheme, netloc, *urlsplit(url)[2:]))


def _is_on_the_way_in(user: User, redirect_url: str | None) -> bool:
    """Say whether the login leads to an open invitation of this user's."""
    try:
        match = resolve(urlsplit(redirect_url or "").path)
    except Resolver404:
        return False
    if match.view_name != "tenants:invitation":
        return False
    return is_invited(token=match.kwargs["token"], user=user, now=timezone.now())


def _login(credentials: dict[str, Any]) -> str:
    return str(credentials.get("email") or credentials.get("username") or "").lower()


def _is_known_device(request: HttpRequest, credentials: dict[str, Any]) -> bool:
    try:
        email = signing.loads(request.COOKIES[DEVICE_COOKIE], salt=_DEVICE_SALT, max_age=DEVICE_AGE_S)
    except (KeyError, signing.BadSignature):
        return False
    return bool(email == _login(credentials))
