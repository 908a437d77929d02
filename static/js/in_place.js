// Facts of a record edited in their place: Escape or Cancel shows the fact again, Ctrl-Enter saves.

// A form that says where its fact is asked for shows that; any other leaves it to its page, which hears inline:cancel.
function cancel(form) {
  if (form.dataset.inline) window.htmx.ajax("GET", form.dataset.inline, { target: form.parentElement, swap: "innerHTML" })
  else form.dispatchEvent(new CustomEvent("inline:cancel", { bubbles: true }))
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-inline-cancel]") : null
  if (button) cancel(button.closest("form"))
})

document.addEventListener("keydown", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form[data-inline]") : null
  if (!form) return
  if (event.key === "Escape") {
    event.stopImmediatePropagation()
    event.preventDefault()
    cancel(form)
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault()
    form.requestSubmit()
  }
}, true)

document.addEventListener("htmx:afterSwap", (event) => {
  const field = event.target instanceof Element ? event.target.querySelector("[data-inline] :is(input:not([type=hidden]), select, textarea)") : null
  field?.focus()
  field?.select?.()
})
