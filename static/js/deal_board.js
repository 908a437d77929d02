// The board: dragging with a version, other people's moves, keys between cards, quick create, the cards' menu.
// Everything dragging does has a twin in the menu; totals and cards always come from the server.

import { openDialog } from "crm/dialog"
import { bind, isOn } from "crm/keys"
import { isLogin, lost, post, sessionEnded, told } from "crm/net"
import { announce, text } from "crm/text"
import { fire, toast } from "crm/toast"

const ANY_ID = "00000000-0000-0000-0000-000000000000"
const PHONE = matchMedia("(max-width: 720px)")
const board = document.getElementById("board")
const words = JSON.parse(document.getElementById("board-text").textContent)
const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (mark, name) => values[name] ?? mark)

const cardOf = (node) => (node instanceof Element ? node.closest(".card-d[data-card]") : null)
const cardsIn = (node) => [...node.querySelectorAll(".card-d[data-card]")]
const byId = (id) => board.querySelector(`[data-card="${CSS.escape(id)}"]`)
const listOf = (stage) => board.querySelector(`[data-cards="${CSS.escape(stage)}"]`)
const titleOf = (card) => card.querySelector("h3").textContent.trim()
const linkOf = (card) => card.querySelector("[data-open]")
const moveUrl = (card) => card.querySelector("[data-card-menu]").getAttribute("href") // one without is never dragged

// --- What the server says: heads, cards, figures -----------------------------------------------------
function insert(card) {
  const list = listOf(card.dataset.stage)
  if (!list) return
  const rank = Number(card.dataset.rank)
  const next = cardsIn(list).find((other) => Number(other.dataset.rank) > rank || (Number(other.dataset.rank) === rank && other.dataset.card > card.dataset.card))
  const more = list.querySelector(".lane-more")
  if (next) next.before(card)
  else if (!more) list.append(card)
  // else: its place is among the cards that 'show more' still holds back
}

function replace(id, fresh) {
  const old = byId(id)
  const hadFocus = old?.contains(document.activeElement)
  const isNews = !old || old.dataset.stage !== fresh.dataset.stage
  old?.remove()
  insert(fresh)
  if (isNews) fresh.classList.add("flash")
  if (hadFocus && fresh.isConnected) linkOf(fresh).focus({ preventScroll: true })
}

function apply(html) {
  const page = document.createElement("template")
  page.innerHTML = html
  for (const part of page.content.querySelectorAll("template")) {
    const { head, count, changed, gone, fill } = part.dataset
    if (head) {
      board.querySelector(`header[data-head="${CSS.escape(head)}"]`)?.replaceChildren(part.content)
      const tab = document.querySelector(`[data-lane-tab="${CSS.escape(head)}"] .count`)
      if (tab) tab.textContent = count
    } else if (changed) replace(changed, part.content.querySelector(".card-d"))
    else if (gone) byId(gone)?.remove()
    else if (fill) document.getElementById(fill)?.replaceChildren(part.content)
  }
  if ("grouped" in board.dataset) dropEmptied(page.content)
}

// A group whose last deal left has no figures any more, so no column. A new group comes with the next page.
function dropEmptied(answer) {
  const heads = new Set([...answer.querySelectorAll("template[data-head]")].map((part) => part.dataset.head))
  if (!answer.querySelector('template[data-fill="board-summary"]')) return
  for (const lane of board.querySelectorAll("[data-lane]")) {
    if (heads.has(lane.dataset.lane)) continue
    document.querySelector(`[data-lane-tab="${CSS.escape(lane.dataset.lane)}"]`)?.remove()
    lane.remove()
  }
}

const waiting = new Set()
let timer
let isDragging = false

/** Ask for the totals, and for these cards as they stand now; calls close together become one. */
function refresh(ids = []) {
  for (const id of ids) if (id) waiting.add(id)
  clearTimeout(timer)
  timer = setTimeout(load, 150)
}

