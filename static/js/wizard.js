// The wizard: shows only what the choices made ask for, and keeps what was typed when the stage changes.

const form = document.querySelector("[data-wizard]")

const chosen = (name) => form.querySelector(`[name="${name}"]:checked`)?.value ?? ""
const toggle = (selector, isShown) => {
  for (const part of form.querySelectorAll(selector)) part.hidden = !isShown
}

function adapt() {
  const contact = chosen("contact")
  const isNew = contact === "new" || form.querySelector('[name="contact"]:checked')?.closest(".pick-i").querySelector(".av .i")
  toggle("[data-wizard-new]", Boolean(isNew))
  toggle("[data-wizard-known]", !isNew)
  toggle("[data-wizard-new-deal]", chosen("into") === "new")
  toggle(".wiz-when, .wiz-what", chosen("step_kind") !== "")
}

form.addEventListener("change", adapt)
adapt()

// Another pipeline or stage brings other fields; what was typed in those that stay is put back.
let typed = new Map()
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id !== "wizard-stages") return
  typed = new Map([...event.target.querySelectorAll("input, textarea, select")].filter((field) => !["pipeline", "stage"].includes(field.name)).map((field) => [field.name, field.value]))
})
document.body.addEventListener("htmx:afterSwap", () => {
  for (const [name, value] of typed) {
    const field = form.elements[name]
    if (field && value && !field.value) field.value = value
  }
  typed = new Map()
})

// A second press while the first is on its way would only be told that it is done already.
form.addEventListener("submit", () => {
  requestAnimationFrame(() => {
    for (const button of document.querySelectorAll('button[form="wizard"]')) button.disabled = true
  })
})
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll('button[form="wizard"]')) button.disabled = false
})

form.querySelector("[aria-invalid=true]")?.focus()
