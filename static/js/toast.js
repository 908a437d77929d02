// Short messages at the bottom; an undo stays for ten seconds and waits while the pointer or focus is on it.

import { post } from "crm/net"
import { el, icon, text } from "crm/text"

const UNDO_MS = 10000
const PLAIN_MS = 5000
// ok and danger are what views say; success and error are the tags of django.contrib.messages.
const ICONS = { danger: "alert-circle", error: "alert-circle", warning: "alert-triangle", ok: "circle-check", success: "circle-check" }
const STAYING = ["danger", "error"]

function place() {
  const region = document.getElementById("toasts")
  // A modal dialog makes the rest of the page inert, so messages move into it while it is open.
  const modal = [...document.querySelectorAll("dialog[open]")].pop()
  const home = modal ?? document.body
  if (region && region.parentElement !== home) home.append(region)
  return document.getElementById("toast-list")
}

function leave(node) {
  node.classList.add("leaving")
  setTimeout(() => node.remove(), 200)
}

function countdown(node, milliseconds) {
  let left = milliseconds
  let since = Date.now()
  let timer = setTimeout(() => leave(node), left)
  const hold = () => { clearTimeout(timer); left -= Date.now() - since }
  const go = () => { since = Date.now(); timer = setTimeout(() => leave(node), Math.max(left, 1500)) }
  node.addEventListener("pointerenter", hold)
  node.addEventListener("pointerleave", go)
  node.addEventListener("focusin", hold)
  node.addEventListener("focusout", go)
}

async function undo(node, url) {
  node.querySelector("button").disabled = true
  const response = await post(url).catch(() => null)
  leave(node)
  if (!response?.ok) return toast({ text: text("undo_failed"), level: "danger" })
  const next = response.headers.get("HX-Redirect")
  fire(response.headers.get("HX-Trigger"))
  document.body.dispatchEvent(new CustomEvent("toast:undone", { bubbles: true, detail: { url } }))
  if (next) location.assign(next)
  else if (response.headers.get("HX-Refresh") === "true") location.reload()
  else if (!response.headers.get("HX-Trigger")) toast({ text: text("undone") })
}

/** Dispatch the events of an HX-Trigger header got by our own fetch. */
export function fire(header) {
  if (!header) return
  const events = header.startsWith("{") ? JSON.parse(header) : Object.fromEntries(header.split(",").map((n) => [n.trim(), {}]))
  for (const [name, detail] of Object.entries(events)) {
    document.body.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }))
  }
}

/** Take the key of undo away from what was done before: the newest undo is the one the key means, also while it is still on its way. */
export function forgetUndo() {
  for (const old of document.querySelectorAll("#toast-list [data-key=u]")) old.removeAttribute("data-key")
}

/** Show a message: {text, level: info|ok|warning|danger, undo_url, href, action}. */
export function toast({ text: words, level = "info", undo_url: undoUrl, href, action }) {
  const list = place()
  if (!list || !words) return null
  const node = el("div", { class: "toast-u", "data-level": level }, ICONS[level] ? icon(ICONS[level]) : null, el("span", {}, words))
  if (undoUrl) {
    const button = el("button", { class: "btn btn-sm", type: "button", "data-key": "u", "data-key-label": text("undo") }, text("undo"), " ", el("kbd", {}, "u"))
    button.addEventListener("click", () => undo(node, undoUrl), { once: true })
    node.append(button)
  }
  if (href) node.append(el("a", { class: "btn btn-sm", href }, action ?? text("key_open")))
  const close = el("button", { class: "btn btn-sm btn-sq", type: "button", "aria-label": text("close") }, icon("x"))
  close.addEventListener("click", () => leave(node))
  node.append(close)
  forgetUndo()
  list.append(node)
  while (list.querySelectorAll(".toast-u").length > 3) list.querySelector(".toast-u").remove()
  if (!STAYING.includes(level)) countdown(node, undoUrl || href ? UNDO_MS : PLAIN_MS)
  return node
}

// Messages outlive the dialog they came in: "Saved" is told while it is closing.
document.addEventListener("close", () => { if (document.getElementById("toasts")) place() }, true)
document.addEventListener("toast", (event) => toast(event.detail ?? {}))

// Messages of django.contrib.messages, and toasts a fragment brings: <template data-toast data-undo-url="…">.
function collect(root) {
  for (const template of root.querySelectorAll?.("template[data-toast]") ?? []) {
    const { level, undoUrl, href, action } = template.dataset
    toast({ text: template.content.textContent.trim(), level, undo_url: undoUrl, href, action })
    template.remove()
  }
}
collect(document)
document.addEventListener("htmx:load", (event) => collect(event.detail.elt))
