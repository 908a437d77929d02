// The dialogs' workspace: opening a dialog in its pane, what colleagues and clients do live, deciding and going on.

import { markAt, say, workspace } from "crm/dialogs-page"
import "crm/dialogs-composer"
import { focusRow } from "crm/keys"
import { post, postLast } from "crm/net"

const DWELL_MS = 700 // a dialog only passed by does not count as read
const STILL_MS = 20000
const LOOK_MS = 45000 // a colleague's page says so again every 20 s

const pane = document.getElementById("talk")
const list = document.getElementById("dl-list")
const talk = () => pane.querySelector("[data-talk]")
const openId = () => talk()?.dataset.talk ?? ""
const rows = () => [...list.querySelectorAll("[data-row]")]
const rowOf = (id) => document.getElementById(`dialog-${id}`)
const query = () => list.querySelector("[data-query]").dataset.query
const withQuery = (url) => (query() ? `${url}?${query()}` : url)
const addressOf = (id) => withQuery(`${workspace.dataset.pageUrl}${id}/`)

async function fetchPart(url) {
  const response = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null)
  return response?.ok ? new DOMParser().parseFromString(await response.text(), "text/html") : null
}
const partUrl = (url, part) => `${url}${url.includes("?") ? "&" : "?"}part=${part}`

// --- The open dialog ---------------------------------------------------------------------------------
async function open(url, { push = true } = {}) {
  leave()
  document.getElementById("close-menu")?.removeAttribute("style") // where it stood; a swap would carry it over as markup
  await window.htmx.ajax("GET", partUrl(url, "talk"), { target: pane, swap: "innerHTML" })
  if (push) history.pushState({ talk: true }, "", url)
  show()
}

/** Whatever dialog stands in the pane: mark its row, go to its end, say that we are here. */
function show() {
  workspace.dataset.step = new URL(location.href).searchParams.get("pane") === "client" ? "panel" : openId() ? "talk" : "list"
  markAt(rows(), rowOf(openId()))
  if (!openId()) return
  document.title = document.title.replace(/^(?:.* · )?(?=[^·]* · [^·]*$)/, `${talk().dataset.title} · `)
  toEnd()
  lookAfterwards()
  document.body.dispatchEvent(new CustomEvent("talk:opened", { detail: { id: openId() } }))
}

function closePane() {
  leave()
  history.pushState({}, "", withQuery(workspace.dataset.pageUrl))
  workspace.dataset.step = "list"
  const row = rowOf(openId())
  markAt(rows(), null)
  pane.replaceChildren()
  row?.querySelector("[data-open]").focus()
}

const scroller = () => pane.querySelector("[data-thread-scroll]")
const isAtEnd = () => { const box = scroller(); return !box || box.scrollHeight - box.scrollTop - box.clientHeight < 120 }
const toEnd = () => { const box = scroller(); if (box) box.scrollTop = box.scrollHeight }

workspace.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return
  const link = event.target.closest("a")
  const row = event.target.closest("[data-row]")
  if (row && (!link || link.hasAttribute("data-open"))) {
    event.preventDefault()
    row.querySelector("[data-open]").focus({ preventScroll: true })
    return open(row.querySelector("[data-open]").href)
  }
  if (link?.hasAttribute("data-back")) { event.preventDefault(); return closePane() }
  if (link?.hasAttribute("data-client")) { event.preventDefault(); workspace.dataset.step = "panel" }
  if (link?.hasAttribute("data-client-close")) { event.preventDefault(); workspace.dataset.step = "talk" }
})
addEventListener("popstate", () => {
  const isTalk = /\/dialogs\/[0-9a-f-]{36}\/$/.test(location.pathname)
  if (isTalk) open(location.href, { push: false })
  else { leave(); pane.replaceChildren(); workspace.dataset.step = "list"; markAt(rows(), null) }
})

// --- Reading: nothing is unread any more, and colleagues see who is at it ----------------------------
let looking = ""
let dwell
let still
const seenUrl = (id) => `${workspace.dataset.pageUrl}${id}/seen/`

function lookAfterwards() {
  clearTimeout(dwell)
  const id = openId()
  if (!id || looking === id) return
  dwell = setTimeout(() => {
    if (document.hidden || openId() !== id) return
    looking = id
    post(seenUrl(id)).catch(() => {})
    clearInterval(still)
    still = setInterval(() => { if (!document.hidden) post(seenUrl(id)).catch(() => {}) }, STILL_MS)
  }, DWELL_MS)
}

function leave() {
  clearTimeout(dwell)
  clearInterval(still)
  if (looking) post(seenUrl(looking), { gone: "1" }).catch(() => {})
  looking = ""
}
document.addEventListener("visibilitychange", () => { if (!document.hidden) { looking = ""; lookAfterwards() } })
addEventListener("pagehide", () => { if (looking) postLast(seenUrl(looking), { gone: "1" }) })

// --- The thread as the server has it: what is new is added, what changed is put in its place ---------
const isBusy = (node) => Boolean(node.querySelector("details[open], .player.playing"))

