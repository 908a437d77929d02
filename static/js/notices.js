// Notifications that arrive while a page is open: a message with the way to what it is about.

import { toast } from "crm/toast"

const TOLD = "notices-told" // ids of the last ones, so that one of many tabs says a thing
const KEPT = 50
const SECOND_LOOK_MS = 400 // the tab that is looked at goes first

async function read(id) {
  const answer = await fetch(`/notifications/${encodeURIComponent(id)}/`, { headers: { "HX-Request": "true" } }).catch(() => null)
  return answer?.ok ? answer.json() : null
}

/** Two short notes; nothing where the browser has not heard a click yet. */
export function chime() {
  const Context = window.AudioContext
  if (!Context) return
  const context = new Context()
  for (const [note, at] of [[659, 0], [880, 0.12]]) {
    const tone = new OscillatorNode(context, { frequency: note })
    const loudness = new GainNode(context, { gain: 0 })
    loudness.gain.setTargetAtTime(0.08, context.currentTime + at, 0.01)
    loudness.gain.setTargetAtTime(0, context.currentTime + at + 0.1, 0.05)
    tone.connect(loudness).connect(context.destination)
    tone.start(context.currentTime + at)
    tone.stop(context.currentTime + at + 0.4)
    if (at) tone.addEventListener("ended", () => context.close())
  }
}

function isFirst(id) {
  const told = JSON.parse(localStorage.getItem(TOLD) ?? "[]")
  if (told.includes(id)) return false
  localStorage.setItem(TOLD, JSON.stringify([id, ...told].slice(0, KEPT)))
  return true
}

function onDesktop({ text, href }, id) {
  if (!("Notification" in window) || Notification.permission !== "granted") return
  const shown = new Notification(document.querySelector("[data-tenant-name]")?.textContent.trim() || document.title, { body: text, tag: id })
  shown.addEventListener("click", () => {
    window.focus()
    if (href) location.assign(href)
    shown.close()
  })
}

async function tell(id) {
  if (!isFirst(id)) return
  const told = await read(id)
  if (!told || told.is_quiet) return
  if (document.visibilityState === "visible") toast({ text: told.text, href: told.href, level: "info" })
  else onDesktop(told, id)
  if (!told.is_silent) chime()
}

// Every tab hears it; the one that is looked at says it, else any one of them.
document.body.addEventListener("live:notification", ({ detail }) => {
  if (!detail?.id) return
  if (document.visibilityState === "visible") tell(detail.id)
  else setTimeout(() => tell(detail.id), SECOND_LOOK_MS)
})

// --- The number on the icon of the installed app, and in the tab's title ---------------------------------
function badge() {
  const count = Number((document.getElementById("bell-count")?.lastChild?.textContent ?? "").replace(/\D/g, "")) || 0
  const title = document.title.replace(/^\(\d+\+?\) /, "")
  document.title = count ? `(${count > 99 ? "99+" : count}) ${title}` : title
  if (count) navigator.setAppBadge?.(count).catch(() => {})
  else navigator.clearAppBadge?.().catch(() => {})
}

badge()
document.body.addEventListener("htmx:oobAfterSwap", ({ detail }) => { if (detail.target?.id === "bell-count") badge() })
