"""App configuration."""

from functools import partial

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ChannelsConfig(AppConfig):
    name = "channels"
    verbose_name = _("Channels")

    def ready(self) -> None:
        """Make the tasks known in every process, so that channels.bell finds them by name."""
        import channels.tasks  # noqa: F401
        from channels import documents, notices
        from channels.dialogs import entries
        from core import shell
        from deals.documents import sending
        from tenants.access import Section, may_export

        notices.register()
        entries.register()
        sending.register(documents.mail, documents.addresses_of)
        shell.register_permit("channels:recording_file", partial(may_export, section=Section.ACTIVITIES))
