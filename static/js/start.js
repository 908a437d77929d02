// The start page: a panel asks for itself again when something it tells of changed, at most once in ten seconds.
// Neither focus nor scrolling is lost, and figures that changed are marked for a moment.

const PAUSE_MS = 10000
const GATHER_MS = 400 // changes come in bursts
const MARKED_MS = 2500
const TOPICS = ["lead.new", "lead.changed", "deal.changed", "activity.changed", "activity.due"]

const panels = () => [...document.querySelectorAll("[data-panel]")]
const listening = (kind) => panels().filter((panel) => panel.dataset.listens.split(" ").includes(kind))
const askedAt = new WeakMap()
const waiting = new Map()
const before = new WeakMap()

function refresh(panel) {
  clearTimeout(waiting.get(panel))
  if (document.hidden) return waiting.set(panel, null) // until somebody looks
  waiting.delete(panel)
  askedAt.set(panel, Date.now())
  window.htmx.trigger(panel, "panel:refresh")
}

function ask(panel) {
  if (waiting.has(panel)) return
  const rest = (askedAt.get(panel) ?? 0) + PAUSE_MS - Date.now()
  waiting.set(panel, setTimeout(() => refresh(panel), Math.max(GATHER_MS, rest)))
}

const figures = (panel) =>
  new Map([...panel.querySelectorAll("[data-figure]")].map((one) => [one.dataset.figure, one.textContent.trim()]))

const scroller = (panel) => panel.querySelector(":scope > :is(.rows, .facts-l, .rep-t)")

function remember(panel) {
  const focused = panel.contains(document.activeElement) ? document.activeElement : null
  before.set(panel, { figures: figures(panel), focused, top: scroller(panel)?.scrollTop ?? 0 })
}

// What was focused is found again by its address; where it is gone, the panel itself keeps the place.
function keepFocus(panel, focused) {
  if (!focused || focused === panel) return
  const href = focused.getAttribute("href")
  const same = href && [...panel.querySelectorAll("a[href]")].find((one) => one.getAttribute("href") === href)
  ;(same || panel).focus({ preventScroll: true })
}

function mark(panel, old) {
  for (const one of panel.querySelectorAll("[data-figure]")) {
    const was = old.get(one.dataset.figure)
    if (was === undefined || was === one.textContent.trim()) continue
    one.classList.add("changed")
    setTimeout(() => one.classList.remove("changed"), MARKED_MS)
  }
}

function settle(panel) {
  const known = before.get(panel)
  if (!known) return
  before.delete(panel)
  keepFocus(panel, known.focused)
  const rows = scroller(panel)
  if (rows) rows.scrollTop = known.top
  mark(panel, known.figures)
}

const { body } = document
for (const topic of TOPICS) body.addEventListener(`live:${topic}`, () => listening(topic.split(".")[0]).forEach(ask))
body.addEventListener("live:reconnected", () => panels().forEach(ask))
body.addEventListener("activity:changed", () => listening("activity").forEach(refresh)) // what one did oneself shows at once
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) [...waiting].filter(([, timer]) => timer === null).forEach(([panel]) => refresh(panel))
})
body.addEventListener("htmx:beforeSwap", ({ target }) => { if (target.matches("[data-panel]")) remember(target) })
body.addEventListener("htmx:afterSwap", ({ target }) => { if (target.matches("[data-panel]")) settle(target) })
