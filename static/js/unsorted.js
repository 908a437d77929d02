// Unsorted: the open row, its preview and actions, decisions that show at once, arrivals that wait to be shown.

import { openDialog } from "crm/dialog"
import { focusRow } from "crm/keys"
import { post, postLast, sessionEnded, told } from "crm/net"
import "crm/queue-clock"
import "crm/queue-lookers"
import { current, queue, rowOf, rows, say } from "crm/queue-page"
import { clearTicks, ticked } from "crm/queue-ticks"
import { fire, forgetUndo, toast } from "crm/toast"

const isWide = matchMedia("(min-width: 1181px)")
const DWELL_MS = 1500 // a row walked past with j and k does not count as read
const STILL_MS = 20000

const scroller = queue.querySelector("[data-queue-scroll]")
const pane = document.getElementById("preview")
const actions = document.getElementById("row-actions")
const isMineTab = queue.dataset.tab === "mine"
const isTriage = queue.classList.contains("triage")

// --- The open row ------------------------------------------------------------------------------------
let dwell
let shownId = "" // whose preview stands in the pane

function select(row, { preview = true } = {}) {
  if (!row) return clearPane()
  const before = current()
  if (before !== row) {
    before?.classList.remove("on")
    before?.removeAttribute("aria-current")
    if (before) closeActions(before)
    row.classList.add("on")
    row.setAttribute("aria-current", "true")
    openActions(row)
  }
  if (preview) show(row)
}

function openActions(row) {
  const place = row.querySelector("[data-actions]")
  if (!actions || !place || !row.hasAttribute("data-editable")) return
  place.replaceChildren(actions.content.cloneNode(true))
  adapt(place, row)
  place.hidden = false
}

function closeActions(row) {
  const place = row.querySelector("[data-actions]")
  place?.replaceChildren()
  if (place) place.hidden = true
}

// What is written for any lead is made about this one.
function adapt(root, row) {
  for (const link of root.querySelectorAll("[data-href]")) link.href = row.dataset.url + link.dataset.href
  for (const only of root.querySelectorAll("[data-not-mine]")) only.hidden = row.hasAttribute("data-mine")
  for (const only of root.querySelectorAll("[data-only-mine]")) only.hidden = !row.hasAttribute("data-mine")
}

function show(row) {
  clearTimeout(dwell)
  if (!pane || !(isWide.matches || queue.classList.contains("previewing"))) return seenAfter(row)
  if (shownId !== row.dataset.id) {
    shownId = row.dataset.id
    window.htmx.ajax("GET", `${row.dataset.url}preview/`, { target: pane, swap: "innerHTML" })
  }
  seenAfter(row)
}

function clearPane() {
  leave()
  shownId = ""
  pane?.replaceChildren()
  if (!isTriage) queue.classList.remove("previewing")
}

// --- Reading: it counts as opened, and colleagues see who is at it -----------------------------------
let looking = null
let still
let isUntouched = true // the row the page opened by itself is read only once somebody is there
for (const kind of ["keydown", "pointerdown"]) {
  document.addEventListener(kind, () => {
    isUntouched = false
    if (current()) seenAfter(current())
  }, { once: true, capture: true })
}

function seenAfter(row) {
  clearTimeout(dwell)
  if (isUntouched || !row.isConnected || looking === row.dataset.url) return
  dwell = setTimeout(() => look(row), DWELL_MS)
}

function look(row) {
  if (!row.isConnected || !row.classList.contains("on") || document.hidden) return
  leave()
  looking = row.dataset.url
  post(`${looking}seen/`).catch(() => {})
  still = setInterval(() => { if (!document.hidden) post(`${looking}seen/`).catch(() => {}) }, STILL_MS)
}

function leave() {
  clearTimeout(dwell)
  clearInterval(still)
  if (looking) post(`${looking}seen/`, { gone: "1" }).catch(() => {})
  looking = null
}
addEventListener("pagehide", () => { if (looking) postLast(`${looking}seen/`, { gone: "1" }) })

// --- Choosing a row by click or key ------------------------------------------------------------------
queue.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
  const row = event.target.closest("[data-row]")
  if (!row || event.target.closest("button, input, label, audio, [data-actions]")) return
  const link = event.target.closest("a")
  if (link && !link.hasAttribute("data-open")) return
  // A click opens the preview; Enter, and a second click where there is no room for one, opens the card.
  const goesOn = link && (event.detail === 0 || (!isWide.matches && row.classList.contains("on")))
  if (goesOn) return
  event.preventDefault()
  select(row)
  row.querySelector("[data-open]").focus({ preventScroll: true })
})
queue.addEventListener("row:focus", (event) => select(event.target.closest("[data-row]")))
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-preview-close]")) {
    if (ticked().length) return clearTicks()
    clearPane()
    current()?.querySelector("[data-open]").focus()
  }
})

