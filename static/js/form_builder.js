// Building a form: the preview follows what is typed, rows are dragged, focus stays where it was. Without scripts every
// button is a plain submit of the whole draft.

import { announce, text } from "crm/text"

const PAUSE_MS = 500
const builder = () => document.getElementById("builder")
const rows = () => [...document.querySelectorAll("[data-rows] > [data-id]")]
let timer = null
let last = "" // the button that asked for the present draft
let open = new Set()

// A plain submit into the frame, past HTMX: the preview is a page of its own with its own styles.
function preview() {
  const form = builder()
  const { action } = form
  form.action = form.dataset.previewUrl
  form.target = "preview"
  form.submit()
  form.removeAttribute("target")
  form.action = action
}

function previewSoon() {
  clearTimeout(timer)
  timer = setTimeout(preview, PAUSE_MS)
}

function setEnds() {
  const all = rows()
  for (const [place, row] of all.entries()) {
    row.querySelector('button[value^="up:"]').disabled = place === 0
    row.querySelector('button[value^="down:"]').disabled = place === all.length - 1
  }
}

// The order of the rows in the page is the order of the fields.
async function makeSortable() {
  const list = document.querySelector("[data-rows]")
  if (!list) return
  const { default: Sortable } = await import("sortable")
  Sortable.create(list, {
    handle: "[data-sort-grip]",
    animation: 160,
    ghostClass: "ghost",
    onEnd(event) {
      if (event.oldIndex === event.newIndex) return
      setEnds()
      const name = event.item.querySelector("summary .m").textContent.trim()
      announce(text("moved", { name, n: event.newIndex + 1, all: rows().length }))
      preview()
    },
  })
}

function refocus() {
  const [action, subject] = last.split(":")
  const at = (value) => document.querySelector(`button[name=do][value="${value}"]:not(:disabled)`)
  if (action === "add") rows().at(-1)?.querySelector("input[name$=-label]")?.select()
  else if (action === "remove") document.querySelector(".fb-add button")?.focus()
  else (at(`${action}:${subject}`) ?? at(`up:${subject}`) ?? at(`down:${subject}`))?.focus()
}

// A row and its buttons are called as its field is.
function rename(row, name) {
  row.querySelector("summary .m").textContent = name || "—"
  for (const button of row.querySelectorAll(".fb-acts button")) button.setAttribute("aria-label", `${button.title}: ${name}`)
}

document.addEventListener("input", (event) => {
  if (event.target.form !== builder()) return
  if (event.target.name.endsWith("-label")) rename(event.target.closest("[data-id]"), event.target.value)
  previewSoon()
})
document.addEventListener("click", (event) => {
  const button = event.target.closest("#builder button")
  if (button?.matches("[data-preview]")) {
    event.preventDefault()
    preview()
  } else if (button) last = button.name === "do" ? button.value : ""
})
document.addEventListener("htmx:beforeSwap", () => {
  open = new Set(rows().filter((row) => row.querySelector("details").open).map((row) => row.dataset.id))
})
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "builder") return
  for (const row of rows()) if (open.has(row.dataset.id)) row.querySelector("details").open = true
  makeSortable()
  if (last) refocus()
  preview()
})
makeSortable()
