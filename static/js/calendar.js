// The calendar: dragging to another time or day, pulling the lower edge for the length, a click on an empty
// slot to plan something. Everything has a twin: the event's own page moves it, every day has its plus sign.

import { openDialog } from "crm/dialog"
import { lost, post, told } from "crm/net"
import { announce, el, text } from "crm/text"
import { fire, toast } from "crm/toast"

const ROW_MIN = 15
const STILL_PX = 4 // less is a click
const page = () => document.getElementById("calendar")
const columnOf = (node) => node?.closest?.(".cal-col, .cal-cell")
const pad = (number) => String(number).padStart(2, "0")

let drag = null
let isHandled = false

// --- Where in the day -----------------------------------------------------------------------------------
const rowHeight = (column) => parseFloat(getComputedStyle(column).gridAutoRows) || 12
const firstMinute = () => Number(page().dataset.first) * 60
const minuteAt = (column, y) => {
  const rows = Math.floor((y - column.getBoundingClientRect().top) / rowHeight(column))
  return Math.min(Math.max(firstMinute() + rows * ROW_MIN, 0), 24 * 60 - ROW_MIN)
}
const clock = (minute) => `${pad(Math.floor(minute / 60))}:${pad(minute % 60)}`
const minuteOf = (local) => Number(local.slice(11, 13)) * 60 + Number(local.slice(14, 16))
const columnAt = (x, y) => columnOf(document.elementsFromPoint(x, y).find((node) => columnOf(node)))

// --- What the server is told ----------------------------------------------------------------------------
async function move(url, day, minute, length) {
  const due = `${day}T${clock(minute)}`
  const values = { when: "at", due, ...(length ? { duration_min: length } : {}) }
  const answer = await post(url, values).catch(() => null)
  if (!answer) lost()
  else if (answer.ok) {
    fire(answer.headers.get("HX-Trigger"))
    announce(`${page().dataset.wordMoved} ${day} ${clock(minute)}`)
    return
  } else toast({ text: (await told(answer)) || text("failed"), level: "danger" })
  document.body.dispatchEvent(new CustomEvent("activity:changed", { bubbles: true })) // as it really stands
}

// --- Dragging -------------------------------------------------------------------------------------------
function begin(event) {
  const item = event.target.closest?.("[data-event][data-move]")
  if (!item || event.button !== 0 || event.pointerType === "touch") return
  const isResize = Boolean(event.target.closest("[data-grip]"))
  const column = columnOf(item)
  const at = minuteOf(item.dataset.at)
  const isMonth = column.matches(".cal-cell")
  drag = {
    item, isResize, isMonth, column, at,
    length: Number(item.dataset.min),
    grab: isMonth ? 0 : minuteAt(column, event.clientY) - Math.max(at, firstMinute()),
    x: event.clientX, y: event.clientY, isMoving: false, ghost: null, to: null,
  }
}

function ghostIn(column, first, length) {
  drag.ghost ??= el("div", { class: "cal-ghost" })
  const row = (first - firstMinute()) / ROW_MIN
  drag.ghost.className = `cal-ghost at-${Math.max(0, Math.round(row))} len-${Math.max(1, Math.round(length / ROW_MIN))}`
  drag.ghost.textContent = `${clock(first)}–${clock(Math.min(first + length, 24 * 60 - 1))}`
  if (drag.ghost.parentElement !== column) column.append(drag.ghost)
}

