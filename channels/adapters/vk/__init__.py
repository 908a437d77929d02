"""VK communities: messages, comments, market orders and lead forms by the Callback API."""

from channels.adapters.vk.adapter import VkAdapter

__all__ = ["VkAdapter"]
