"""Entry point of the page processes."""

import os

from django.core.wsgi import get_wsgi_application

from core.draining import Draining

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")

application = Draining(get_wsgi_application())