let readingThread
function readThread() {
  clearTimeout(readingThread)
  readingThread = setTimeout(async () => {
    const id = openId()
    const page = id && await fetchPart(partUrl(talk().dataset.url, "thread"))
    const line = pane.querySelector("[data-thread]")
    if (!page || openId() !== id || !line) return
    const wasAtEnd = isAtEnd()
    for (const fresh of page.querySelectorAll("[data-thread] > li[id]")) {
      const old = document.getElementById(fresh.id)
      if (old?.outerHTML === fresh.outerHTML || (old && isBusy(old))) continue
      old ? old.replaceWith(fresh) : line.append(fresh)
      window.htmx.process(fresh)
    }
    if (wasAtEnd) toEnd()
  }, 150)
}

let readingHead
function readHead() {
  clearTimeout(readingHead)
  readingHead = setTimeout(async () => {
    const id = openId()
    const page = id && await fetchPart(partUrl(withQuery(talk().dataset.url), "head"))
    if (!page || openId() !== id) return
    if (document.querySelector("#close-menu:popover-open")) return readHead() // somebody is choosing: later
    const head = page.getElementById("talk-head")
    document.getElementById("talk-accepted")?.remove()
    document.getElementById("talk-head").replaceWith(head)
    window.htmx.process(head)
  }, 200)
}

// Earlier messages come above; what is being read stays where it is.
let below = null
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.matches?.(".t-more")) below = scroller().scrollHeight - scroller().scrollTop
})
document.body.addEventListener("htmx:afterSwap", () => {
  if (below !== null && scroller()) scroller().scrollTop = scroller().scrollHeight - below
  below = null
})

// Messages of a day that began on the page above have its heading already.
document.body.addEventListener("htmx:afterSettle", () => {
  const seen = new Set()
  for (const day of pane.querySelectorAll(".t-day")) seen.has(day.id) ? day.remove() : seen.add(day.id)
  const known = new Set()
  for (const row of rows()) known.has(row.id) ? row.remove() : known.add(row.id)
})

// --- The list ----------------------------------------------------------------------------------------
let readingList
function readList({ then } = {}) {
  clearTimeout(readingList)
  readingList = setTimeout(async () => {
    const page = await fetchPart(list.querySelector("[data-list-url]").dataset.listUrl)
    if (!page) return
    const box = list.querySelector("[data-list-scroll]")
    const top = box.scrollTop
    const focused = document.activeElement?.closest("[data-row]")?.id
    list.replaceChildren(...page.body.childNodes)
    window.htmx.process(list)
    list.querySelector("[data-list-scroll]").scrollTop = top
    markAt(rows(), rowOf(openId()))
    if (focused) document.getElementById(focused)?.querySelector("[data-open]").focus({ preventScroll: true })
    arrived.clear()
    showNew()
    then?.()
  }, 60)
}

// Only the counters and chips: the rows are right already.
let counting
function readCounts() {
  clearTimeout(counting)
  counting = setTimeout(async () => {
    const page = await fetchPart(list.querySelector("[data-list-url]").dataset.listUrl)
    for (const css of [".tabs", ".hscroll"]) {
      const fresh = page?.querySelector(css)
      if (fresh) list.querySelector(css)?.replaceWith(fresh)
    }
  }, 400)
}

const fetchRow = async (id) => (await fetchPart(withQuery(workspace.dataset.rowUrl.replace("00000000-0000-0000-0000-000000000000", id))))?.querySelector("[data-row]") ?? null

/** Read a row anew in its place; one that has left the tab stays until the reader goes on, but is dimmed. */
async function readRow(id) {
  const page = await fetchPart(withQuery(workspace.dataset.rowUrl.replace("00000000-0000-0000-0000-000000000000", id)))
  const row = rowOf(id)
  if (!page || !row) return
  const fresh = page.querySelector("[data-row]")
  if (!fresh) return row.matches(":hover") || row.contains(document.activeElement) || openId() === id ? row.classList.add("gone") : row.remove()
  const hasFocus = row.contains(document.activeElement)
  row.replaceWith(fresh)
  window.htmx.process(fresh)
  markAt(rows(), rowOf(openId()))
  if (hasFocus) fresh.querySelector("[data-open]").focus({ preventScroll: true })
}

// --- Live --------------------------------------------------------------------------------------------
const arrived = new Set()
const status = workspace.querySelector("[data-list-status]")
const bar = () => list.querySelector("[data-show-new]")

function showNew() {
  const count = arrived.size
  const form = new Intl.PluralRules(document.documentElement.lang).select(count)
  const words = count ? say({ one: "new_one", few: "new_few" }[form] ?? "new_many", { n: count }) : ""
  bar().hidden = count === 0
  bar().querySelector("[data-new-text]").textContent = words
  status.textContent = words
}

const changed = new Map()
document.body.addEventListener("live:dialog.changed", ({ detail }) => {
  clearTimeout(changed.get(detail.id))
  changed.set(detail.id, setTimeout(() => follow(detail.id), 120))
})

