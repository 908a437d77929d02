// Lists: ticking rows with a bulk bar, column widths and order. Everything here has a keyboard way.
// Row boxes: <input type="checkbox" name="ids" value="…" form="bulk" data-select-row>.

import { bind } from "crm/keys"
import { post } from "crm/net"
import { announce, el, text } from "crm/text"

const STEP_PX = 8
const MIN_PX = 56
const MAX_PX = 640

// --- Filters -------------------------------------------------------------------------------------
// What was left empty says nothing: an address names only what narrows.
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("[data-filter-form]")) return
  for (const name of new Set(event.formData.keys())) {
    if (event.formData.getAll(name).every((value) => value === "")) event.formData.delete(name)
  }
})

// --- Selection -----------------------------------------------------------------------------------
const boxes = () => [...document.querySelectorAll("[data-select-row]")]
const ticked = () => boxes().filter((box) => box.checked)
const bar = () => document.querySelector("[data-selection-bar]")
let isAllMatching = false
let last = null

/** Give what is ticked: ids of this page, and whether all rows of the filter are meant. */
export function selection() {
  return { ids: ticked().map((box) => box.value), all: isAllMatching }
}

function allField() {
  const form = document.getElementById("bulk")
  let field = form?.querySelector('input[name="all"]')
  if (form && !field) {
    field = el("input", { type: "hidden", name: "all", value: "" })
    form.append(field)
  }
  return field
}

function refresh() {
  const count = ticked().length
  if (count < boxes().length) isAllMatching = false
  for (const box of boxes()) box.closest("[data-row], tr")?.classList.toggle("on", box.checked)
  const head = document.querySelector("[data-select-all]")
  if (head) {
    head.checked = count > 0 && count === boxes().length
    head.indeterminate = count > 0 && count < boxes().length
  }
  const field = allField()
  if (field) field.value = isAllMatching ? "1" : ""
  if (!bar()) return
  bar().hidden = count === 0
  const all = bar().querySelector("[data-select-all-matching]")
  const shown = isAllMatching ? text("all_selected", { n: Number(all.dataset.total).toLocaleString(document.documentElement.lang) }) : text("selected", { n: count })
  bar().querySelector("[data-selected-count]").textContent = shown
  if (all) all.hidden = isAllMatching || Number(all.dataset.total) <= count || count < boxes().length
}

function clear() {
  for (const box of boxes()) box.checked = false
  isAllMatching = false
  refresh()
}

document.addEventListener("click", (event) => {
  const box = event.target instanceof Element ? event.target.closest("[data-select-row]") : null
  if (box && event.shiftKey && last?.isConnected) {
    const all = boxes()
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b)
    for (const between of all.slice(from, to + 1)) between.checked = box.checked
  }
  if (box) last = box
})

document.addEventListener("change", (event) => {
  if (!(event.target instanceof Element)) return
  if (event.target.matches("[data-select-all]")) for (const box of boxes()) box.checked = event.target.checked
  if (event.target.matches("[data-select-all], [data-select-row]")) refresh()
})

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return
  if (event.target.closest("[data-select-none]")) clear()
  if (event.target.closest("[data-select-all-matching]")) { isAllMatching = true; refresh() }
})

// x ticks the row that j and k have come to.
const boxHere = () => document.activeElement?.closest("[data-row]")?.querySelector("[data-select-row], [data-tick]")
if (document.querySelector("[data-select-row], [data-tick]")) bind("x", () => boxHere()?.click(), text("key_tick"), "list")

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && ticked().length && !document.querySelector("dialog[open], [popover]:popover-open") && !event.target.closest("input:not([type=checkbox]), textarea, select")) {
    clear()
    event.preventDefault()
  }
}, true)

// --- Column widths: <table data-table data-columns-url="…"><col data-col="name" width="196"> ------
const colOf = (table, name) => table.querySelector(`col[data-col="${CSS.escape(name)}"]`)

function setWidth(table, head, width) {
  const whole = Math.round(Math.min(MAX_PX, Math.max(MIN_PX, width)))
  colOf(table, head.dataset.col).setAttribute("width", whole)
  head.querySelector(".col-grip").setAttribute("aria-valuenow", whole)
  return whole
}

function save(table, values) {
  const url = table.dataset.columnsUrl
  if (url) post(url, values).catch(() => {})
}

function grip(table, head) {
  const label = head.textContent.trim()
  const node = el("span", { class: "col-grip", role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-label": label, "aria-valuemin": MIN_PX, "aria-valuemax": MAX_PX, "aria-valuenow": Math.round(head.offsetWidth) })
  let start = null
  node.addEventListener("pointerdown", (event) => {
    start = { x: event.clientX, width: head.offsetWidth }
    node.setPointerCapture(event.pointerId)
    event.preventDefault()
  })
  node.addEventListener("pointermove", (event) => { if (start) setWidth(table, head, start.width + event.clientX - start.x) })
  node.addEventListener("pointerup", () => {
    if (start) save(table, { column: head.dataset.col, width: node.getAttribute("aria-valuenow") })
    start = null
  })
  node.addEventListener("keydown", (event) => {
    const change = { ArrowRight: STEP_PX, ArrowLeft: -STEP_PX }[event.key]
    if (!change) return
    event.preventDefault()
    const width = setWidth(table, head, head.offsetWidth + change)
    announce(text("column_width", { name: label, n: width }))
    clearTimeout(node.timer)
    node.timer = setTimeout(() => save(table, { column: head.dataset.col, width }), 500)
  })
  head.append(node)
}

function setUp(table) {
  if (table.dataset.ready) return
  table.dataset.ready = "1"
  for (const head of table.querySelectorAll("th[data-col]")) if (colOf(table, head.dataset.col)) grip(table, head)
}

// --- Column order: <ul data-column-list data-columns-url="…"><li data-col="name"><button data-grip> --
const order = (list) => [...list.querySelectorAll("[data-col]")].map((item) => item.dataset.col)

function saveOrder(list) {
  list.dispatchEvent(new CustomEvent("columns:order", { bubbles: true, detail: { order: order(list) } }))
  if (list.dataset.columnsUrl) post(list.dataset.columnsUrl, { order: order(list).join(",") }).catch(() => {})
}

document.addEventListener("keydown", (event) => {
  const handle = event.target instanceof Element ? event.target.closest("[data-column-list] [data-grip]") : null
  const change = { ArrowUp: -1, ArrowDown: 1 }[event.key]
  if (!handle || !change) return
  event.preventDefault()
  const item = handle.closest("[data-col]")
  const list = item.closest("[data-column-list]")
  const other = change < 0 ? item.previousElementSibling : item.nextElementSibling
  if (!other) return
  change < 0 ? other.before(item) : other.after(item)
  handle.focus()
  announce(text("moved", { name: item.textContent.trim(), n: order(list).indexOf(item.dataset.col) + 1, all: order(list).length }))
  saveOrder(list)
})

async function sortColumns(list) {
  if (list.dataset.ready) return
  list.dataset.ready = "1"
  const { default: Sortable } = await import("sortable")
  Sortable.create(list, { handle: "[data-grip]", animation: 160, onEnd: () => saveOrder(list) })
}

function all(root) {
  for (const table of root.querySelectorAll?.("table[data-table]") ?? []) setUp(table)
  for (const list of root.querySelectorAll?.("[data-column-list]") ?? []) sortColumns(list)
}
all(document)
refresh()
document.addEventListener("htmx:load", (event) => { all(event.detail.elt.parentElement ?? event.detail.elt); refresh() })