// --- Menus are one for all rows ----------------------------------------------------------------------
for (const menu of document.querySelectorAll("[data-lead-menu]")) {
  menu.addEventListener("beforetoggle", (event) => {
    const row = current()
    if (event.newState !== "open") return
    if (!row) return event.preventDefault()
    menu.dataset.id = row.dataset.id
    adapt(menu, row)
  })
}

// --- Decisions: the row goes at once, the next one opens, the toast takes it back --------------------
const GOES = { take: !isMineTab, reject: true, snooze: true, wake: true, reopen: true, release: true }

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-act]")
  if (!button) return
  const menu = button.closest("[data-lead-menu]")
  const row = menu ? rowOf(menu.dataset.id) : button.closest("[data-row]")
  if (row) decide(row, button.dataset.act, button.dataset)
})

async function decide(row, act, { value = "", label = "" } = {}) {
  const { id, url, title } = row.dataset
  const put = GOES[act] ? takeOut(row) : () => {}
  forgetUndo()
  const values = { reject: { reason: value, label }, snooze: { until: value } }[act] ?? {}
  const response = await post(`${url}${act}/`, values).catch(() => null)
  if (response?.ok) {
    fire(response.headers.get("HX-Trigger"))
    return refreshHead()
  }
  if (response?.status === 401) sessionEnded()
  if (response?.status !== 409 && response?.status !== 404) put()
  if (response?.status === 422 && act === "reject") return openDialog(`${url}reject/`)
  const reason = response ? await told(response) : ""
  toast({ text: reason || say("failed", { name: title }), level: response?.status === 409 ? "warning" : "danger" })
  if (response?.status === 409) rowOf(id)?.remove()
  refreshHead()
}

/** Take a row out and open the next one; answers how to put it back. */
function takeOut(row) {
  const next = nextOf(row)
  const after = row.nextElementSibling
  const list = row.parentElement
  const wasCurrent = row.classList.contains("on")
  if (wasCurrent) leave()
  row.remove()
  if (wasCurrent) openNext(next)
  return () => {
    after?.isConnected ? after.before(row) : list.append(row)
    if (wasCurrent) { select(row); focusRow(row) }
  }
}

const nextOf = (row) => {
  const all = rows()
  const at = all.indexOf(row)
  return all[at + 1] ?? all[at - 1] ?? null
}

function openNext(row) {
  if (!row) {
    clearPane()
    return reload()
  }
  focusRow(row)
}

// A dialog (hand over, attach, quality, delete, bulk) or another page's answer decided about leads.
document.body.addEventListener("lead:done", (event) => {
  const { ids = [], action } = event.detail
  for (const id of ids) {
    const row = rowOf(id)
    if (!row) continue
    if (action === "quality" || (action === "take" && isMineTab)) readRow(id)
    else takeOut(row)
  }
  clearTicks()
  refreshHead()
})
document.body.addEventListener("lead:undone", (event) => reload(event.detail.ids ?? []))

// --- The list as the server has it -------------------------------------------------------------------
let reading
/** Read the list again; `back` are leads that came back to it: the first of them opens, as if it had never gone. */
function reload(back = []) {
  clearTimeout(reading)
  reading = setTimeout(async () => {
    const open = current()?.dataset.id ?? shownId
    const hadFocus = queue.contains(document.activeElement) || document.activeElement === document.body
    const top = scroller.scrollTop
    await readList()
    scroller.scrollTop = top
    const returned = back.map(rowOf).find(Boolean)
    if (returned) return focusRow(returned)
    const row = rowOf(open) ?? rows()[0]
    select(row, { preview: Boolean(row) && row.dataset.id !== shownId })
    if (hadFocus) row?.querySelector("[data-open]").focus({ preventScroll: true })
  }, 60)
}

const fetchPart = async (url) => {
  const response = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null)
  return response?.ok ? response.text() : null
}

async function readList() {
  const html = await fetchPart(queue.dataset.listUrl)
  if (html === null) return
  const page = new DOMParser().parseFromString(html, "text/html")
  const head = page.querySelectorAll(".head, nav.bar")
  document.getElementById("queue-head").replaceChildren(...head)
  const list = document.getElementById("queue-list")
  list.replaceChildren(...page.body.childNodes)
  window.htmx.process(document.getElementById("queue-head"))
  window.htmx.process(list)
  document.body.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: list.firstElementChild ?? list } }))
  forgetNew()
}

