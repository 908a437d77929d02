// Unsorted: ticked rows and what is done to all of them.

import { openDialog } from "crm/dialog"
import { bind } from "crm/keys"
import { current, queue, say } from "crm/queue-page"

const bulk = document.getElementById("bulk")
const bulkBar = bulk?.querySelector("[data-bulk-bar]")
const boxes = () => [...queue.querySelectorAll("[data-tick]")]
export const ticked = () => boxes().filter((box) => box.checked)
let last = null

const tickAll = queue.querySelector("[data-tick-all]")

function countTicks() {
  if (!bulkBar) return
  const count = ticked().length
  tickAll.checked = count > 0 && count === boxes().length
  tickAll.indeterminate = count > 0 && count < boxes().length
  bulkBar.hidden = count === 0
  bulkBar.querySelector("[data-bulk-count]").textContent = say("selected", { n: count })
}
export function clearTicks() {
  for (const box of ticked()) box.checked = false
  countTicks()
}
queue.addEventListener("change", (event) => {
  if (event.target === tickAll) for (const box of boxes()) box.checked = tickAll.checked
  if (event.target.matches("[data-tick], [data-tick-all]")) countTicks()
})
queue.addEventListener("click", (event) => {
  const box = event.target.closest("[data-tick]")
  if (!box) return
  if (event.shiftKey && last?.isConnected) {
    const all = boxes()
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b)
    for (const between of all.slice(from, to + 1)) between.checked = box.checked
    countTicks()
  }
  last = box
})
bulk?.addEventListener("click", (event) => {
  if (event.target.closest("[data-bulk-clear]")) return clearTicks()
  const button = event.target.closest("[data-bulk-dialog]")
  if (!button) return
  event.preventDefault()
  const ids = new URLSearchParams(ticked().map((box) => ["ids", box.value]))
  openDialog(`${button.dataset.bulkDialog}?${ids}`)
})
bind("x", () => {
  const box = current()?.querySelector("[data-tick]")
  if (!box) return
  box.checked = !box.checked
  last = box
  countTicks()
})

countTicks()
