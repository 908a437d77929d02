"""Invitations: one link, one person, seven days, once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail, signing
from django.urls import reverse
from django.utils import timezone

from conftest import make_member
from core.tenancy import tenant_scope
from tenants.errors import AlreadyMember, InvitationForAnother, InvitationInvalid, MoreThanOwnRights
from tenants.mail import send_due
from tenants.models import Invitation, Membership, OutgoingLetter, Role, Seat, User
from tenants.services import (
    accept_invitation,
    accept_with_new_login,
    create_login,
    dismiss_member,
    invite_member,
    withdraw_invitation,
)
from tenants.tests.browsers import browser_at

pytestmark = pytest.mark.django_db
EMAIL = "new@example.com"


@pytest.fixture
def invite(tenant, admin):
    def send(email: str = EMAIL, code: str = Role.Code.MANAGER, now: dt.datetime | None = None) -> str:
        with tenant_scope(tenant):
            invited = invite_member(
                email=email, role=Role.objects.get(code=code), by=admin, now=now or timezone.now(), name="New"
            )
        return invited.url.rsplit("/", 2)[-2]

    return send


def page_of(token: str) -> str:
    return reverse("tenants:invitation", args=[token])


def test_invitation_keeps_only_the_hash_and_queues_a_letter(invite, tenant):
    token = invite()
    with tenant_scope(tenant):
        invitation = Invitation.objects.get()
    assert invitation.token_hash not in token
    assert signing.loads(token, salt="tenants.invitation")[0] == tenant.pk
    letter = OutgoingLetter.objects.get()
    assert (letter.recipient, page_of(token) in letter.text, page_of(token) in letter.html) == (
        EMAIL,
        True,
        True,
    )


def test_letter_is_sent_and_forgotten(invite):
    invite()
    assert send_due(now=timezone.now()) == 1
    assert [message.to for message in mail.outbox] == [[EMAIL]]
    assert not OutgoingLetter.objects.exists()


def test_letter_stays_while_the_mail_server_is_away(invite, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    invite()
    now = timezone.now()
    assert send_due(now=now) == 0
    letter = OutgoingLetter.objects.get()
    assert letter.attempt_count == 1
    assert letter.next_try_at > now
    assert send_due(now=now) == 0, "tried again at once"
    assert OutgoingLetter.objects.get().attempt_count == 1


def test_new_person_joins_with_a_login_and_is_signed_in(invite, tenant):
    token, browser = invite(), browser_at()
    assert EMAIL in browser.get(page_of(token)).content.decode()
    answer = browser.post(page_of(token), {"name": "Nina New", "password": "a long secret 9"})
    assert (answer.status_code, answer.url) == (302, "/")
    with tenant_scope(tenant):
        member = Membership.objects.select_related("role", "user").get(email=EMAIL)
        assert (member.name, member.role.code) == ("Nina New", Role.Code.MANAGER)
    assert browser.get(reverse("tenants:profile")).status_code == 200
    assert member.user.emailaddress_set.get().verified


def test_link_works_once(invite):
    token = invite()
    browser_at().post(page_of(token), {"name": "First", "password": "a long secret 9"})
    again = browser_at().post(page_of(token), {"name": "Second", "password": "a long secret 9"})
    assert again.status_code == 404
    assert User.objects.filter(email=EMAIL).count() == 1


def test_weak_password_is_refused_and_nothing_is_made(invite):
    answer = browser_at().post(page_of(invite()), {"name": "Nina", "password": "12345"})
    assert answer.status_code == 422
    assert not User.objects.filter(email=EMAIL).exists()


@pytest.mark.parametrize("damage", ["old", "forged", "garbage", "withdrawn", "renewed", "other tenant"])
def test_dead_links_answer_alike(damage, invite, tenant, other_tenant, admin):
    now = timezone.now()
    token = invite(now=now - dt.timedelta(days=8)) if damage == "old" else invite()
    with tenant_scope(tenant):
        if damage == "withdrawn":
            withdraw_invitation(invitation=Invitation.objects.get(), by=admin)
        elif damage == "renewed":
            invite()
    if damage == "forged":
        token = token[:-1] + ("a" if token[-1] != "a" else "b")
    elif damage == "garbage":
        token = "x" * 40
    elif damage == "other tenant":
        secret = signing.loads(token, salt="tenants.invitation")[1]
        token = signing.dumps([other_tenant.pk, secret], salt="tenants.invitation")
    answer = browser_at().get(page_of(token))
    assert answer.status_code == 404
    with pytest.raises(InvitationInvalid):
        accept_with_new_login(token=token, name="N", password="a long secret 9", now=now)


def test_existing_login_joins_after_signing_in(invite, other_tenant, tenant):
    charlie = make_member(other_tenant, "Carol", Role.Code.ADMIN)
    charlie.user.set_password("a long secret 9")
    charlie.user.save()
    token, browser = invite(charlie.email), browser_at()
    page = browser.get(page_of(token)).content.decode()
    login = f"{reverse('account_login')}?next={page_of(token)}"
    assert login.split("?")[0] in page and "password" not in page.split("<main")[1]
    answer = browser.post(
        login, {"login": charlie.email, "password": "a long secret 9", "next": page_of(token)}
    )
    assert answer.url == page_of(token)
    assert browser.get(page_of(token)).status_code == 200
    assert browser.post(page_of(token)).url == "/"
    assert set(Seat.objects.filter(user=charlie.user).values_list("tenant_id", flat=True)) == {
        tenant.pk,
        other_tenant.pk,
    }


def test_login_without_a_seat_opens_only_for_an_invitation(invite):
    user = create_login(email=EMAIL, password="a long secret 9")
    data = {"login": user.email, "password": "a long secret 9"}
    assert browser_at().post(reverse("account_login"), data).url == reverse("account_inactive")
    token = invite()
    assert browser_at().post(reverse("account_login"), data | {"next": page_of(token)}).url == page_of(token)
    elsewhere = browser_at().post(reverse("account_login"), data | {"next": reverse("tenants:profile")})
    assert elsewhere.url == reverse("account_inactive")


def test_invitation_of_another_address_is_refused(invite, client_of, charlie):
    token = invite()
    browser = client_of(charlie)
    assert EMAIL in browser.get(page_of(token)).content.decode()
    assert browser.post(page_of(token)).status_code == 200
    with pytest.raises(InvitationForAnother):
        accept_invitation(token=token, user=charlie.user, now=timezone.now())


def test_members_are_not_invited_and_dismissed_ones_come_back(invite, alice, admin, tenant):
    with pytest.raises(AlreadyMember):
        invite(alice.email)
    with tenant_scope(tenant):
        dismiss_member(member=alice, by=admin, now=timezone.now())
    accept_invitation(token=invite(alice.email), user=alice.user, now=timezone.now())
    with tenant_scope(tenant):
        assert Membership.objects.get(pk=alice.pk).is_active


def test_nobody_invites_above_themselves(tenant, head):
    with tenant_scope(tenant), pytest.raises(MoreThanOwnRights):
        invite_member(email=EMAIL, role=Role.objects.get(code=Role.Code.ADMIN), by=head, now=timezone.now())


def test_invite_page_shows_the_link_once(client_of, admin, tenant):
    browser = client_of(admin)
    with tenant_scope(tenant):
        role = Role.objects.get(code=Role.Code.MANAGER)
    page = browser.post(reverse("tenants:invite"), {"email": EMAIL, "role": role.pk})
    assert "/invitations/" in page.content.decode()
    with tenant_scope(tenant):
        old = Invitation.objects.get()
    renewed = browser.post(reverse("tenants:invitation_renew", args=[old.pk]))
    assert "/invitations/" in renewed.content.decode()
    with tenant_scope(tenant):
        fresh = Invitation.objects.get()
    assert fresh.token_hash != old.token_hash
    browser.post(reverse("tenants:invitation_withdraw", args=[fresh.pk]))
    with tenant_scope(tenant):
        assert not Invitation.objects.exists()
