"""Time the pages of a running server on bulk data, and count their queries.

    ./run manage generate --leads 100000 --deals 50000 --contacts 80000 --companies 20000 --members 50 --slug load
    ./run &            # the server whose pages are timed
    .venv/bin/python bench/pages.py --slug load --url http://127.0.0.1:8000

One request at a time, logged in as the tenant's head of sales; each page is fetched `--times` times after
two warm-up requests. Times are those a client on the same machine sees, in milliseconds.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")

import django

django.setup()

import httpx  # noqa: E402
from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from contacts.models import Contact, IdentityKey  # noqa: E402
from core.listing import keyset  # noqa: E402
from core.tenancy import tenant_scope  # noqa: E402
from deals.models import Deal  # noqa: E402
from leads.models import Lead  # noqa: E402
from tenants.models import Tenant, User  # noqa: E402

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def addresses(tenant: Tenant) -> dict[str, str]:
    """Name the pages that are timed; deep pages start in the middle of the data."""
    with tenant_scope(tenant):
        lead, deal = Lead.objects.order_by("-received_at")[500], Deal.objects.order_by("-created_at")[500]
        deep = Lead.objects.order_by("-received_at", "-id")[25_000:25_001].values("received_at", "id")
        row = next(iter(deep), None)
        cursor = keyset.Cursor(row["received_at"], str(row["id"])).encode() if row else ""
        contact = Contact.objects.order_by("-created_at")[500]
        phone = IdentityKey.objects.filter(kind="phone")[200].value
    return {
        "no page: 204, session untouched": reverse("core:ping"),
        "empty page, logged in": reverse("core:help"),
        "Unsorted": reverse("leads:unsorted"),
        "board": reverse("deals:board"),
        "deal list": reverse("deals:list"),
        "lead list, first page": reverse("leads:list"),
        "lead list, page 500": f"{reverse('leads:list')}?cursor={cursor}",
        "lead list, filtered": f"{reverse('leads:list')}?period=month&quality=targeted",
        "lead": reverse("leads:detail", args=[lead.pk]),
        "deal": reverse("deals:detail", args=[deal.pk]),
        "contact": reverse("contacts:detail", args=[contact.pk]),
        "contact list": reverse("contacts:list"),
        "company list": reverse("contacts:company_list"),
        "search, part of a name": f"{reverse('core:palette')}?q={contact.name[:5]}",
        "search, last digits": f"{reverse('core:palette')}?q={phone[-5:]}",
        "start page": reverse("reports:dashboard"),
        "report: leads, 30 days": reverse("reports:leads"),
        "report: quality, a year": f"{reverse('reports:quality')}?period=year",
        "report: reasons, a year": f"{reverse('reports:reasons')}?period=year",
        "report: funnel, a year": f"{reverse('reports:funnel')}?period=year",
    }


def count_queries(client: Client, path: str) -> tuple[int, int]:
    """Fetch the page in this process; return status and how many statements it ran."""
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        response = client.get(path)
    return response.status_code, len(queries)


def measure(http: httpx.Client, path: str, times: int) -> list[float]:
    """Return sorted milliseconds of `times` requests after two that warm up."""
    taken = []
    for i in range(times + 2):
        started = time.perf_counter()
        response = http.get(path)
        if i > 1:
            taken.append((time.perf_counter() - started) * 1000)
        if response.status_code not in (200, 204):
            raise SystemExit(f"{path}: HTTP {response.status_code}")
    return sorted(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slug", default="load")
    parser.add_argument("--email", help="whose pages (default: the generated tenant's second user, a head)")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    tenant = Tenant.objects.get(slug=options.slug)
    settings.ALLOWED_HOSTS.append("testserver")
    client = Client()
    client.force_login(
        User.objects.get(email=options.email or f"user0@{options.slug}.example"), backend=BACKEND
    )
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    port = httpx.URL(options.url).port  # ./run names its cookies after its port
    http = httpx.Client(
        base_url=options.url,
        cookies={settings.SESSION_COOKIE_NAME: session, f"crm_session_{port}": session},
        timeout=60,
    )
    print("| page | median ms | p95 ms | queries |\n|---|---:|---:|---:|")
    for name, path in addresses(tenant).items():
        _status, queries = count_queries(client, path)
        taken = measure(http, path, options.times)
        p95 = taken[int(len(taken) * 0.95) - 1]
        print(f"| {name} | {statistics.median(taken):.1f} | {p95:.1f} | {queries} |", flush=True)


if __name__ == "__main__":
    main()