async function load() {
  if (isDragging) return void (timer = setTimeout(load, 300))
  const ids = [...waiting].slice(0, 100)
  for (const id of ids) waiting.delete(id)
  if (waiting.size) refresh()
  const url = `${board.dataset.changes}?${board.dataset.state}&ids=${ids.join(",")}`
  const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => null)
  if (answer?.status === 401 || (answer && isLogin(answer.url))) return sessionEnded()
  if (answer?.ok) apply(await answer.text())
}

document.body.addEventListener("live:deal.changed", (event) => refresh([event.detail.id]))
document.body.addEventListener("live:activity.changed", (event) => { if (byId(event.detail.deal ?? "")) refresh([event.detail.deal]) })
document.body.addEventListener("live:reconnected", () => refresh(cardsIn(board).map((card) => card.dataset.card)))
document.body.addEventListener("deal:moved", (event) => refresh([event.detail.id]))
document.body.addEventListener("deal:created", (event) => refresh([event.detail.id]))
document.addEventListener("close", (event) => { if (event.target.id === "dialog" && chosen) refresh([chosen]) }, true)

// --- Dragging -----------------------------------------------------------------------------------------
const zones = document.getElementById("zones")

function putBack(card, home) {
  home.list.insertBefore(card, home.next?.isConnected ? home.next : null)
  card.classList.add("refused")
  card.addEventListener("animationend", () => card.classList.remove("refused"), { once: true })
  announce(say("back", { title: titleOf(card), stage: nameOf(home.list) }))
}

async function refuse(answer, card, home) {
  putBack(card, home)
  refresh([card.dataset.card])
  const form = answer.headers.get("X-Ask")
  if (form) return openDialog(form)
  fire(answer.headers.get("HX-Trigger"))
  toast({ text: (await told(answer)) || text(answer.status === 404 ? "missing" : "failed"), level: "danger" })
}

async function send(card, stage, home, name) {
  const values = {
    drag: "1",
    stage,
    version: card.dataset.version,
    board: board.dataset.state,
    after: card.previousElementSibling?.dataset.card ?? "",
    before: card.nextElementSibling?.dataset.card ?? "",
  }
  const { regroup } = board.dataset // where columns are no stages, a drop sets what they are made by
  const url = regroup && !card.closest("[data-zone]") ? regroup.replace(ANY_ID, card.dataset.card) : moveUrl(card)
  if (card.closest("[data-zone]")) { // shown nowhere until the server agrees
    values.after = values.before = ""
    card.remove()
  }
  const answer = await post(url, values).catch(() => null)
  if (!answer) {
    putBack(card, home)
    return lost()
  }
  if (answer.status === 401 || isLogin(answer.url)) {
    putBack(card, home)
    return sessionEnded()
  }
  if (!answer.ok) return refuse(answer, card, home)
  apply(await answer.text())
  announce(say("moved", { title: titleOf(card), stage: name }))
  refresh([card.dataset.card])
}

function onStart(event) {
  isDragging = true
  if (zones) zones.hidden = false
  event.item.home = { list: event.from, next: event.item.nextElementSibling }
}

const nameOf = (list) => list.dataset.name ?? list.closest("[data-lane]")?.dataset.name ?? ""

function mark(list) {
  for (const lane of board.querySelectorAll(".lane.target")) if (!lane.contains(list)) lane.classList.remove("target")
  list?.closest("[data-lane]")?.classList.add("target")
  for (const zone of zones?.children ?? []) zone.classList.toggle("target", zone === list)
}

function onEnd(event) {
  isDragging = false
  if (zones) zones.hidden = true
  mark(null)
  const { item, from, to } = event
  const stage = to.dataset.cards ?? to.dataset.zone
  if (from.closest("[data-unsorted]")) return toWizard(item, stage)
  if (from === to && "grouped" in board.dataset) return void item.home.list.insertBefore(item, item.home.next)
  if (!stage || (from === to && event.oldDraggableIndex === event.newDraggableIndex)) return
  send(item, stage, item.home, nameOf(to))
}

// A drag alone never moves anything out of Unsorted: it opens the wizard with the stage filled in.
function toWizard(item, stage) {
  item.home.list.insertBefore(item, item.home.next)
  const { lead } = item.dataset
  const { wizard } = item.closest("[data-unsorted]").dataset
  if (stage && lead && wizard) location.assign(`${wizard.replace(ANY_ID, lead)}?stage=${stage}`)
}

