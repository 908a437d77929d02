// Requests made by scripts, and the bars that tell about a lost connection or an ended session.

import { text } from "crm/text"

const csrf = () => document.querySelector('meta[name="csrf-token"]')?.content ?? ""

/** Post form values to our own server; answers the response, throws only when there is none. */
export function post(url, values = {}) {
  const body = values instanceof FormData ? values : new URLSearchParams(values)
  return fetch(url, {
    method: "POST",
    body,
    headers: { "X-CSRFToken": csrf(), "HX-Request": "true" },
    credentials: "same-origin",
  })
}

/** Post to our own server while the page goes; nobody hears the answer. */
export function postLast(url, values = {}) {
  navigator.sendBeacon(url, new URLSearchParams({ ...values, csrfmiddlewaretoken: csrf() }))
}

/** The server may say why it refused in <p data-reason>; it is read as text, never as markup. */
export function reasonIn(html) {
  return new DOMParser().parseFromString(html, "text/html").querySelector("[data-reason]")?.textContent.trim() ?? ""
}

/** The reason that an answer gives, "" where it gives none. */
export const told = async (response) => reasonIn(await response.text())

/** Tell whether an answer is the login page instead of what was asked for. */
export function isLogin(url) {
  const login = document.body.dataset.loginUrl
  return Boolean(login && url && new URL(url, location.href).pathname === login)
}

const bars = () => document.getElementById("bars")
const shown = (name) => bars()?.querySelector(`[data-bar="${name}"]`)

/** Show one of the bars of shell/bars.html; the same bar is never shown twice. */
export function showBar(name) {
  const present = shown(name)
  if (present || !bars()) return present
  const bar = document.getElementById(`bar-${name}`).content.firstElementChild.cloneNode(true)
  bar.dataset.bar = name
  bars().append(bar)
  return bar
}

export function hideBar(name) {
  shown(name)?.remove()
}

let failed = null // the element whose request did not get through
let timer = null
let wait = 0

async function answers() {
  try {
    const response = await fetch(document.body.dataset.pingUrl, { cache: "no-store" })
    return response.ok
  } catch {
    return false
  }
}

async function tryAgain() {
  clearInterval(timer)
  if (!(await answers())) return countDown()
  hideBar("offline")
  wait = 0
  const bar = showBar("back")
  setTimeout(() => bar?.remove(), 4000)
  document.body.dispatchEvent(new CustomEvent("net:back", { bubbles: true }))
  repeatReading()
}

// A read is repeated by itself; a write is left to the person, who sees that it was not saved.
function repeatReading() {
  const element = failed
  failed = null
  if (element?.isConnected && element.hasAttribute("hx-get") && !element.matches("form")) {
    window.htmx?.trigger(element, "net:retry")
    const trigger = element.getAttribute("hx-trigger") ?? "click"
    window.htmx?.trigger(element, trigger.split(/[\s,]/)[0])
  }
}

function countDown() {
  wait = Math.min(Math.max(2, wait * 2), 30)
  let left = wait
  const place = shown("offline")?.querySelector("[data-countdown]")
  const tick = () => {
    if (place) place.textContent = text("retry_in", { s: left })
    if (left-- <= 0) tryAgain()
  }
  tick()
  timer = setInterval(tick, 1000)
}

/** Show the 'no connection' bar and keep trying until the server answers. */
export function lost(element = null) {
  failed = element ?? failed
  if (shown("offline")) return
  const bar = showBar("offline")
  if (!bar) return
  const now = new Date()
  bar.querySelector("[data-since]").textContent = now.toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
  })
  wait = 0
  countDown()
}

/** Show the 'session has ended' bar; the page and what is typed on it stay. */
export function sessionEnded() {
  const bar = showBar("session")
  const link = bar?.querySelector("[data-login]")
  if (link) link.href = `${document.body.dataset.loginUrl}?next=${encodeURIComponent(location.pathname + location.search)}`
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-retry]")) tryAgain()
  if (event.target.closest("[data-reload]")) location.reload()
})
addEventListener("offline", () => lost())
addEventListener("online", () => { if (shown("offline")) tryAgain() })
// Signed in again in the other tab: the token has changed, so ask the server for the new one.
document.addEventListener("visibilitychange", async () => {
  if (document.visibilityState !== "visible" || !shown("session")) return
  const response = await fetch(location.href, { credentials: "same-origin" }).catch(() => null)
  if (!response?.ok || isLogin(response.url)) return
  const page = new DOMParser().parseFromString(await response.text(), "text/html")
  const token = page.querySelector('meta[name="csrf-token"]')?.content
  if (!token) return
  document.querySelector('meta[name="csrf-token"]').content = token
  for (const input of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) input.value = token
  hideBar("session")
})
