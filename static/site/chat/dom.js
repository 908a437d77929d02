// Elements without markup in strings: nothing a visitor or a colleague wrote is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg"
const PATHS = {
  chat: "M3 20l1.3-3.9a9 8 0 1 1 3.4 2.9zM8 12h.01M12 12h.01M16 12h.01",
  phone: "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 6a2 2 0 0 1 2-2",
  close: "M18 6 6 18M6 6l12 12",
  down: "M6 9l6 6 6-6",
  send: "M10 14 21 3M21 3l-6.5 18a.55.55 0 0 1-1 0L10 14l-7-3.5a.55.55 0 0 1 0-1z",
  clip: "M15 7l-6.5 6.5a1.5 1.5 0 0 0 3 3L18 10a3 3 0 0 0-6-6l-6.5 6.5a4.5 4.5 0 0 0 9 9L21 13",
  sound: "M15 8a5 5 0 0 1 0 8M17.7 5a9 9 0 0 1 0 14M6 15H4a1 1 0 0 1-1-1v-4a1 1 0 0 1 1-1h2l3.5-4.5A.8.8 0 0 1 11 5v14a.8.8 0 0 1-1.5.5z",
  mute: "M6 15H4a1 1 0 0 1-1-1v-4a1 1 0 0 1 1-1h2l3.5-4.5A.8.8 0 0 1 11 5v14a.8.8 0 0 1-1.5.5zM16 10l4 4M20 10l-4 4",
  star: "M12 17.8 5.8 21l1.2-6.9-5-4.9 6.9-1L12 2l3.1 6.2 6.9 1-5 4.9 1.2 6.9z",
  check: "M5 12l5 5L20 7",
}

export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg")
  drawing.setAttribute("viewBox", "0 0 24 24")
  drawing.setAttribute("aria-hidden", "true")
  const path = document.createElementNS(SVG, "path")
  path.setAttribute("d", PATHS[name])
  drawing.append(path)
  return drawing
}

// h("button", { class: "x", onclick: f, "aria-label": "…" }, "text", node, null)
export function h(tag, facts = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(facts)) {
    if (value === null || value === undefined || value === false) continue
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value)
    else if (name in node && name !== "list" && name !== "form" && typeof value !== "string") node[name] = value
    else node.setAttribute(name, value === true ? "" : value)
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false))
  return node
}

export const button = (label, name, onclick, css = "quiet") =>
  h("button", { type: "button", class: css, "aria-label": label, title: label, onclick }, icon(name))

// Text with its addresses as links.
export function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>"'.,;:!?)\]])/).map((part, number) =>
    number % 2 ? h("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part) : part,
  )
}

export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "")

// The first letters of a name, for want of a picture.
export const initials = (name) =>
  name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0] || "")
    .join("")
    .toUpperCase()