const options = {
  draggable: ".card-d",
  filter: ".quick, [data-card-menu], .card-d:not(:has([data-card-menu]))", // no menu: the role only sees the card
  preventOnFilter: false, // a press that doesn't move is still a click
  animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 160,
  forceFallback: true, // the dragged card is ours to style; a native drag image is not
  fallbackOnBody: true,
  fallbackTolerance: 4,
  fallbackClass: "drag",
  ghostClass: "slot-card",
  delay: 180,
  delayOnTouchOnly: true,
  scroll: true,
  onStart,
  onEnd,
  onMove: (event) => {
    event.dragged.dataset.slot = say("here", { stage: nameOf(event.to) })
    mark(event.to)
  },
}

let Sortable
function makeSortable(list, group, more = {}) {
  if (list.dataset.ready) return
  list.dataset.ready = "1"
  Sortable.create(list, { ...options, group, disabled: PHONE.matches, ...more })
}

// Cards of a column the role only sees stay put; one dropped there goes back with the server's reason.
function rules(list) {
  const isLocked = "locked" in list.closest("[data-lane]").dataset
  return isLocked ? [{ name: "deals", pull: false, put: true }, { sort: false }] : ["deals"]
}

async function setUpDragging() {
  if (!("movable" in board.dataset)) return
  ;({ default: Sortable } = await import("sortable"))
  for (const list of board.querySelectorAll("[data-cards]")) makeSortable(list, ...rules(list))
  for (const zone of zones?.children ?? []) Sortable.create(zone, { group: { name: "deals", pull: false, put: true }, draggable: ".card-d" })
  for (const lane of board.querySelectorAll("[data-unsorted]")) setUpUnsorted(lane)
}

function setUpUnsorted(lane) {
  const list = lane.querySelector(".cards")
  if (list && Sortable) makeSortable(list, { name: "deals", pull: true, put: false }, { draggable: ".card-d[data-movable]", filter: ".quick", sort: false })
}
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target instanceof Element && event.target.matches("[data-unsorted]")) setUpUnsorted(event.target)
})
board.addEventListener("dragstart", (event) => event.preventDefault()) // the browser's own drag of links

// --- The cards' menu ------------------------------------------------------------------------------------
const menu = document.getElementById("card-menu")
let chosen = null // the deal whose menu or dialog is open

const hrefFor = (item, id) => item.dataset.cardHref.replace(ANY_ID, id)

function openMenu(button) {
  const card = cardOf(button)
  chosen = card.dataset.card
  for (const item of menu.querySelectorAll("[data-card-href]")) item.href = hrefFor(item, chosen)
  menu.querySelector("[data-card-href]").href = linkOf(card).href
  // menu.js finds the button to stand by through this attribute
  for (const old of board.querySelectorAll("[popovertarget]")) old.removeAttribute("popovertarget")
  button.setAttribute("popovertarget", menu.id)
  button.focus({ preventScroll: true })
  menu.showPopover()
}

board.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return
  const button = event.target.closest("[data-card-menu]")
  const quick = event.target.closest("[data-quick]")
  if (!(button && menu) && !quick && !event.target.closest("[data-quick-close]")) return
  event.preventDefault()
  if (button) openMenu(button)
  else if (quick) openQuick(quick.dataset.quick)
  else closeQuick(event.target)
})

// --- Quick create: Enter saves and stays --------------------------------------------------------------
const openLanes = () => [...board.querySelectorAll('[data-lane][data-kind="open"]')]

async function openQuick(stage) {
  const list = listOf(stage)
  if (!list.querySelector(".quick")) {
    const url = `${board.dataset.quickUrl}?stage=${stage}&board=${encodeURIComponent(board.dataset.state)}`
    await window.htmx.ajax("GET", url, { target: list, swap: "afterbegin" })
  }
  list.closest(".lane").scrollTop = 0
  list.querySelector(".quick input:not([type=hidden])")?.focus()
}

