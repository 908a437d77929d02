// Entry of every page: the shell's modules, and what HTMX must do on errors.

import { isLogin, lost, reasonIn, sessionEnded, showBar } from "crm/net"
import { announce, text } from "crm/text"
import { fire, toast } from "crm/toast"
import "crm/calls"
import "crm/dialog"
import "crm/keys"
import "crm/live"
import "crm/menu"
import "crm/notices"
import "crm/palette"
import "crm/player"
import "crm/relative-time"
import "crm/table"
import "crm/theme"

const SLOW_MS = 300
const WORDS = { 403: "forbidden", 404: "missing", 409: "conflict", 413: "too_large", 429: "too_many", 503: "busy" }

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]')?.content ?? ""
})

// --- A thin line at the top, only for what takes longer than 300 ms --------------------------------
let running = 0
let slow
document.addEventListener("htmx:beforeRequest", () => {
  running += 1
  slow ??= setTimeout(() => { document.getElementById("loading").hidden = false }, SLOW_MS)
})
document.addEventListener("htmx:afterRequest", () => {
  running = Math.max(0, running - 1)
  if (running) return
  clearTimeout(slow)
  slow = null
  document.getElementById("loading").hidden = true
})

// --- Answers that are not what was asked for --------------------------------------------------------
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail
  if (xhr.status === 401 || isLogin(xhr.responseURL)) {
    event.detail.shouldSwap = false
    return sessionEnded()
  }
  // A whole page came where a fragment was asked for (the view redirected): go there instead.
  if (/^\s*<!doctype/i.test(xhr.responseText) && !xhr.getResponseHeader("HX-Retarget")) {
    event.detail.shouldSwap = false
    location.assign(xhr.responseURL)
  }
})

function reason(xhr) {
  return xhr.getResponseHeader("Content-Type")?.startsWith("text/html") ? reasonIn(xhr.responseText) : ""
}

function refused(xhr) {
  if (xhr.status === 401 || xhr.getResponseHeader("HX-Trigger")?.includes('"toast"')) return
  if (xhr.getResponseHeader("X-Stale-Page")) return void showBar("stale")
  toast({ text: reason(xhr) || text(WORDS[xhr.status] ?? "failed"), level: "danger" })
}
document.addEventListener("htmx:responseError", ({ detail }) => refused(detail.xhr))

// A form that news replaced while its answer was on the way is not in the page to tell what the answer says.
const told = new WeakSet()
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => told.add(detail.xhr))
document.addEventListener("htmx:beforeSend", ({ detail: { xhr } }) => xhr.addEventListener("load", () => {
  if (told.has(xhr)) return
  fire(xhr.getResponseHeader("HX-Trigger"))
  if (xhr.status >= 400) refused(xhr)
}))
document.addEventListener("htmx:sendError", (event) => lost(event.detail.elt))
document.addEventListener("htmx:timeout", (event) => lost(event.detail.elt))

// --- Small helpers bound by attributes --------------------------------------------------------------
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null
  if (!button) return
  const field = document.querySelector(button.dataset.copy)
  const value = field ? field.value ?? field.textContent.trim() : button.dataset.copy
  try {
    await navigator.clipboard.writeText(value)
  } catch {
    field?.select?.()
    document.execCommand("copy")
  }
  toast({ text: text("copied"), level: "ok" })
})

document.addEventListener("click", (event) => { if (event.target.closest?.("[data-print]")) window.print() })

document.addEventListener("change", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form[data-autosubmit]") : null
  if (form) form.requestSubmit()
})

document.addEventListener("announce", (event) => announce(event.detail.text ?? event.detail.value ?? ""))

// A row of tabs too long for its place begins with the one that is open.
for (const here of document.querySelectorAll(":is(.set-nav, .tabs) [aria-current]")) here.scrollIntoView({ block: "nearest", inline: "center" })

// Tom Select is heavy: fetched only where a page has a searching select.
const wantsSelect = (root) => root.querySelector?.("select[data-select]") && import("tom-select")
wantsSelect(document)
document.addEventListener("htmx:load", (event) => wantsSelect(event.detail.elt.parentElement ?? event.detail.elt))
document.documentElement.classList.add("ready")
