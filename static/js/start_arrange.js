// Arranging the start page: panels are dragged by their grips; their menus do the same without dragging.

import { lost, post } from "crm/net"
import { announce, text } from "crm/text"
import { toast } from "crm/toast"

const sortable = new WeakSet()
const cards = (list) => [...list.querySelectorAll("[data-id]")]

// HTMX carries styles over to what has the same id, by an attribute that the content security policy refuses.
function forgetPlaces() {
  for (const menu of document.querySelectorAll("#arranging .menu[style]")) menu.removeAttribute("style")
}

async function save(list, card) {
  const all = cards(list)
  const answer = await post(list.dataset.sortUrl, { order: all.map((one) => one.dataset.id).join(",") }).catch(() => null)
  if (!answer) return lost()
  if (!answer.ok) {
    toast({ text: text("failed"), level: "danger" })
    return setTimeout(() => location.reload(), 1500)
  }
  const said = text("moved", { name: card.querySelector(".m").textContent.trim(), n: all.indexOf(card) + 1, all: all.length })
  forgetPlaces()
  window.htmx.swap("#arranging", await answer.text(), { swapStyle: "innerHTML" }) // menus know which panel is the first
  announce(said)
  setUp()
}

async function setUp() {
  const list = document.querySelector("[data-arrange]")
  if (!list || sortable.has(list)) return
  sortable.add(list)
  const { default: Sortable } = await import("sortable")
  Sortable.create(list, {
    handle: "[data-sort-grip]",
    animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 160,
    ghostClass: "ghost",
    onEnd: (event) => { if (event.oldIndex !== event.newIndex) save(list, event.item) },
  })
  list.dataset.isReady = "1"
}

document.body.addEventListener("htmx:beforeSwap", forgetPlaces)
document.body.addEventListener("htmx:afterSwap", setUp)
setUp()
