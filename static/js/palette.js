// The palette: / or Ctrl-K opens it, arrows choose, Enter goes. HTMX brings the list (core:palette).

import { bind } from "crm/keys"
import { announce, text } from "crm/text"

const box = () => document.getElementById("palette")
const input = () => document.getElementById("palette-input")
const list = () => document.getElementById("palette-list")
const options = () => [...list().querySelectorAll('[role="option"]:not([aria-disabled])')]
let isWaiting = false // Enter was pressed before the answer came

export function openPalette(query = "") {
  if (box().open) return input().select()
  for (const other of document.querySelectorAll("dialog[open]")) other.close()
  input().value = query
  box().showModal()
  input().focus()
  window.htmx?.trigger(input(), "palette:open")
}

function choose(option) {
  for (const other of options()) other.setAttribute("aria-selected", String(other === option))
  if (!option) return input().removeAttribute("aria-activedescendant")
  input().setAttribute("aria-activedescendant", option.id)
  option.scrollIntoView({ block: "nearest" })
}

const chosen = () => list().querySelector('[aria-selected="true"]')

function step(change) {
  const all = options()
  if (all.length) choose(all[(all.indexOf(chosen()) + change + all.length) % all.length])
}

function go(event) {
  if (input().classList.contains("htmx-request")) { isWaiting = true; return }
  const option = chosen()
  if (!option) return
  if (event?.ctrlKey || event?.metaKey) return void window.open(option.href, "_blank", "noopener")
  box().close()
  option.click()
}

document.addEventListener("keydown", (event) => {
  if (event.target !== input()) return
  const moves = { ArrowDown: 1, ArrowUp: -1 }
  if (moves[event.key]) step(moves[event.key])
  else if (event.key === "Enter") go(event)
  else if (event.key === "Escape") box().close() // a search field would only clear itself
  else return
  event.preventDefault()
})

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target !== list()) return
  choose(options()[0])
  const count = list().querySelectorAll('[role="option"]:not([aria-disabled])').length
  announce(count ? text("results", { n: count }) : text("no_results"))
  if (isWaiting) { isWaiting = false; go() }
})

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return
  const opener = event.target.closest("[data-palette-open]")
  if (opener) openPalette(opener.dataset.query ?? "")
  if (event.target.closest("#palette-list [role=option]")) box().close()
})
document.addEventListener("pointerover", (event) => {
  const option = event.target instanceof Element ? event.target.closest("#palette-list [role=option]") : null
  if (option) choose(option)
})
bind("Ctrl-k", () => openPalette(), text("key_palette"), "all")
