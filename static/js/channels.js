// Channel settings: a switch whose change was refused goes back to where it stood.

document.addEventListener("htmx:responseError", (event) => {
  const box = event.detail.elt.querySelector?.('input[name="is_lead_source"]')
  if (box) box.checked = !box.checked
})
