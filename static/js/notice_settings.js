// The page of one's own notifications: the browser is asked only by a click.

import { chime } from "crm/notices"

const box = document.querySelector("[data-desktop]")
const state = box?.querySelector("[data-desktop-state]")
const ask = box?.querySelector("[data-desktop-ask]")

function show() {
  if (!("Notification" in window)) return ask.remove()
  state.textContent = { granted: state.dataset.on, denied: state.dataset.denied }[Notification.permission] ?? state.dataset.off
  ask.hidden = Notification.permission !== "default"
}

if (box) {
  box.hidden = false
  show()
  ask.addEventListener("click", async () => {
    await Notification.requestPermission()
    show()
  })
  box.querySelector("[data-sound-try]").addEventListener("click", () => chime())
}
