// The deal's page: parts ask for themselves again after a change; fields are edited in their place.

const head = () => document.getElementById("deal-head")
const id = head().dataset.deal
const isEditing = (part) => Boolean(part.querySelector("[data-inline]"))

// Every part that can be asked for again says so in its hx-trigger; one that is being typed in is left alone.
function refresh({ isForced = false } = {}) {
  for (const part of document.querySelectorAll('[hx-trigger*="deal:refresh"]')) {
    if (isForced || !isEditing(part)) window.htmx.trigger(part, "deal:refresh")
  }
}

// What was done here is told to the timeline at once; what others do, it hears by itself.
function refreshAll() {
  refresh({ isForced: true })
  document.body.dispatchEvent(new CustomEvent("timeline:changed", { bubbles: true }))
}

let timer
function later() {
  clearTimeout(timer)
  timer = setTimeout(refresh, 200)
}

document.body.addEventListener("deal:moved", refreshAll)
document.body.addEventListener("deal:edited", refreshAll)
document.body.addEventListener("live:deal.changed", (event) => { if (event.detail.id === id) later() })
document.body.addEventListener("live:reconnected", later)
// Activities change what the head says of the next step.
document.body.addEventListener("activity:changed", later)
document.body.addEventListener("live:activity.changed", (event) => { if (event.detail.deal === id) later() })

document.addEventListener("inline:cancel", (event) => {
  window.htmx.trigger(event.target.closest('[hx-trigger*="deal:refresh"]'), "deal:refresh")
})

// Choosing from a list is the whole edit.
document.addEventListener("change", (event) => {
  if (event.target instanceof HTMLSelectElement) event.target.closest("form[data-inline]")?.requestSubmit()
})

// Somebody was faster: what is shown is old, whatever was typed.
document.addEventListener("htmx:responseError", (event) => { if (event.detail.xhr.status === 409) refresh({ isForced: true }) })
