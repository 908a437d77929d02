// Merge form: one press takes every value from a card.

for (const button of document.querySelectorAll("[data-merge-all]")) {
  button.hidden = false
  button.addEventListener("click", () => {
    const value = CSS.escape(button.dataset.mergeAll)
    for (const radio of button.form.querySelectorAll(`input[type=radio][value="${value}"]`)) radio.checked = true
  })
}
