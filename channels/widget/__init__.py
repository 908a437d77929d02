"""The chat and the callback button that stand on other people's sites; see docs/website-chat.md."""
