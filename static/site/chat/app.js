// Puts the widget on the page: its own tree of elements, which the site's styles don't reach and which needs no
// permission for inline styles (the stylesheet is adopted, not written into the page).

import { Api } from "./api.js"
import { h } from "./dom.js"
import { noteVisit, openStore, zone } from "./visit.js"

const GAP = 72 // between the buttons of two widgets in one corner

export async function start(script, from) {
  const token = script.dataset.channel
  if (!token) return
  if (!document.body) await new Promise((ready) => addEventListener("DOMContentLoaded", ready))
  const store = openStore(`crm-chat:${token}`)
  const isNewVisit = noteVisit(store)
  const api = new Api(from.origin, token, store)
  const lang = script.dataset.lang || document.documentElement.lang || navigator.language || ""
  let config, sheet
  try {
    ;[config, sheet] = await Promise.all([api.config(lang, zone()), stylesheet(from)])
  } catch {
    return // no such channel, switched off, or we are away: the site has no use for our trouble
  }
  const { host, root } = stage(config, sheet)
  const kind = await (config.kind === "callback" ? import("./callback.js") : import("./window.js"))
  const widget = new kind.Window({ host, root, config, api, store, script, isNewVisit })
  widget.begin()
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(`[data-crm-open="${config.kind}"]`)) return
    event.preventDefault()
    widget.open()
  })
}

async function stylesheet(from) {
  const answer = await fetch(new URL("chat.css" + from.search, from), { credentials: "omit" })
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(await answer.text())
  return sheet
}

function stage(config, sheet) {
  const host = document.createElement("crm-widget")
  const neighbours = document.querySelectorAll(`crm-widget[data-corner="${config.corner}"]`).length
  host.dataset.corner = config.corner
  paint(host, config.theme)
  host.lang = config.lang
  host.style.setProperty("--accent", config.colour)
  host.style.setProperty("--ink", config.ink)
  host.style.setProperty("--lift", `${neighbours * GAP}px`)
  const shadow = host.attachShadow({ mode: "open" })
  shadow.adoptedStyleSheets = [sheet]
  const root = h("div", { class: "stage" }) // what the page says of every element ends here
  shadow.append(root)
  document.body.append(host)
  return { host, root }
}

// Light or dark, also when the system changes its mind.
function paint(host, theme) {
  const dark = matchMedia("(prefers-color-scheme: dark)")
  const show = () => (host.dataset.theme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme)
  dark.addEventListener("change", show)
  show()
}
