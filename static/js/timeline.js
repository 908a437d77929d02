// Timeline of a card: hears what others did, and opens letters in a frame without scripts.
// The fragment carries this module; it runs once a page and works on whatever timeline is there.

const line = () => document.getElementById("timeline")

// Reading further down or listening must not be disturbed: then a button offers what is new.
function isBusy(section) {
  const scroller = section.closest(".scroll")
  return Boolean(section.querySelector(".player.playing, details[open], .menu:popover-open") || (scroller && scroller.scrollTop > 240))
}

function stale() {
  const section = line()
  if (!section) return
  if (isBusy(section)) section.querySelector("[data-timeline-new]").hidden = false
  else window.htmx.trigger(section, "timeline:stale")
}

let waiting
function later() {
  clearTimeout(waiting)
  waiting = setTimeout(stale, 300)
}

document.body.addEventListener("live:activity.changed", ({ detail }) => {
  const section = line()
  if (section && detail[section.dataset.timeline] === section.dataset.card) later()
})
document.body.addEventListener("live:reconnected", later)

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-timeline-new]") : null
  if (!button) return
  button.closest(".scroll")?.scrollTo({ top: 0 })
  window.htmx.trigger(line(), "timeline:stale")
})

// A letter loads when it is unfolded. The frame may be measured (same origin) but runs no scripts.
function fit(frame) {
  const page = frame.contentDocument?.documentElement
  if (page) frame.style.height = `${Math.min(Math.max(page.scrollHeight, 80), 900)}px`
}

document.addEventListener("toggle", (event) => {
  const details = event.target
  if (!(details instanceof HTMLDetailsElement) || !details.open || !details.dataset.mail || details.querySelector("iframe")) return
  const frame = document.createElement("iframe")
  frame.setAttribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox")
  frame.title = details.querySelector("summary").textContent
  frame.className = "tl-letter"
  frame.addEventListener("load", () => fit(frame))
  frame.src = details.dataset.mail
  details.append(frame)
}, true)
