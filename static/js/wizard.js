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
  toggle("[data-wizard-new-company]", !form.elements.company.value && form.elements.company_name.value.trim() !== "")
  toggle("[data-wizard-new-deal]", chosen("into") === "new")
  toggle(".wiz-when, .wiz-what", chosen("step_kind") !== "")
}

form.addEventListener("change", adapt)
form.elements.company_name.addEventListener("input", adapt)
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

// What the inquiry and a known contact have in common is marked on both sides; a phone is the same however it is written.
const PHONES = /\+?\d[\d\s()-]{8,}\d/g
const digits = (text) => text.replace(/\D/g, "").slice(-10)

function commonPlaces(text, known) {
  const places = known.map((value) => [text.indexOf(value), value.length]).filter(([at]) => at >= 0)
  const phones = known.map(digits).filter((value) => value.length === 10)
  for (const found of text.matchAll(PHONES)) if (phones.includes(digits(found[0]))) places.push([found.index, found[0].length])
  return places.sort(([a], [b]) => a - b)
}

function markIn(node, known) {
  let text = node
  let passed = 0
  for (const [at, length] of commonPlaces(node.data, known)) {
    if (at < passed) continue // the same place, found as a value and as a phone
    const rest = text.splitText(at - passed)
    text = rest.splitText(length)
    const mark = document.createElement("mark")
    rest.replaceWith(mark)
    mark.append(rest)
    passed = at + length
  }
}

function markInquiry(root) {
  const known = [...new Set([...form.querySelectorAll(".pick mark")].map((mark) => mark.textContent.trim()))]
  if (!known.length) return
  for (const place of root.querySelectorAll(".box .tl-text, .box .facts dd")) {
    const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
    const nodes = []
    while (walker.nextNode()) nodes.push(walker.currentNode)
    for (const node of nodes) if (!node.parentElement.closest("mark")) markIn(node, known)
  }
}
document.addEventListener("htmx:load", (event) => { if (event.detail.elt.closest(".wiz-l")) markInquiry(event.detail.elt) })

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
