"""App configuration."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        # Workers and commands find lists by name and never import the URLs that would load them.
        autodiscover_modules("lists")
