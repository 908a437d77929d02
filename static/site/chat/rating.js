// Five stars and a word, once a talk has ended. Radio buttons underneath: keys and readers know them.

import { filled, h, icon } from "./dom.js"

export function ratingForm({ t, onrate }) {
  const comment = h("textarea", { name: "comment", rows: "2", maxlength: "1000", "aria-label": t.comment, placeholder: t.comment })
  const send = h("button", { class: "primary", disabled: true }, t.send)
  const stars = [1, 2, 3, 4, 5].map((count) =>
    h(
      "label",
      { title: filled(t.stars, { n: count }) },
      h("input", { type: "radio", name: "stars", value: String(count), "aria-label": filled(t.stars, { n: count }) }),
      icon("star"),
    ),
  )
  const form = h(
    "form",
    { class: "card rating" },
    h("fieldset", {}, h("legend", {}, t.rate), h("div", { class: "stars" }, stars)),
    comment,
    send,
  )
  form.addEventListener("change", () => {
    const chosen = Number(new FormData(form).get("stars"))
    stars.forEach((star, place) => star.classList.toggle("on", place < chosen))
    send.disabled = !chosen
  })
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    send.disabled = true
    try {
      await onrate(Number(new FormData(form).get("stars")), comment.value)
    } catch (error) {
      if (error.status !== 409) {
        send.disabled = false
        return
      }
    }
    form.replaceChildren(h("p", { class: "lead", role: "status" }, t.thanks))
  })
  return form
}
