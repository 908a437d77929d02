// The composer of a talk: answer or comment, drafts, files, canned replies by /, and who is typing.

import { say, workspace } from "crm/dialogs-page"
import { post } from "crm/net"
import { el, icon } from "crm/text"
import { toast } from "crm/toast"

const TYPING_MS = 3000 // said again so often
const SILENT_MS = 6000 // a colleague who says nothing for so long has stopped
const box = () => document.getElementById("talk-composer")
const reply = () => box()?.querySelector("[data-talk-reply]")
const area = () => box()?.querySelector("[data-talk-text]")
const talkId = () => document.querySelector("[data-talk]")?.dataset.talk

// --- Which of the two -------------------------------------------------------------------------------
const shown = () => [...(box()?.querySelectorAll("textarea") ?? [])].find((field) => field.checkVisibility())
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-mode]")) shown()?.focus()
  if (event.target.matches?.("[data-talk-reply] input[type=file]")) {
    const names = [...event.target.files].map((file) => file.name)
    box().querySelector("[data-talk-files]").textContent = names.join(", ")
  }
})
// r and c, and a click, go to the field at once: the next key is typed into it already.
document.addEventListener("click", (event) => {
  const label = event.target.closest?.("#talk-composer label.tab")
  if (!label || event.target.matches("input")) return
  event.preventDefault()
  label.querySelector("input").checked = true
  shown()?.focus()
})

// --- Drafts: what was typed waits in its dialog ------------------------------------------------------
const draftKey = (field) => `talk:${talkId()}:${field.id}`
document.addEventListener("input", (event) => {
  if (!event.target.matches?.("#talk-composer textarea")) return
  event.target.value ? sessionStorage.setItem(draftKey(event.target), event.target.value) : sessionStorage.removeItem(draftKey(event.target))
})
function restoreDrafts() {
  for (const field of box()?.querySelectorAll("textarea") ?? []) field.value ||= sessionStorage.getItem(draftKey(field)) ?? ""
}
document.body.addEventListener("talk:opened", restoreDrafts)
restoreDrafts()

document.body.addEventListener("talk:written", ({ detail }) => {
  if (detail.id !== talkId()) return
  const field = shown()
  if (!field) return
  field.value = ""
  sessionStorage.removeItem(draftKey(field))
  const files = reply()?.querySelector("input[type=file]")
  if (field === area() && reply().elements.unsigned) reply().elements.unsigned.checked = false
  if (field === area() && files) { files.value = ""; box().querySelector("[data-talk-files]").textContent = "" }
  stopTyping()
  // The keys of the page are the reader's again: r writes once more.
  if (document.activeElement?.closest("#talk-composer")) document.activeElement.blur()
})

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("#talk-composer form")
  if (!form || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return
  event.preventDefault()
  event.stopPropagation()
  form.querySelector("[data-talk-send]").click()
}, true)

// --- Typing -----------------------------------------------------------------------------------------
let saidAt = 0
let typingUrl = ""
document.addEventListener("input", (event) => {
  if (event.target !== area() || Date.now() - saidAt < TYPING_MS || !area().value) return
  saidAt = Date.now()
  typingUrl = reply().dataset.typingUrl
  post(typingUrl).catch(() => {})
})
function stopTyping() {
  if (typingUrl) post(typingUrl, { stopped: "1" }).catch(() => {})
  typingUrl = ""
  saidAt = 0
}
document.addEventListener("focusout", (event) => { if (event.target === area()) stopTyping() })

const typists = new Map()
document.body.addEventListener("live:dialog.typing", ({ detail }) => {
  if (detail.id !== talkId() || detail.who === workspace.dataset.me) return
  clearTimeout(typists.get(detail.who)?.timer)
  typists.delete(detail.who)
  if (detail.is_typing) {
    const words = detail.who === "client" ? say("client_typing") : say("typing", { name: detail.name })
    typists.set(detail.who, { words, timer: setTimeout(() => { typists.delete(detail.who); showTypists() }, SILENT_MS) })
  }
  showTypists()
})
document.body.addEventListener("talk:opened", () => { for (const { timer } of typists.values()) clearTimeout(timer); typists.clear() })
function showTypists() {
  const line = document.querySelector("[data-typing]")
  if (line) line.textContent = [...typists.values()].map(({ words }) => words).join(" ")
}

