// A lead's own page or wizard is open: colleagues see who is at it.

import { post } from "crm/net"

const STILL_MS = 20000
const url = document.querySelector("[data-seen-url]")?.dataset.seenUrl

if (url) {
  const look = () => { if (!document.hidden) post(url).catch(() => {}) }
  look()
  setInterval(look, STILL_MS)
  addEventListener("pagehide", () => {
    const token = document.querySelector('meta[name="csrf-token"]').content
    navigator.sendBeacon(url, new URLSearchParams({ gone: "1", csrfmiddlewaretoken: token }))
  })
}