function follow(event) {
  if (!drag) return
  if (!drag.isMoving && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < STILL_PX) return
  event.preventDefault()
  drag.isMoving = true
  drag.item.classList.add("dragging")
  const column = drag.isResize ? drag.column : columnAt(event.clientX, event.clientY) ?? drag.column
  if (drag.isMonth) {
    for (const cell of page().querySelectorAll(".cal-cell.target")) cell.classList.remove("target")
    column.classList.add("target")
    drag.to = { day: column.dataset.day, minute: drag.at, length: 0 }
  } else if (drag.isResize) {
    const until = minuteAt(column, event.clientY) + ROW_MIN
    const length = Math.max(ROW_MIN, until - drag.at)
    ghostIn(column, drag.at, length)
    drag.to = { day: drag.item.dataset.at.slice(0, 10), minute: drag.at, length }
  } else {
    const minute = Math.max(0, minuteAt(column, event.clientY) - drag.grab)
    const rounded = minute - (minute % ROW_MIN)
    ghostIn(column, rounded, drag.length)
    drag.to = { day: column.dataset.day, minute: rounded, length: 0 }
  }
}

function drop(isCancelled = false) {
  if (!drag) return
  const { item, ghost, to, isMoving } = drag
  ghost?.remove()
  item.classList.remove("dragging")
  for (const cell of page().querySelectorAll(".cal-cell.target")) cell.classList.remove("target")
  drag = null
  isHandled = isMoving
  if (!isMoving || isCancelled || !to) return
  if (`${to.day}T${clock(to.minute)}` === item.dataset.at && !to.length) return
  move(item.dataset.move, to.day, to.minute, to.length)
}

document.addEventListener("pointerdown", begin)
document.addEventListener("pointermove", follow)
document.addEventListener("pointerup", () => drop())
document.addEventListener("pointercancel", () => drop(true))
document.addEventListener("dragstart", (event) => { if (event.target.closest?.("[data-event]")) event.preventDefault() })
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && drag) {
    event.stopPropagation()
    drop(true)
  }
}, true)
// The click that ends a drag opens nothing.
document.addEventListener("click", (event) => {
  if (!isHandled) return
  isHandled = false
  event.preventDefault()
  event.stopPropagation()
}, true)

// --- A phone shows two days and a half: today comes first ------------------------------------------------
function lookAtToday() {
  const scroll = page()?.querySelector(".cal-scroll")
  const today = scroll?.querySelector(".cal-head.today")
  if (today && scroll.scrollWidth > scroll.clientWidth) scroll.scrollLeft = today.offsetLeft - scroll.querySelector(".cal-corner").offsetWidth
}

lookAtToday()

// --- Keys: Alt with an arrow moves the event that has the focus ------------------------------------------
const STEPS = { ArrowUp: [0, -ROW_MIN], ArrowDown: [0, ROW_MIN], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }

document.addEventListener("keydown", (event) => {
  const item = event.target.closest?.("[data-event][data-move]")
  if (!item || !event.altKey || !STEPS[event.key]) return
  event.preventDefault()
  event.stopPropagation()
  const [days, minutes] = STEPS[event.key]
  const day = new Date(`${item.dataset.at.slice(0, 10)}T12:00:00Z`)
  day.setUTCDate(day.getUTCDate() + days)
  const minute = Math.min(Math.max(minuteOf(item.dataset.at) + minutes, 0), 24 * 60 - ROW_MIN)
  focusAfter = item.dataset.event
  move(item.dataset.move, day.toISOString().slice(0, 10), minute, 0)
}, true)

let focusAfter = ""
document.body.addEventListener("htmx:afterSettle", () => {
  if (!focusAfter) return
  page()?.querySelector(`[data-event="${CSS.escape(focusAfter)}"]`)?.focus()
  focusAfter = ""
})

// --- Planning by a click on an empty slot ---------------------------------------------------------------
document.addEventListener("click", (event) => {
  const column = event.target.closest?.(".cal-col, .cal-cell")
  const create = page()?.dataset.create
  if (!column || !create || event.target.closest("a, button")) return
  const minute = column.matches(".cal-col") ? minuteAt(column, event.clientY) : 10 * 60
  const asked = new URLSearchParams({ at: `${column.dataset.day}T${clock(minute - (minute % 30))}`, kind: "meeting", length: "60" })
  if (page().dataset.owner) asked.set("owner", page().dataset.owner)
  openDialog(`${create}?${asked}`)
})
