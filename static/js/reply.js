// The reply form of a record: which way it goes, the names of files, Ctrl-Enter. It comes with its fragment,
// so everything is delegated.

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
