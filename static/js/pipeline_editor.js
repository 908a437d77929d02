// Settings: rows in an order set by dragging (pipelines, stages, routing rules). The up and down buttons are plain forms and do the same.

import { lost, post } from "crm/net"
import { announce, text } from "crm/text"
import { toast } from "crm/toast"

const rows = (list) => [...list.querySelectorAll("[data-id]")]

// The first row can't go up, the last one not down.
function setEnds(list) {
  const all = rows(list)
  for (const [place, row] of all.entries()) {
    const [up, down] = ["up", "down"].map((name) => row.querySelector(`button[name=${name}]`))
    if (up) up.disabled = place === 0
    if (down) down.disabled = place === all.length - 1
  }
}

async function save(list, item) {
  const all = rows(list)
  setEnds(list)
  const answer = await post(list.dataset.sortUrl, { order: all.map((row) => row.dataset.id).join(",") }).catch(() => null)
  if (!answer) return lost()
  if (!answer.ok) {
    toast({ text: text("failed"), level: "danger" })
    return setTimeout(() => location.reload(), 1500)
  }
  const name = item.querySelector(".m, a")?.textContent.trim() ?? ""
  announce(text("moved", { name, n: all.indexOf(item) + 1, all: all.length }))
}

async function setUp() {
  const lists = document.querySelectorAll("[data-sort-url]")
  if (!lists.length) return
  const { default: Sortable } = await import("sortable")
  for (const list of lists) {
    Sortable.create(list, {
      handle: "[data-sort-grip]",
      animation: 160,
      ghostClass: "ghost",
      onEnd: (event) => { if (event.oldIndex !== event.newIndex) save(list, event.item) },
    })
  }
}

setUp()
