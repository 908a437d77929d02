// Unsorted: a waiting time goes on while the one it waits for is at work.

import { queue } from "crm/queue-page"
import { icon } from "crm/text"

const STEP_MS = 20000

function goOn() {
  if (document.hidden) return
  for (const row of queue.querySelectorAll("[data-row][data-wait][data-works-until]")) {
    const until = Date.parse(row.dataset.worksUntil)
    if (until) tick(row, Math.min(Date.now(), until))
  }
}

function tick(row, now) {
  row.dataset.since ??= String(now)
  const minutes = Number(row.dataset.wait) + Math.floor((now - Number(row.dataset.since)) / 60000)
  const place = row.querySelector("[data-wait-text]")
  if (!place || minutes === Number(row.dataset.wait) || minutes >= 60) return // hours need no second hand
  place.textContent = place.textContent.replace(/\d+/, String(minutes))
  paint(row.querySelector("[data-wait-box]"), minutes, Number(row.dataset.limit || 0))
}

function paint(box, minutes, limit) {
  const level = limit && minutes > limit ? "late" : limit && minutes >= limit * 0.8 ? "soon" : ""
  if (!level || box.classList.contains(`wait-${level}`)) return
  box.className = `wait wait-${level}`
  box.querySelector(".i")?.remove()
  box.prepend(icon(level === "late" ? "alert-circle" : "clock", "i i-s"))
}

goOn()
setInterval(goOn, STEP_MS)
