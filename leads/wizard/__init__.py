"""The intake wizard: one screen that turns an inquiry into a contact, a company, a deal and a next step (L9)."""

from leads.wizard.choices import Choices, ContactChoice, choices_for
from leads.wizard.form import WizardForm

__all__ = ["Choices", "ContactChoice", "WizardForm", "choices_for"]
