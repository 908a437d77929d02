// Unsorted: rows that a colleague is reading right now.

import { queue, rowOf, say } from "crm/queue-page"
import { el, icon } from "crm/text"

const LOOK_MS = 45000 // a colleague's page says so again every 20 s

const lookers = new Map()
document.body.addEventListener("live:lead.viewing", ({ detail }) => {
  if (detail.member === queue.dataset.me) return
  const row = rowOf(detail.id)
  if (!row) return
  if (!detail.name) return unlock(detail.id)
  row.classList.add("locked")
  const hint = row.querySelector("[data-hint]")
  hint.dataset.was ??= hint.querySelector(".lock") ? row.querySelector(".q")?.title.split(": ").slice(1).join(": ") ?? "" : hint.textContent
  const text = say("looking", { name: detail.name.split(" ")[0] })
  hint.replaceChildren(el("span", { class: "lock", title: text }, icon("eye", "i i-s"), el("span", { class: "cut" }, text)))
  clearTimeout(lookers.get(detail.id))
  lookers.set(detail.id, setTimeout(() => unlock(detail.id), LOOK_MS))
})

function unlock(id) {
  const row = rowOf(id)
  const hint = row?.querySelector("[data-hint]")
  row?.classList.remove("locked")
  if (hint?.dataset.was !== undefined) hint.textContent = hint.dataset.was
}
