// Composer of a card: tabs, Ctrl-Enter, @mentions. The fragment carries this module; it runs once a page.

import { el } from "crm/text"

const box = () => document.getElementById("composer")
const tabs = (root) => [...root.querySelectorAll('[role="tab"]:not([hidden])')]

// --- Tabs: one panel open; task, call and meeting share a form --------------------------------------
function choose(tab, { focus = true } = {}) {
  const root = tab.closest("[data-composer]")
  for (const other of root.querySelectorAll('[role="tab"]')) {
    const isOn = other === tab
    other.classList.toggle("on", isOn)
    other.setAttribute("aria-selected", String(isOn))
    other.tabIndex = isOn ? 0 : -1
  }
  const panelId = tab.getAttribute("aria-controls")
  for (const panel of root.querySelectorAll('[role="tabpanel"]')) panel.hidden = panel.id !== panelId
  const panel = root.querySelector(`#${panelId}`)
  panel.setAttribute("aria-labelledby", tab.id)
  if (tab.dataset.kind) adapt(panel.querySelector("form"), tab.dataset)
  root.dataset.tab = tab.id.replace("cmp-tab-", "")
  if (focus) {
    root.dataset.chosen = "1"
    root.classList.add("open")
    panel.querySelector("textarea, input:not([type=hidden]), select")?.focus()
  }
}

function adapt(form, { kind, placeholder }) {
  form.elements.kind.value = kind
  form.elements.subject.placeholder = placeholder
  form.elements.subject.setAttribute("aria-label", placeholder)
  form.querySelector(".cmp-happened").hidden = kind === "task"
  if (kind === "task") form.elements.is_done.checked = false
}

function start(root) {
  if (!root || root.dataset.ready) return
  root.dataset.ready = "1"
  if (root.dataset.tab) root.dataset.chosen = "1"
  const wanted = root.querySelector(`#cmp-tab-${root.dataset.tab || "note"}`)
  choose(wanted ?? root.querySelector("#cmp-tab-note"), { focus: false })
}

// The reply form comes from the channels; where the client can be written to, answering is what one is here for.
document.addEventListener("htmx:afterSettle", (event) => {
  const panel = event.target instanceof Element ? event.target.closest("[data-composer]")?.querySelector("#cmp-reply") : null
  if (!panel?.firstElementChild) return
  const root = panel.closest("[data-composer]")
  const tab = root.querySelector("#cmp-tab-reply")
  if (!tab.hidden) return
  tab.hidden = false
  if (panel.querySelector("form") && !root.dataset.chosen) choose(tab, { focus: false })
})

document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element)) return
  const tab = event.target.closest('[data-composer] [role="tab"]')
  if (tab) choose(tab)
  if (event.target.closest("[data-composer-close]")) box().classList.remove("open")
  const opener = event.target.closest('[data-composer-open], a[href="#composer"]')
  if (opener && box()) {
    event.preventDefault()
    choose(box().querySelector(`#cmp-tab-${opener.dataset.composerOpen ?? "reply"}:not([hidden])`) ?? tabs(box())[0])
    box().scrollIntoView({ block: "nearest" })
  }
})

document.addEventListener("keydown", (event) => {
  if (!(event.target instanceof Element)) return
  const tab = event.target.closest('[data-composer] [role="tab"]')
  if (tab && ["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) {
    const all = tabs(tab.closest("[data-composer]"))
    const at = all.indexOf(tab)
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: all.length - 1 }[event.key]
    const next = all[(to + all.length) % all.length]
    choose(next, { focus: false })
    next.focus()
    event.preventDefault()
  }
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.closest("[data-composer] textarea, [data-composer] input")) {
    event.preventDefault()
    event.stopPropagation()
    event.target.form?.requestSubmit()
  }
}, true)

// --- @mentions: a list of colleagues under the text, walked with the arrows -------------------------
const WORD = /(^|[\s(])@([\p{L}\p{N}][\p{L}\p{N} .-]{0,30}|)$/u
let list = null
let field = null
let timer

function close() {
  list?.remove()
  list = null
  field?.removeAttribute("aria-activedescendant")
  field?.setAttribute("aria-expanded", "false")
}

const typed = (area) => area.value.slice(0, area.selectionStart).match(WORD)

async function suggest(area) {
  const match = typed(area)
  if (!match) return close()
  const answer = await fetch(`${area.dataset.mentions}?q=${encodeURIComponent(match[2])}`, { headers: { "HX-Request": "true" } }).catch(() => null)
  if (!answer?.ok || document.activeElement !== area) return close()
  const { results } = await answer.json()
  if (!results.length) return close()
  close()
  field = area
  list = el("ul", { class: "menu mentions", role: "listbox", id: "mentions" },
    ...results.map((person, index) => el("li", { class: "menu-item", role: "option", id: `mention-${index}`, "data-name": person.name, "aria-selected": String(index === 0) }, person.name)))
  area.after(list)
  area.setAttribute("role", "combobox")
  area.setAttribute("aria-controls", "mentions")
  area.setAttribute("aria-autocomplete", "list")
  area.setAttribute("aria-expanded", "true")
  area.setAttribute("aria-activedescendant", "mention-0")
}

function accept(name) {
  const end = field.selectionStart
  const match = typed(field)
  if (match) {
    const begin = end - match[2].length
    field.setRangeText(`${name} `, begin, end, "end")
  }
  field.focus()
  close()
}

document.addEventListener("input", (event) => {
  if (!(event.target instanceof Element) || !event.target.matches("[data-mentions]")) return
  clearTimeout(timer)
  timer = setTimeout(() => suggest(event.target), 120)
})
document.addEventListener("keydown", (event) => {
  if (!list || event.target !== field) return
  const options = [...list.children]
  const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true")
  if (event.key === "Escape") close()
  else if (["Enter", "Tab"].includes(event.key) && !event.ctrlKey && !event.metaKey) accept(options[at].dataset.name)
  else if (["ArrowDown", "ArrowUp"].includes(event.key)) {
    const next = (at + (event.key === "ArrowDown" ? 1 : -1) + options.length) % options.length
    options.forEach((option, index) => option.setAttribute("aria-selected", String(index === next)))
    field.setAttribute("aria-activedescendant", options[next].id)
  } else return
  event.preventDefault()
  event.stopPropagation()
}, true)
document.addEventListener("pointerdown", (event) => {
  const option = event.target instanceof Element ? event.target.closest(".mentions [role=option]") : null
  if (!option) return void (event.target !== field && close())
  event.preventDefault()
  accept(option.dataset.name)
})

start(box())
document.addEventListener("htmx:load", () => start(box()))
