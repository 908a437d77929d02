// Channel settings: fields that play a part only with some choice of another one are hidden without it;
// a switch whose change was refused goes back to where it stood.

function fit(form) {
  for (const control of form.querySelectorAll("[data-only-with]")) {
    const { onlyWith, onlyValues } = control.dataset
    const row = control.closest(".field")
    if (row) row.hidden = !onlyValues.split(" ").includes(form.elements[onlyWith]?.value ?? "")
  }
}

for (const form of document.querySelectorAll("form:has([data-only-with])")) {
  form.addEventListener("change", () => fit(form))
  fit(form)
}

document.addEventListener("htmx:responseError", (event) => {
  const box = event.detail.elt.querySelector?.('input[name="is_lead_source"]')
  if (box) box.checked = !box.checked
})
