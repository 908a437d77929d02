// A lead's own page or wizard is open: colleagues see who is at it, and its head stays true.

import { post, postLast } from "crm/net"

const STILL_MS = 20000
const url = document.querySelector("[data-seen-url]")?.dataset.seenUrl

// An answer takes the lead and stops its clock; a colleague may take it. The head asks for itself again.
const head = () => document.getElementById("lead-head")
const refresh = () => { if (head()) window.htmx?.trigger(head(), "lead:refresh") }
document.body.addEventListener("timeline:changed", refresh)
document.body.addEventListener("live:lead.changed", (event) => { if (event.detail.id === head()?.dataset.lead) refresh() })

if (url) {
  const look = () => { if (!document.hidden) post(url).catch(() => {}) }
  look()
  setInterval(look, STILL_MS)
  addEventListener("pagehide", () => postLast(url, { gone: "1" }))
}
