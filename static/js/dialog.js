// Links with data-dialog open their page inside a dialog; the server sees HX-Target: dialog-body and
// answers the same template without the frame (base_template). Without scripts they are plain links.

import { isLogin, reasonIn, sessionEnded } from "crm/net"
import { text } from "crm/text"
import { toast } from "crm/toast"

const dialog = () => document.getElementById("dialog")
const body = () => document.getElementById("dialog-body")
let opener = null
let isDirty = false

/** Open a URL in the dialog; size is "", "l" or "s". */
export async function openDialog(url, { size = "" } = {}) {
  opener = document.activeElement
  isDirty = false
  const box = dialog()
  box.className = `dlg ${size ? `dlg-${size}` : ""}`
  const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": "dialog-body", "HX-Current-URL": location.href } }).catch(() => null)
  if (!answer) return toast({ text: text("load_failed"), level: "danger" })
  if (answer.status === 401 || isLogin(answer.url)) return sessionEnded()
  const away = answer.headers.get("HX-Redirect")
  if (away) return location.assign(away)
  const html = await answer.text()
  if (!answer.ok) return toast({ text: reason(html, answer.status), level: "danger" })
  show(html, url)
}

function reason(html, status) {
  return reasonIn(html) || text({ 403: "forbidden", 404: "missing", 503: "busy" }[status] ?? "failed")
}

function show(html, url) {
  body().innerHTML = html
  adopt(url)
  // What HTMX says of content it brings itself: players, selects and tables wake up on it.
  window.htmx?.trigger(body(), "htmx:load", { elt: body() })
  if (!dialog().open) dialog().showModal()
  focusFirst()
}

function adopt(url) {
  // A form without an address posts back to the page it came from, not to the page under the dialog.
  for (const form of body().querySelectorAll("form:not([hx-post]):not([method=dialog])")) {
    if (!form.getAttribute("action")) form.setAttribute("action", url)
    if (!form.hasAttribute("data-plain")) form.setAttribute(form.method === "post" ? "hx-post" : "hx-get", form.getAttribute("action"))
    form.setAttribute("hx-target", "#dialog-body")
    form.setAttribute("hx-swap", "innerHTML")
  }
  window.htmx?.process(body())
}

function focusFirst() {
  const wanted = body().querySelector("[autofocus], [aria-invalid=true], input:not([type=hidden]), select, textarea")
  // Nothing to fill in: the first choice, so that arrows and Tab begin there and not at the cross.
  const first = wanted ?? body().querySelector(":is(.dlg-b, form, ul, ol) :is(a[href], button):not([disabled], [data-dialog-close])")
  first?.focus()
}

/** Close the dialog; asks first when something was typed and force is not set. */
export async function closeDialog({ force = false } = {}) {
  if (!dialog().open) return
  if (isDirty && !force && !(await ask({ title: text("unsaved"), yes: text("close") }))) return
  dialog().close()
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-dialog]") : null
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault()
    openDialog(link.getAttribute("href") ?? link.dataset.dialog, { size: link.dataset.dialogSize ?? "" })
  }
  const close = event.target instanceof Element ? event.target.closest("dialog [data-dialog-close]") : null
  if (close) {
    event.preventDefault()
    close.closest("dialog") === dialog() ? closeDialog() : close.closest("dialog").close()
  }
})

// A press on the backdrop closes; one that began inside (selecting text) does not.
document.addEventListener("pointerdown", (event) => {
  if (!(event.target instanceof HTMLDialogElement) || event.target.id === "confirm") return
  const box = event.target.getBoundingClientRect()
  const isInside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom
  if (!isInside) event.target === dialog() ? closeDialog() : event.target.close()
})

document.addEventListener("cancel", (event) => {
  if (event.target !== dialog() || !isDirty) return
  event.preventDefault()
  closeDialog()
}, true)

document.addEventListener("close", (event) => {
  if (event.target !== dialog()) return
  body().replaceChildren()
  isDirty = false
  opener?.isConnected && opener.focus()
}, true)

document.addEventListener("input", (event) => { if (event.target.closest?.("#dialog-body form:not([role=search], [data-keeps-nothing])")) isDirty = true })
document.addEventListener("dialog:close", () => closeDialog({ force: true }))
document.addEventListener("dialog:open", (event) => openDialog(event.detail.url, event.detail))
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "dialog-body") return
  adopt(event.detail.pathInfo?.requestPath ?? location.href)
  // A button of the page asked for something and is asked back: Won, and the stage wants an amount.
  if (!dialog().open) {
    opener = document.activeElement
    dialog().className = "dlg"
    dialog().showModal()
  }
  focusFirst()
})

/** Ask a yes-or-no question; resolves to true for yes. */
export function ask({ title = text("confirm_title"), message = "", yes = text("delete"), isDanger = true } = {}) {
  const box = document.getElementById("confirm")
  box.querySelector("#confirm-title").textContent = title
  box.querySelector("#confirm-text").textContent = message
  const button = box.querySelector("#confirm-yes")
  button.textContent = yes
  button.className = `btn ${isDanger ? "btn-danger" : "btn-primary"}`
  box.returnValue = ""
  box.showModal()
  return new Promise((resolve) => {
    box.addEventListener("close", () => resolve(box.returnValue === "yes"), { once: true })
  })
}

// hx-confirm="Delete the lead?" uses the same dialog; data-confirm-yes names the button.
document.addEventListener("htmx:confirm", async (event) => {
  if (!event.detail.question) return
  event.preventDefault()
  const yes = event.detail.elt.dataset.confirmYes
  if (await ask({ title: event.detail.question, message: event.detail.elt.dataset.confirmText ?? "", ...(yes ? { yes } : {}) })) {
    event.detail.issueRequest(true)
  }
})

// The same for plain forms: <form data-confirm="…">.
document.addEventListener("submit", async (event) => {
  const form = event.target
  if (!form.dataset.confirm || form.dataset.confirmed) return
  event.preventDefault()
  event.stopImmediatePropagation()
  if (!(await ask({ title: form.dataset.confirm, message: form.dataset.confirmText ?? "", ...(form.dataset.confirmYes ? { yes: form.dataset.confirmYes } : {}) }))) return
  form.dataset.confirmed = "1"
  form.requestSubmit(event.submitter)
}, true)
