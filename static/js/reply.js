// The reply form of a record: which way it goes, the names of files, Ctrl-Enter. It comes with its fragment,
// so everything is delegated.

import { post } from "crm/net"

const form = (node) => (node instanceof Element ? node.closest("form[data-reply]") : null)

document.addEventListener("change", (event) => {
  const reply = form(event.target)
  if (!reply) return
  if (event.target.name === "route") fitWay(reply)
  if (event.target.name === "files") {
    const names = [...event.target.files].map((file) => file.name)
    reply.querySelector("[data-reply-files]").textContent = names.join(", ")
  }
})

// What belongs to a letter is shown while one is written: its subject, and the signature of its mailbox.
function fitWay(reply) {
  for (const signature of reply.querySelectorAll("[data-reply-sign]")) {
    signature.hidden = !signature.dataset.replySign.split(" ").includes(reply.elements.route.value)
  }
  const way = reply.querySelector('select[name="route"]')?.selectedOptions[0]
  const field = reply.querySelector("[data-reply-subject]")
  if (!way || !field) return
  field.hidden = !way.dataset.mail
  if (way.dataset.subject) field.value = way.dataset.subject
}

// A visitor of the site sees that somebody types; more often than every three seconds tells them nothing.
let typedAt = 0
document.addEventListener("input", (event) => {
  const reply = form(event.target)
  if (!reply?.dataset.typing || event.target.name !== "text" || Date.now() - typedAt < 3000) return
  typedAt = Date.now()
  const facts = new FormData(reply)
  facts.delete("files")
  facts.delete("text")
  post(reply.dataset.typing, facts).catch(() => {})
})

// Ctrl-Enter sends, also where the browser would only break the line.
document.addEventListener("keydown", (event) => {
  const reply = form(event.target)
  if (reply && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    reply.querySelector("[data-reply-send]").click()
  }
})

const fitWays = (root) => root.querySelectorAll?.("form[data-reply]").forEach(fitWay)
document.addEventListener("htmx:load", (event) => fitWays(event.detail.elt))
fitWays(document)

// What was sent is gone from the field, and the keys of the page are the reader's again: r writes once more.
document.addEventListener("htmx:afterSettle", (event) => {
  const hasSent = event.detail.requestConfig?.verb === "post" && event.detail.target?.id === "reply-composer"
  if (hasSent && document.activeElement?.closest("[data-reply]")) document.activeElement.blur()
})
