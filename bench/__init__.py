"""Measuring a running server on bulk data; README.md keeps the figures. Importing the package sets Django up."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")
django.setup()
