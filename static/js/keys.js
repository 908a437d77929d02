// Keyboard shortcuts, bound to the physical key (event.code), so they work in the Russian layout too.
// Markup: data-key="t" on a button or link; "g u" is a sequence, "Ctrl-Enter" works inside fields.

import { el, text } from "crm/text"

const SEQUENCE_MS = 1200
const CODES = { "/": "Slash", ".": "Period", ",": "Comma", "[": "BracketLeft", "]": "BracketRight", "-": "Minus", "=": "Equal" }
const bound = new Map()
let prefix = ""
let prefixTimer

/** Bind a key from a page's script: bind("m", move, "Move to…"). Answers a function that unbinds. */
export function bind(spec, action, label = "", group = "page") {
  bound.set(spec, { action, label, group })
  return () => bound.delete(spec)
}

function codeName(event) {
  if (/^Key[A-Z]$/.test(event.code)) return event.code.slice(3).toLowerCase()
  if (/^Digit\d$/.test(event.code)) return event.code.slice(5)
  if (event.code.startsWith("Numpad") && /^\d$/.test(event.key)) return event.key
  return Object.keys(CODES).find((sign) => CODES[sign] === event.code) ?? event.key
}

function specOf(event) {
  const name = codeName(event)
  const modified = event.ctrlKey || event.metaKey ? "Ctrl-" : ""
  if (!modified && event.key === "?") return "?"
  if (!modified && event.shiftKey && event.code === "Slash") return "?"
  const shift = event.shiftKey && name.length === 1 ? "Shift-" : ""
  return `${modified}${event.altKey ? "Alt-" : ""}${shift}${name}`
}

const isTyping = (target) => target instanceof Element && Boolean(target.closest("input:not([type=checkbox],[type=radio],[type=range],[type=button],[type=submit]), textarea, select, [contenteditable]:not([contenteditable=false])"))
// Keys mean what is on top: an open menu, else the last dialog, else the page.
const scope = () => document.querySelector('[popover][role="menu"]:popover-open') ?? [...document.querySelectorAll("dialog:modal")].pop() ?? document

/** Tell whether single-key shortcuts are on (they can be switched off in the help, WCAG 2.1.4). */
export const isOn = () => localStorage.getItem("keys") !== "off"

const isVisible = (element) => element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null

function target(spec, event) {
  const found = [...scope().querySelectorAll(`[data-key="${CSS.escape(spec)}"]`)].filter((element) => !element.disabled && (isVisible(element) || element.dataset.keyHidden !== undefined))
  const near = event.target instanceof Element ? event.target.closest("form, [data-row]") : null
  return found.find((element) => near?.contains(element)) ?? found.find((element) => element.closest("[data-row].on")) ?? found[0]
}

function run(spec, event) {
  const element = target(spec, event)
  const binding = bound.get(spec)
  if (!element && (!binding || scope() !== document)) return false
  event.preventDefault()
  if (!element) binding.action(event)
  else if (element.matches("input:not([type=checkbox],[type=radio],[type=submit]), textarea, select")) element.focus()
  else element.click()
  return true
}

function startsSequence(name) {
  const begins = `${name} `
  return [...bound.keys()].some((spec) => spec.startsWith(begins)) || document.querySelector(`[data-key^="${CSS.escape(name)} "]`)
}

function forget() {
  clearTimeout(prefixTimer)
  prefix = ""
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || ["Shift", "Control", "Alt", "Meta"].includes(event.key)) return
  const spec = specOf(event)
  const isChord = event.ctrlKey || event.metaKey
  if (isTyping(event.target) && !isChord) return leaveField(event)
  if (event.altKey && !isChord) return
  if (isChord) return void run(spec, event)
  if (spec === "Escape") return void escape(event)
  if (!isOn() && spec.length === 1) return
  if (prefix) {
    const whole = `${prefix} ${spec}`
    forget()
    if (run(whole, event)) return
  }
  if (event.repeat && !["j", "k"].includes(spec)) return
  if (scope() === document && startsSequence(spec)) {
    prefix = spec
    prefixTimer = setTimeout(forget, SEQUENCE_MS)
    return event.preventDefault()
  }
  if (!run(spec, event)) walkList(spec, event)
})

