// Menus: native popovers, placed by their button, walked with the arrows, closed with Esc by the browser.

const GAP = 4
const EDGE = 8

const invoker = (menu) => document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]:is(:focus,:hover,[aria-expanded=true])`)
  ?? document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`)

/** Put a floating element under (or above) its button, inside the window. */
export function place(menu, button) {
  if (!button || matchMedia("(max-width: 720px)").matches) {
    menu.style.removeProperty("left")
    menu.style.removeProperty("top")
    return
  }
  const at = button.getBoundingClientRect()
  const size = menu.getBoundingClientRect()
  const fitsRight = at.left + size.width <= innerWidth - EDGE
  const left = fitsRight ? at.left : Math.max(EDGE, at.right - size.width)
  const below = at.bottom + GAP
  const above = at.top - GAP - size.height
  const top = below + size.height <= innerHeight - EDGE || above < EDGE ? Math.min(below, innerHeight - EDGE - size.height) : above
  menu.style.left = `${Math.round(left)}px`
  menu.style.top = `${Math.round(Math.max(EDGE, top))}px`
}

const items = (menu) => [...menu.querySelectorAll('[role^="menuitem"]:not([disabled]), .menu-item:not([disabled])')].filter((item) => item.checkVisibility())

function step(menu, change) {
  const all = items(menu)
  if (!all.length) return
  const at = all.indexOf(document.activeElement)
  all[(at + change + all.length) % all.length].focus()
}

function typeAhead(menu, letter) {
  const all = items(menu)
  const from = all.indexOf(document.activeElement) + 1
  const ordered = [...all.slice(from), ...all.slice(0, from)]
  ordered.find((item) => item.textContent.trim().toLocaleLowerCase().startsWith(letter))?.focus()
}

// Menus whose entries have keys of their own (reasons 1-9) leave letters to them.
const isLetter = (event) => /^\p{L}$/u.test(event.key) && !event.ctrlKey && !event.metaKey && !event.target.matches("input")

function load(menu) {
  const body = menu.querySelector(".pop-body") ?? menu
  if (menu.dataset.src && window.htmx) window.htmx.ajax("GET", menu.dataset.src, { target: body, swap: "innerHTML" })
}

document.addEventListener("toggle", (event) => {
  const menu = event.target
  if (!(menu instanceof Element) || !menu.matches("[popover].menu")) return
  const button = invoker(menu)
  const isOpen = event.newState === "open"
  button?.setAttribute("aria-expanded", String(isOpen))
  if (!isOpen) return
  place(menu, button)
  load(menu)
  if (menu.getAttribute("role") === "menu") items(menu)[0]?.focus()
}, true)

document.addEventListener("keydown", (event) => {
  const menu = event.target instanceof Element ? event.target.closest("[popover].menu") : null
  if (!menu || menu.getAttribute("role") !== "menu") return
  const moves = { ArrowDown: 1, ArrowUp: -1 }
  if (moves[event.key]) step(menu, moves[event.key])
  else if (event.key === "Home") items(menu)[0]?.focus()
  else if (event.key === "End") items(menu).at(-1)?.focus()
  else if (event.key === "Tab") return menu.hidePopover()
  else if (isLetter(event) && !menu.querySelector("[data-key]")) typeAhead(menu, event.key.toLocaleLowerCase())
  else return
  event.preventDefault()
  event.stopPropagation()
})

// Choosing closes: links, HTMX buttons and submits alike. data-stay keeps the menu open (column chooser).
document.addEventListener("click", (event) => {
  const item = event.target instanceof Element ? event.target.closest(".menu-item") : null
  const menu = item?.closest("[popover]")
  if (menu && !item.closest("[data-stay]")) menu.hidePopover()
})

document.addEventListener("htmx:afterSettle", (event) => {
  const menu = event.target instanceof Element ? event.target.closest("[popover].menu:popover-open") : null
  if (menu) place(menu, invoker(menu))
})
addEventListener("resize", () => {
  for (const menu of document.querySelectorAll("[popover].menu:popover-open")) place(menu, invoker(menu))
})
