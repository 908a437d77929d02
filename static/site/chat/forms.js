// Forms: a contact (before the talk, after the first word, out of hours, for a call), and how it was.

import { filled, h, icon } from "./dom.js"

let serial = 0

// names: of "name", "phone", "email", "question"; options: text above, words of the button, what to do.
export function contactForm({ t, consent, names, title = "", submit = t.send, later = null, onsend, extra = [] }) {
  const id = `f${++serial}-`
  const error = h("p", { class: "error", role: "alert", hidden: true })
  const agreed = consent.text ? h("input", { type: "checkbox", id: `${id}agree`, name: "agree" }) : null
  const form = h(
    "form",
    { class: "card", novalidate: true },
    title ? h("p", { class: "lead" }, title) : null,
    names.map((name) => field(id, name, t, names.includes("email"))),
    extra,
    h("div", { class: "trap", "aria-hidden": "true" }, h("input", { name: "website", tabindex: "-1", autocomplete: "off" })),
    agreed ? h("div", { class: "agree" }, agreed, h("label", { for: `${id}agree` }, consentWords(consent))) : null,
    error,
    h(
      "div",
      { class: "row" },
      h("button", { class: "primary" }, submit),
      later ? h("button", { type: "button", class: "plain", onclick: later.act }, later.words) : null,
    ),
  )
  const fail = (text, name) => {
    error.textContent = text
    error.hidden = false
    const wrong = name && form.elements[name]
    if (wrong) {
      wrong.setAttribute("aria-invalid", "true")
      wrong.focus()
    }
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault()
    error.hidden = true
    for (const wrong of form.querySelectorAll("[aria-invalid]")) wrong.removeAttribute("aria-invalid")
    if (agreed && !agreed.checked) return fail(t.needs_consent, "agree")
    const said = Object.fromEntries(new FormData(form))
    const press = form.querySelector(".primary")
    press.disabled = true
    try {
      await onsend({ ...said, consent: Boolean(agreed) }, fail)
    } catch (problem) {
      fail(problem.status === 429 ? t.busy : t.broken)
    }
    press.disabled = false
  })
  return form
}

const KINDS = {
  name: { autocomplete: "name", maxlength: "200" },
  phone: { type: "tel", autocomplete: "tel", maxlength: "60" },
  email: { type: "email", autocomplete: "email", maxlength: "254" },
}

function field(id, name, t, isWide) {
  const facts = { id: id + name, name, ...KINDS[name] }
  const input = name === "question" ? h("textarea", { ...facts, rows: "2", maxlength: "4000" }) : h("input", facts)
  const css = isWide && KINDS[name]?.type ? "field half" : "field"
  return h("div", { class: css }, h("label", { for: id + name }, t[name]), input)
}

function consentWords({ text, url }) {
  return url ? h("a", { href: url, target: "_blank", rel: "noopener" }, text) : text
}

// Five stars and a word, once a talk has ended. Radio buttons underneath: keys and readers know them.
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