// Only the counters: after a decision the rows are right already.
let counting
function refreshHead() {
  clearTimeout(counting)
  counting = setTimeout(async () => {
    const html = await fetchPart(queue.dataset.listUrl)
    if (html === null) return
    const page = new DOMParser().parseFromString(html, "text/html")
    document.getElementById("queue-head").replaceChildren(...page.querySelectorAll(".head, nav.bar"))
    window.htmx.process(document.getElementById("queue-head"))
  }, 250)
}

const rowUrl = (id) => queue.dataset.rowUrl.replace("00000000-0000-0000-0000-000000000000", id)

async function fetchRow(id) {
  const html = await fetchPart(rowUrl(id))
  const page = html === null ? null : new DOMParser().parseFromString(`<ol>${html}</ol>`, "text/html")
  return page?.querySelector("li") ?? null
}

async function readRow(id) {
  const fresh = await fetchRow(id)
  const row = rowOf(id)
  if (!fresh || !row) return fresh
  if (fresh.dataset.gone) {
    const wasOpen = row.classList.contains("on")
    takeOut(row)
    if (fresh.dataset.text && (wasOpen || isPointedAt(row))) toast({ text: fresh.dataset.text, level: "warning" })
    return null
  }
  const isOn = row.classList.contains("on")
  const isTicked = row.querySelector("[data-tick]")?.checked
  const hasFocus = row.contains(document.activeElement)
  row.replaceWith(fresh)
  window.htmx.process(fresh)
  if (isTicked) fresh.querySelector("[data-tick]").checked = true
  if (isOn) { select(fresh, { preview: false }); if (hasFocus) fresh.querySelector("[data-open]").focus({ preventScroll: true }) }
  return fresh
}

const isPointedAt = (row) => row.matches(":hover") || row.contains(document.activeElement)

// --- Live: arrivals wait behind a bar, so nothing moves under the pointer ----------------------------
const arrived = new Set()
const bar = queue.querySelector("[data-show-new]")
const status = queue.querySelector("[data-queue-status]")

document.body.addEventListener("live:lead.new", async ({ detail }) => {
  if (rowOf(detail.id) || arrived.has(detail.id)) return
  const row = await fetchRow(detail.id)
  if (!row?.hasAttribute("data-row")) return
  arrived.add(detail.id)
  showNew()
  refreshHead()
})

function showNew() {
  const count = arrived.size
  bar.hidden = count === 0
  bar.querySelector("[data-new-text]").textContent = newText(count)
  status.textContent = count ? newText(count) : ""
}

function newText(count) {
  const form = new Intl.PluralRules(document.documentElement.lang).select(count)
  return say({ one: "new_one", few: "new_few" }[form] ?? "new_many", { n: count })
}

function forgetNew() {
  arrived.clear()
  showNew()
}

// The newest have waited least, so they stand at the end, also of a queue that is shown in part.
bar.addEventListener("click", async () => {
  const ids = [...arrived]
  await readList()
  const list = queue.querySelector("[data-list]")
  for (const id of ids.filter((one) => !rowOf(one))) {
    const row = await fetchRow(id)
    if (row?.hasAttribute("data-row")) { list?.append(row); window.htmx.process(row) }
  }
  for (const id of ids) rowOf(id)?.classList.add("flash")
  const first = rows().find((row) => ids.includes(row.dataset.id)) ?? rows()[0]
  first ? focusRow(first) : clearPane()
})

// 'Show more' may bring rows that had come in by themselves.
document.body.addEventListener("htmx:afterSettle", () => {
  const seen = new Set()
  for (const row of rows()) seen.has(row.id) ? row.remove() : seen.add(row.id)
})

document.body.addEventListener("live:lead.changed", ({ detail }) => {
  if (arrived.has(detail.id)) return fetchRow(detail.id).then((row) => { if (!row?.hasAttribute("data-row")) { arrived.delete(detail.id); showNew() } })
  if (rowOf(detail.id)) readRow(detail.id).then(refreshHead)
})
document.body.addEventListener("live:reconnected", () => reload())

// The preview of a lead that has just gone reads its thread once more: that is no news to the reader.
pane?.addEventListener("htmx:responseError", (event) => { if (event.detail.xhr.status === 404) event.stopPropagation() })

// --- Start: the first row is open; it counts as read only once somebody stays with it ----------------
select(rows()[0], { preview: false })
if ((isWide.matches || isTriage) && rows()[0]) {
  const begin = () => current() && show(current())
  window.htmx ? begin() : addEventListener("load", begin)
}
