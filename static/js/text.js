// The words scripts say come translated from the server (core/ui_texts.py).

let words
const load = () => (words ??= JSON.parse(document.getElementById("ui-text")?.textContent || "{}"))

/** Give a text by key with {name} marks filled in. */
export function text(key, values = {}) {
  const found = load()[key] ?? key
  return found.replace(/\{(\w+)\}/g, (mark, name) => values[name] ?? mark)
}

/** Say something to screen readers without showing it. */
export function announce(message) {
  const region = document.getElementById("announce")
  if (!region) return
  region.textContent = ""
  requestAnimationFrame(() => { region.textContent = message })
}

/** Draw a sprite icon for markup made by scripts. */
export function icon(name, css = "i") {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg")
  svg.setAttribute("class", css)
  svg.setAttribute("aria-hidden", "true")
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use")
  const sprite = document.querySelector("svg.i use")?.getAttribute("href").split("#")[0]
  use.setAttribute("href", `${sprite}#${name}`)
  svg.append(use)
  return svg
}

/** Make an element: el("button", {class: "btn", type: "button"}, "Save"). Text is never read as markup. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, "")
    else if (value !== false && value != null) node.setAttribute(name, value)
  }
  node.append(...children.filter((child) => child != null))
  return node
}
