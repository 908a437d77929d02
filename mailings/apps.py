"""App configuration."""

from functools import partial

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MailingsConfig(AppConfig):
    name = "mailings"
    verbose_name = _("Mailings")

    def ready(self) -> None:
        import mailings.tasks  # noqa: F401  (known in every process, so that services find them)
        from channels import asides, dressing, happenings
        from core import shell
        from mailings import entries, filters, hearing, letter, lists  # noqa: F401  (lists register themselves)
        from tenants.access import Section, may

        dressing.register(letter.DRESSER, letter.dress)
        asides.register(hearing.aside)
        happenings.listen(hearing.on_happening)
        entries.register()
        filters.register()
        shell.register_permit("mailings:list", partial(may, section=Section.MAILINGS))
