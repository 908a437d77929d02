// Keeps "5 min" true on an open page. The rules are those of core/formats.py; past a day the server's text stays.

import { text } from "crm/text"

const STEP_MS = 20000

function span(minutes) {
  return minutes < 60 ? text("minutes", { n: minutes }) : text("hours", { n: Math.floor(minutes / 60) })
}

/** Write the distance between now and a moment, or null when it is a day or more. */
export function relative(moment, isLong, now = Date.now()) {
  const seconds = (now - moment) / 1000
  if (Math.abs(seconds) < 45) return text("now")
  if (Math.abs(seconds) >= 24 * 3600) return null
  const words = span(Math.max(1, Math.round(Math.abs(seconds) / 60)))
  if (seconds < 0) return text("in", { time: words })
  return isLong ? text("ago", { time: words }) : words
}

function refresh() {
  if (document.hidden) return
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const words = relative(Date.parse(time.dateTime), time.dataset.ago === "long")
    if (words && time.textContent !== words) time.textContent = words
  }
}

setInterval(refresh, STEP_MS)
document.addEventListener("visibilitychange", refresh)
