"""Files of entries: kept under our own keys, handed out only to those who may read the entry."""

from __future__ import annotations

import errno

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from activities.models import Attachment
from activities.services import (
    FileTooLarge,
    StorageFull,
    expect_attachment,
    fail_attachment,
    fill_attachment,
    log_activity,
    store_attachment,
)
from activities.tests.factories import make_deal
from core.filenames import MAX_NAME_BYTES, safe_content_type, safe_name
from core.tenancy import tenant_scope

NOW = timezone.now()


@pytest.fixture(autouse=True)
def files_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def on_deal(owner=None, **fields):
    entry = log_activity(kind="email", direction="in", occurred_at=NOW, deal=make_deal(owner=owner))
    return store_attachment(
        **{"activity": entry, "name": "a.pdf", "content_type": "application/pdf", "data": b"x"} | fields
    )


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\Users\\me\\договор.docx", "договор.docx"),
        ("a\x00b.txt", "a_b.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("line\r\nbreak.txt", "line__break.txt"),
        ('"; rm -rf.txt', "_; rm -rf.txt"),
        ("CON.txt", "_CON.txt"),
        (".", "file"),
        ("..", "file"),
        ("///", "file"),
        ("", "file"),
        ("\u200b", "file"),
        ("  name.txt. ", "name.txt"),
        ("\ud800.txt", "txt"),
    ],
)
def test_safe_name_takes_the_sting_out(name, safe):
    assert safe_name(name) == safe


def test_safe_name_fits_any_file_system_and_keeps_the_ending():
    name = safe_name("я" * 300 + ".docx")
    assert name.endswith(".docx")
    assert len(name.encode()) <= MAX_NAME_BYTES


@given(st.text(max_size=400))
def test_safe_name_is_always_one_name(name):
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= MAX_NAME_BYTES
    assert not set(safe) & set('/\\\0\r\n"<>')
    assert safe not in (".", "..")


@pytest.mark.parametrize("raw", ["", "text", "text/html\r\nX: y", "a/b/c", "x" * 200 + "/y"])
def test_safe_content_type_doubts_what_it_cannot_read(raw):
    assert safe_content_type(raw) == "application/octet-stream"
    assert safe_content_type("Text/HTML; charset=utf-8") == "text/html"


def test_store_attachment_keeps_bytes_under_a_key_without_the_name(scope, files_folder):
    file = on_deal(name="../secret.pdf")
    assert file.key.startswith(f"{scope.pk}/") and "secret" not in file.key
    assert (files_folder / file.key).read_bytes() == b"x"
    assert (file.name, file.size_bytes) == ("secret.pdf", 1)


def test_store_attachment_refuses_what_is_too_large(scope, settings, files_folder):
    settings.ATTACHMENT_MAX_BYTES = 3
    with pytest.raises(FileTooLarge):
        on_deal(data=b"1234")
    assert not Attachment.objects.exists()


def test_store_attachment_on_a_full_disk_leaves_no_row_and_no_file(scope, monkeypatch, files_folder):
    def full(self, name, content):
        path = files_folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"ha")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(type(default_storage._wrapped or default_storage), "_save", full, raising=False)
    with pytest.raises(StorageFull):
        on_deal(data=b"half")
    assert not Attachment.objects.exists()
    assert [p for p in files_folder.rglob("*") if p.is_file()] == []


def test_expected_attachment_is_filled_or_given_up(scope):
    entry = log_activity(kind="message", direction="in", occurred_at=NOW)
    first = expect_attachment(activity=entry, name="v.mp4", content_type="video/mp4", ref="tg:1")
    second = expect_attachment(activity=entry, name="w.mp4", content_type="video/mp4", ref="tg:2")
    assert (first.state, first.key) == ("waiting", "")
    fill_attachment(attachment=first, data=b"video")
    fail_attachment(attachment=second, error="expired")
    assert [(f.state, f.size_bytes, f.error) for f in Attachment.objects.order_by("name")] == [
        ("stored", 5, ""),
        ("failed", 0, "expired"),
    ]


# --- The view ----------------------------------------------------------------------------------------
def test_attachment_is_saved_and_never_runs_here(tenant, alice, client_of):
    with tenant_scope(tenant):
        file = on_deal(owner=alice, name="страница.html", content_type="text/html", data=b"<script>")
    response = client_of(alice).get(f"/attachments/{file.pk}/?inline=1")
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == b"<script>"
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert (
        "sandbox" in response["Content-Security-Policy"]
        and "default-src 'none'" in response["Content-Security-Policy"]
    )


@pytest.mark.parametrize(
    ("content_type", "is_shown"),
    [("image/png", True), ("image/webp", True), ("image/svg+xml", False), ("application/pdf", False)],
)
def test_attachment_shows_only_pictures_that_cannot_carry_scripts(
    tenant, alice, client_of, content_type, is_shown
):
    with tenant_scope(tenant):
        file = on_deal(owner=alice, name="a.bin", content_type=content_type)
    response = client_of(alice).get(f"/attachments/{file.pk}/?inline=1")
    assert response["Content-Disposition"].startswith("inline") is is_shown
    assert (response["Content-Type"] == content_type) is is_shown


def test_attachment_follows_the_rights_to_the_card(tenant, alice, bob, head, charlie, client_of):
    with tenant_scope(tenant):
        file = on_deal(owner=alice)
    url = f"/attachments/{file.pk}/"
    assert client_of(alice).get(url).status_code == 200
    assert client_of(head).get(url).status_code == 200
    assert client_of(bob).get(url).status_code == 404
    assert client_of(charlie).get(url).status_code == 404


def test_attachment_whose_file_is_lost_is_missing(tenant, alice, client_of, files_folder):
    with tenant_scope(tenant):
        file = on_deal(owner=alice)
    (files_folder / file.key).unlink()
    assert client_of(alice).get(f"/attachments/{file.pk}/").status_code == 404
