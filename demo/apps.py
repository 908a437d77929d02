"""App configuration."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Demo and load-test data; stands above every other app and no app knows it."""

    name = "demo"