// --- Canned replies: / at the beginning of a line, or the button -------------------------------------
const TYPED = /(^|\n)\/([\p{L}\p{N}_.-]*)$/u
let menu = null
let offers = []
let asked = 0

function close() {
  menu?.remove()
  menu = null
  area()?.removeAttribute("aria-activedescendant")
  area()?.setAttribute("aria-expanded", "false")
}

const typed = () => area()?.value.slice(0, area().selectionStart).match(TYPED)

async function offer(query) {
  const mine = (asked += 1)
  const response = await fetch(`${reply().dataset.cannedUrl}?q=${encodeURIComponent(query)}`, { headers: { "HX-Request": "true" } }).catch(() => null)
  if (!response?.ok || mine !== asked) return
  offers = (await response.json()).results
  close()
  const options = offers.map(({ shortcut, subject, preview }, index) =>
    el("li", { class: "menu-item", role: "option", id: `canned-${index}`, "aria-selected": String(index === 0) },
      el("b", { class: "m" }, `/${shortcut}`), el("span", { class: "cut sec" }, [subject, preview].filter(Boolean).join(" · "))))
  const list = el("ul", { role: "listbox", id: "canned", "aria-label": box().querySelector("[data-canned-open]").textContent.trim() },
    ...(options.length ? options : [el("li", { class: "menu-item", role: "option", "aria-disabled": "true", "aria-selected": "false" }, icon("message-bolt"), say("no_canned"))]))
  menu = el("div", { class: "menu canned" }, list, el("div", { class: "menu-sep" }),
    el("a", { class: "menu-item", href: reply().dataset.cannedSettings }, icon("settings"), say("canned_settings")))
  box().append(menu)
  const field = area()
  field.setAttribute("role", "combobox")
  field.setAttribute("aria-controls", "canned")
  field.setAttribute("aria-autocomplete", "list")
  field.setAttribute("aria-expanded", "true")
  if (options.length) field.setAttribute("aria-activedescendant", "canned-0")
}

function insert(index) {
  const chosen = offers[index]
  if (!chosen) return close()
  const field = area()
  const match = typed()
  const end = field.selectionStart
  field.setRangeText(chosen.text, match ? end - match[2].length - 1 : end, end, "end")
  const subject = reply().querySelector("[name=subject]")
  if (subject && chosen.subject) subject.value = chosen.subject
  close()
  field.focus()
  field.dispatchEvent(new InputEvent("input", { bubbles: true }))
  if (chosen.missing.length) toast({ text: say("missing", { names: chosen.missing.join(", ") }), level: "warning" })
}

document.addEventListener("input", (event) => {
  if (event.target !== area()) return
  const match = typed()
  match ? offer(match[2]) : close()
})
document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-canned-open]")
  if (opener && !event.ctrlKey && !event.metaKey) {
    event.preventDefault()
    area().focus()
    return void (menu ? close() : offer(""))
  }
  const option = event.target.closest?.(".canned [role=option]")
  if (option) return insert([...option.parentElement.children].indexOf(option))
  if (menu && event.target !== area() && !menu.contains(event.target)) close()
})
document.addEventListener("keydown", (event) => {
  if (!menu || event.target !== area()) return
  const options = [...menu.querySelectorAll("[role=option][id]")]
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true")
  if (event.key === "Escape") close()
  else if (["Enter", "Tab"].includes(event.key) && !event.ctrlKey && !event.metaKey) insert(at)
  else if (["ArrowDown", "ArrowUp"].includes(event.key) && options.length) {
    const next = (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === next)))
    options[next].scrollIntoView({ block: "nearest" })
    area().setAttribute("aria-activedescendant", options[next].id)
  } else return
  event.preventDefault()
  event.stopPropagation()
}, true)

// --- Letters load when they are unfolded; the frame may be measured but runs no scripts --------------
document.addEventListener("toggle", (event) => {
  const details = event.target
  if (!(details instanceof HTMLDetailsElement) || !details.open || !details.dataset.mail || details.querySelector("iframe")) return
  const frame = el("iframe", { sandbox: "allow-same-origin allow-popups allow-popups-to-escape-sandbox", title: details.querySelector("summary").textContent, class: "tl-letter" })
  frame.addEventListener("load", () => {
    const page = frame.contentDocument?.documentElement
    if (page) frame.style.height = `${Math.min(Math.max(page.scrollHeight, 80), 900)}px`
  })
  frame.src = details.dataset.mail
  details.append(frame)
}, true)