function leaveField(event) {
  if (event.key !== "Escape" || scope() !== document || event.target.closest("[popover], .ts-wrapper")) return
  event.target.blur()
  event.stopPropagation()
}

// The browser closes dialogs and popovers itself; what is left steps back a page.
function escape(event) {
  if (scope() !== document || document.querySelector("[popover]:popover-open")) return
  run("Escape", event)
}

// --- Lists: j and k walk the rows of [data-list]; Enter is the link's own -----------------------
const rowsOf = (list) => [...list.querySelectorAll("[data-row]")].filter(isVisible)
const linkOf = (row) => row.querySelector("[data-open]") ?? row.querySelector("a[href], button") ?? row

function walkList(spec, event) {
  const change = { j: 1, k: -1 }[spec]
  if (!change) return
  const list = document.activeElement?.closest("[data-list]") ?? scope().querySelector("[data-list]")
  const rows = list ? rowsOf(list) : []
  if (!rows.length) return
  event.preventDefault()
  const here = document.activeElement?.closest("[data-row]") ?? list.querySelector("[data-row].on")
  const at = rows.indexOf(here)
  focusRow(at < 0 ? rows[change > 0 ? 0 : rows.length - 1] : rows[Math.min(Math.max(at + change, 0), rows.length - 1)])
}

/** Focus a row's link and tell the page: it hears row:focus on the row. */
export function focusRow(row) {
  const link = linkOf(row)
  if (link === row && !row.hasAttribute("tabindex")) row.tabIndex = -1
  link.focus({ preventScroll: true })
  row.scrollIntoView({ block: "nearest" })
  row.dispatchEvent(new CustomEvent("row:focus", { bubbles: true }))
}

// --- Help: everything that can be pressed on this page -------------------------------------------
const labelOf = (element) => element.dataset.keyLabel || element.getAttribute("aria-label") || element.textContent.replace(/\s+/g, " ").trim()

function collect() {
  const groups = { all: new Map(), go: new Map(), list: new Map(), page: new Map() }
  for (const element of document.querySelectorAll("[data-key]")) {
    if (/^\d$/.test(element.dataset.key)) groups.list.set("1–9", text("key_digits")) // entries of menus: the menu shows them
    else groups[element.dataset.keyGroup ?? "page"]?.set(element.dataset.key, labelOf(element))
  }
  for (const [spec, { label, group }] of bound) if (label) groups[group]?.set(spec, label)
  groups.all.set("Esc", text("key_escape"))
  if (document.querySelector("[data-list]")) {
    groups.list.set("j", text("key_next")).set("k", text("key_previous")).set("Enter", text("key_open"))
  }
  groups.page.delete("Escape")
  return groups
}

/** Rows of the help: what two keys do stands once, with both. */
function rowsOfHelp(keys) {
  const byLabel = new Map()
  for (const [spec, label] of keys) byLabel.set(label, [...(byLabel.get(label) ?? []), spec])
  return [...byLabel].map(([label, specs]) => el("li", {}, el("span", {}, label), ...specs.flatMap(caps).filter(Boolean)))
}

const caps = (spec) => spec.split(" ").flatMap((key, index) => [index ? ` ${text("then")} ` : null, el("kbd", {}, key.replace("Ctrl-", "Ctrl ").replace(/^Ctrl \w$/, (chord) => `Ctrl ${chord.at(-1).toUpperCase()}`).replace("Enter", "↵"))])

export function showHelp() {
  const box = document.getElementById("keys-help")
  if (!box || box.open) return
  const sections = Object.entries(collect()).filter(([, keys]) => keys.size).map(([group, keys]) =>
    el("section", {}, el("h3", {}, text(`keys_${group}`)),
      el("ul", {}, ...rowsOfHelp(keys))))
  box.querySelector(".keys-list").replaceChildren(...sections)
  box.querySelector("[data-keys-switch]").checked = isOn()
  box.showModal()
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-keys-help]") : null
  if (!link || event.ctrlKey || event.metaKey) return
  event.preventDefault()
  showHelp()
})
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-keys-switch]")) localStorage.setItem("keys", event.target.checked ? "on" : "off")
})
