// Card of a contact or company: known names offered while one types.

import { el } from "crm/text"

// Choosing one sends its id, typing on means a new one.
let list = null
let field = null
let timer

function close() {
  list?.remove()
  list = null
  field?.setAttribute("aria-expanded", "false")
  field?.removeAttribute("aria-activedescendant")
}

async function suggest(input) {
  const form = input.form
  const address = new URL(form.dataset.suggest, location.href)
  address.searchParams.set("q", input.value)
  const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null)
  const found = answer?.ok ? await answer.json() : []
  close()
  if (!found.length || document.activeElement !== input) return
  field = input
  list = el("ul", { class: "menu suggest", role: "listbox", id: "suggest" }, ...found.slice(0, 8).map((row, index) =>
    el("li", { class: "menu-item", role: "option", id: `suggest-${index}`, "aria-selected": "false", "data-id": row.value, "data-name": row.text }, el("span", { class: "cut" }, row.text), el("span", { class: "hint cut" }, row.hint))))
  input.after(list)
  for (const [name, value] of Object.entries({ role: "combobox", "aria-controls": "suggest", "aria-autocomplete": "list", "aria-expanded": "true" })) input.setAttribute(name, value)
}

function accept(option) {
  const form = field.form
  const name = form.dataset.suggestField
  const hidden = form.querySelector(`input[name="${name}"]`) ?? form.appendChild(el("input", { type: "hidden", name }))
  hidden.value = option.dataset.id
  field.value = option.dataset.name
  close()
  form.elements.position?.focus()
}

document.addEventListener("input", (event) => {
  const input = event.target instanceof Element ? event.target.closest('form[data-suggest] input[name="name"]') : null
  if (!input) return
  input.form.querySelector(`input[name="${input.form.dataset.suggestField}"]`)?.remove()
  clearTimeout(timer)
  if (input.value.trim().length < 2) return close()
  timer = setTimeout(() => suggest(input), 150)
})
document.addEventListener("keydown", (event) => {
  if (!list || event.target !== field) return
  const options = [...list.children]
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true")
  if (event.key === "Escape") close()
  else if (event.key === "Enter" && at >= 0) accept(options[at])
  else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    const next = event.key === "ArrowDown" ? (at + 1) % options.length : (at - 1 + options.length) % options.length
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === next)))
    field.setAttribute("aria-activedescendant", options[next].id)
  } else return
  event.preventDefault()
  event.stopImmediatePropagation()
}, true)
document.addEventListener("pointerdown", (event) => {
  const option = event.target instanceof Element ? event.target.closest(".suggest [role=option]") : null
  if (!option) return void (event.target !== field && close())
  event.preventDefault()
  accept(option)
})
