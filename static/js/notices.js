// Notifications that arrive while a page is open: a message with the way to what it is about.

import { toast } from "crm/toast"

async function show(id) {
  const answer = await fetch(`/notifications/${encodeURIComponent(id)}/`, { headers: { "HX-Request": "true" } }).catch(() => null)
  if (!answer?.ok) return
  const { text, href } = await answer.json()
  toast({ text, href, level: "info" })
}

// Every tab hears it; only the one that is looked at says it.
document.body.addEventListener("live:notification", ({ detail }) => {
  if (detail?.id && document.visibilityState === "visible") show(detail.id)
})
