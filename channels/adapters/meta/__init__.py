"""Facebook pages, Instagram and the forms of adverts: what comes through an app of Meta."""

from channels.adapters.meta.leads import MetaLeadsAdapter
from channels.adapters.meta.messenger import InstagramAdapter, MessengerAdapter

__all__ = ["InstagramAdapter", "MessengerAdapter", "MetaLeadsAdapter"]