async function follow(id) {
  changed.delete(id)
  if (id === openId()) {
    readThread()
    readHead()
    if (!document.hidden && looking === id) post(seenUrl(id)).catch(() => {})
  }
  if (rowOf(id)) await readRow(id)
  else if (!arrived.has(id) && await fetchRow(id)) { arrived.add(id); showNew() }
  readCounts()
}

list.addEventListener("click", (event) => {
  if (!event.target.closest("[data-show-new]")) return
  const ids = [...arrived]
  list.querySelector("[data-list-scroll]").scrollTop = 0
  readList({ then: () => { for (const id of ids) rowOf(id)?.classList.add("flash"); const first = rows()[0]; if (first) focusRow(first) } })
})

document.body.addEventListener("live:lead.changed", ({ detail }) => {
  for (const row of rows()) if (row.dataset.lead === detail.id) readRow(row.dataset.id)
  if (talk()?.dataset.lead === detail.id) { readHead(); readThread() }
})
document.body.addEventListener("live:activity.changed", ({ detail }) => {
  const here = talk()?.dataset
  if (here && ((here.contact && detail.contact === here.contact) || (here.lead && detail.lead === here.lead))) readThread()
})
document.body.addEventListener("live:reconnected", () => { readList(); readThread(); readHead() })

const lookers = new Map()
document.body.addEventListener("live:dialog.viewing", ({ detail }) => {
  if (detail.member === workspace.dataset.me) return
  clearTimeout(lookers.get(detail.id))
  const refresh = () => { if (rowOf(detail.id)) readRow(detail.id); if (detail.id === openId()) readHead() }
  refresh()
  if (detail.name) lookers.set(detail.id, setTimeout(refresh, LOOK_MS + 1000))
})

// --- Deciding: the dialog goes, the next one opens, the toast takes it back --------------------------
// The menu stays until the choice is on its way: a focus that moves makes the form forget which button was pressed.
document.body.addEventListener("htmx:beforeRequest", (event) => event.target.closest?.("#close-menu")?.hidePopover())
document.body.addEventListener("talk:done", ({ detail }) => {
  const row = rowOf(detail.id)
  if (detail.action === "close" && workspace.dataset.tab !== "closed") {
    const all = rows()
    const next = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1]
    row?.remove()
    if (detail.id === openId()) next ? (focusRow(next), open(next.querySelector("[data-open]").href)) : closePane()
    return readList()
  }
  if (row) readRow(detail.id)
  readCounts()
  if (detail.id === openId()) { readHead(); readThread(); if (detail.action !== "assign") readComposer() }
})
document.body.addEventListener("talk:undone", ({ detail }) => readList({ then: () => open(addressOf(detail.id)) }))
document.body.addEventListener("talk:written", ({ detail }) => {
  if (detail.id !== openId()) return
  readThread()
  readHead()
  readRow(detail.id)
  if (document.querySelector("#talk-composer [name=take]")) readComposer()
})

/** 'Take and answer' is 'Send' once it is ours; what is typed stays. */
async function readComposer() {
  const id = openId()
  const page = await fetchPart(partUrl(addressOf(id), "talk"))
  const fresh = page?.getElementById("talk-composer")
  const old = document.getElementById("talk-composer")
  if (!fresh || !old || openId() !== id) return
  for (const field of old.querySelectorAll("textarea, input[name=subject]")) {
    const same = fresh.querySelector(`#${field.id}`)
    if (same) same.value = field.value
  }
  old.replaceWith(fresh)
  window.htmx.process(fresh)
}

// --- Search: as one types, in the place of the list --------------------------------------------------
const find = workspace.querySelector("[data-find]")
let finding
function search() {
  clearTimeout(finding)
  finding = setTimeout(async () => {
    const params = new URLSearchParams(new FormData(find))
    for (const [name, value] of [...params]) if (!value) params.delete(name)
    const url = `${workspace.dataset.pageUrl}${params.size ? `?${params}` : ""}`
    const page = await fetchPart(partUrl(url, "list"))
    if (!page) return
    list.replaceChildren(...page.body.childNodes)
    window.htmx.process(list)
    if (!openId()) history.replaceState(history.state, "", url)
    markAt(rows(), rowOf(openId()))
  }, 250)
}
find.addEventListener("input", search)
find.addEventListener("submit", (event) => { event.preventDefault(); search() })
find.addEventListener("keydown", (event) => {
  if (!["ArrowDown", "Enter"].includes(event.key) || !rows()[0] || event.target.matches("select")) return
  event.preventDefault()
  focusRow(rows()[0])
})
// Here / looks for dialogs; the palette is still at Ctrl-K.
document.addEventListener("keydown", (event) => {
  const isFree = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey && event.code === "Slash" && event.key !== "?"
  if (!isFree || localStorage.getItem("keys") === "off" || document.querySelector("dialog:modal, [popover]:popover-open")) return
  if (event.target.closest?.("input:not([type=radio]), textarea, select, [contenteditable]")) return
  event.preventDefault()
  document.getElementById("dl-q").focus()
}, true)

show()
