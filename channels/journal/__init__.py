"""The inbox: deliveries are journaled first and worked off after, so nothing acknowledged is lost (K7)."""

from channels.adapter_settings import settings_of
from channels.journal.intake import record
from channels.journal.ledger import Ledger, ledger, ledgers
from channels.journal.replay import replay
from channels.journal.work import drain

__all__ = ["Ledger", "drain", "ledger", "ledgers", "record", "replay", "settings_of"]