function closeQuick(node) {
  const lane = node.closest("[data-lane]")
  node.closest(".quick").remove()
  lane.querySelector("[data-quick]")?.focus()
}

// A second press on 'Filter' folds the form away.
document.querySelector('.bar [hx-target="#filter-form"]')?.addEventListener("htmx:confirm", (event) => {
  const form = document.getElementById("filter-form")
  if (!form.firstElementChild) return
  event.preventDefault()
  form.replaceChildren()
})

// --- Keys -----------------------------------------------------------------------------------------------
const current = () => cardOf(document.activeElement) ?? board.querySelector(".card-d[data-card]:hover")

function act(name) {
  const card = current()
  const item = menu?.querySelector(`[data-act="${name}"]`)
  if (!card?.querySelector("[data-card-menu]") || !item) return
  chosen = card.dataset.card
  openDialog(hrefFor(item, chosen))
}

if (menu) {
  for (const [key, label] of [["m", "move"], ["a", "activity"], ["e", "assign"]]) {
    if (menu.querySelector(`[data-act="${key}"]`)) bind(key, () => act(key), words[label])
  }
}

function beside(card, change) {
  const lanes = [...board.querySelectorAll(".lane")].filter((lane) => cardsIn(lane).length)
  const lane = lanes[lanes.indexOf(card.closest(".lane")) + change]
  if (!lane) return null
  const top = card.getBoundingClientRect().top
  const distance = (other) => Math.abs(other.getBoundingClientRect().top - top)
  return cardsIn(lane).reduce((best, other) => (distance(other) < distance(best) ? other : best))
}

function target(card, key) {
  if (key === "ArrowLeft") return beside(card, -1)
  if (key === "ArrowRight") return beside(card, 1)
  const all = cardsIn(card.closest(".lane"))
  return all[all.indexOf(card) + (key === "ArrowDown" ? 1 : -1)]
}

function walk(event) {
  if (!["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"].includes(event.key)) return
  const card = cardOf(document.activeElement)
  const isIdle = document.activeElement === document.body || document.activeElement === board
  const next = card ? target(card, event.key) : isIdle ? cardsIn(board)[0] : null
  if (!card && !next) return
  event.preventDefault()
  if (!next) return
  linkOf(next).focus({ preventScroll: true })
  next.scrollIntoView({ block: "nearest", inline: "nearest" })
}

const isTyping = (node) => node instanceof Element && Boolean(node.closest("input, textarea, select, [contenteditable]"))

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog:modal, [popover]:popover-open")) return
  const quick = event.target instanceof Element ? event.target.closest(".quick") : null
  if (quick && event.key === "Escape") {
    event.stopImmediatePropagation()
    return closeQuick(quick.querySelector("form"))
  }
  if (isTyping(event.target)) return
  walk(event)
  if (event.code !== "KeyN" || event.shiftKey || !isOn()) return
  const lane = current()?.closest('[data-lane][data-kind="open"]') ?? openLanes()[0]
  if (!lane?.querySelector("[data-quick]")) return
  event.preventDefault()
  openQuick(lane.dataset.lane)
}, true)

// --- Phone: the strip of stages follows the column in view -----------------------------------------------
const tabs = [...document.querySelectorAll("[data-lane-tab]")]

function show(tab) {
  for (const other of tabs) other.classList.toggle("on", other === tab)
  tab.scrollIntoView({ block: "nearest", inline: "nearest" })
}

for (const tab of tabs) {
  tab.addEventListener("click", (event) => {
    event.preventDefault()
    document.getElementById(`lane-${tab.dataset.laneTab}`).scrollIntoView({ block: "nearest", inline: "start" })
    show(tab)
  })
}
const seen = new IntersectionObserver((entries) => {
  const entry = entries.find((one) => one.isIntersecting)
  const tab = entry && PHONE.matches && tabs.find((one) => `lane-${one.dataset.laneTab}` === entry.target.id)
  if (tab) show(tab)
}, { root: board, threshold: 0.7 })
for (const lane of board.querySelectorAll(".lane")) seen.observe(lane)

setUpDragging()
