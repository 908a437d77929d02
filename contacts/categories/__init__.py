"""The tenant's directory of client types and industries, by which companies are sorted (C2)."""

from contacts.categories.words import Word, choices, label_of, name_of, recorded, words_of

__all__ = ["Word", "choices", "label_of", "name_of", "recorded", "words_of"]
