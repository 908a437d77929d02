// Cards of calls on every page: read when a call changes, on load, and after a gap in the live stream.
// Cards come from the server; parts that changed are replaced by name, a note that is being written stays.

import { announce } from "crm/text"

const box = document.getElementById("calls")
const SEEN = "calls-seen" // cards this tab has announced: a new page is no new call
const seen = new Set(JSON.parse(sessionStorage.getItem(SEEN) ?? "[]"))
const served = new WeakMap() // what the server last said of a part, before scripts touched it
let isReading = false
let isStale = false
let offset = 0 // of our clock against the server's
let leaving

const cards = () => [...box.querySelectorAll("[data-call]")]
const cardOf = (id) => box.querySelector(`[data-call="${id}"]`)

async function read() {
  if (document.visibilityState !== "visible" || isReading) {
    isStale = true
    return
  }
  isReading = true
  isStale = false
  const answer = await fetch(box.dataset.url, { headers: { "HX-Request": "true" } }).catch(() => null)
  isReading = false
  if (answer?.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"))
  if (isStale) read()
}

function show(page) {
  offset = Number(page.querySelector("[data-now]")?.dataset.now ?? Date.now()) - Date.now()
  const fresh = [...page.querySelectorAll("[data-call]")]
  const ids = fresh.map((card) => card.dataset.call)
  for (const card of cards()) if (!ids.includes(card.dataset.call)) leave(card)
  place()
  for (const card of fresh) cardOf(card.dataset.call) ? renew(cardOf(card.dataset.call), card) : add(card)
  settle()
}

function add(card) {
  remember(card)
  box.append(card)
  box.hidden = false
  window.htmx?.process(card)
  window.htmx?.trigger(card, "htmx:load", { elt: card })
  if (seen.has(card.dataset.call)) return
  seen.add(card.dataset.call)
  sessionStorage.setItem(SEEN, JSON.stringify([...seen].slice(-50)))
  card.classList.add("call-new")
  announce(card.dataset.said)
}

function remember(card) {
  for (const part of card.querySelectorAll("[data-part]")) served.set(part, part.outerHTML)
}

function renew(card, fresh) {
  for (const { name, value } of fresh.attributes) card.setAttribute(name, value)
  for (const part of fresh.querySelectorAll("[data-part]")) replace(card, part)
  const note = card.querySelector("[data-call-note]")
  const isEmpty = !note?.querySelector("textarea").value && !note?.contains(document.activeElement)
  if (!fresh.querySelector("[data-call-note]") && isEmpty) note?.remove()
}

function replace(card, part) {
  const old = card.querySelector(`[data-part="${part.dataset.part}"]`)
  const markup = part.outerHTML
  if (!old || served.get(old) === markup || old.querySelector(".player.playing, .player-said")) return
  const hadFocus = old.contains(document.activeElement)
  old.replaceWith(part)
  served.set(part, markup)
  window.htmx?.process(part)
  window.htmx?.trigger(part, "htmx:load", { elt: part })
  if (part.dataset.part === "holder" && !part.hidden) announce(part.textContent.trim())
  // The button that was pressed is gone: the keyboard goes on at what can be done next.
  if (hadFocus) (card.querySelector("[data-main]") ?? card.querySelector("[data-call-close]")).focus({ preventScroll: true })
}

function leave(card) {
  const note = card.querySelector("textarea")
  if (note?.value) return // half a note outlives its call; closing the card is up to the writer
  card.remove()
}

/** A modal dialog makes the rest of the page inert: a call that comes meanwhile is shown in it. */
function place() {
  const home = [...document.querySelectorAll("dialog:modal:not(#confirm)")].pop() ?? document.body
  if (box.parentElement !== home && !box.contains(document.activeElement)) home.append(box)
}

function settle() {
  box.hidden = !cards().length
  clearTimeout(leaving)
  const next = Math.min(...cards().map((card) => Number(card.dataset.until)))
  if (Number.isFinite(next)) leaving = setTimeout(read, Math.min(Math.max(next - Date.now() - offset, 1000), 3600000))
  tick()
}

function tick() {
  for (const time of box.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() + offset - Number(time.dataset.since)) / 1000))
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, String(seconds % 60).padStart(2, "0")]
    time.textContent = hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`
  }
}

let later
function soon() {
  clearTimeout(later)
  later = setTimeout(read, 50)
}

if (box) {
  document.body.addEventListener("live:call.changed", soon)
  document.body.addEventListener("live:reconnected", soon)
  document.body.addEventListener("live:lead.changed", ({ detail }) => {
    if (cards().some((card) => card.dataset.lead === detail.id)) soon()
  })
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible" && isStale) read() })
  document.addEventListener("close", () => setTimeout(() => { if (!box.hidden) place() }), true)

  box.addEventListener("click", (event) => {
    const button = event.target.closest("[data-call-close]")
    if (!button) return
    const card = button.closest("[data-call]")
    // The request goes on by itself; other tabs hear of it.
    setTimeout(() => { card.remove(); settle() })
  })
  box.addEventListener("keydown", (event) => {
    const card = event.target.closest("[data-call]")
    if (event.key !== "Escape" || !card || event.target.matches("textarea")) return
    event.preventDefault()
    event.stopPropagation()
    card.querySelector("[data-call-close]").click()
  })
  box.addEventListener("htmx:afterRequest", ({ target, detail }) => {
    if (target.matches("[data-call-note]") && detail.successful) target.reset()
    if (!target.matches("[data-call-close]")) soon()
  })
  setInterval(tick, 1000)
  window.htmx ? read() : addEventListener("load", read)
}
