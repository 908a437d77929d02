// The messages of a talk: each once, in order, with what became of the visitor's own.

import { filled, h, icon, initials, linked } from "./dom.js"

export class Log {
  constructor({ t, lang, label, fetchFile, tryAgain }) {
    Object.assign(this, { t, lang, fetchFile, tryAgain, known: new Map(), last: null, day: "" })
    this.list = h("ol", {})
    this.types = h("p", { class: "types", hidden: true })
    this.node = h(
      "div",
      { class: "log", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": label },
      this.list,
      this.types,
    )
    // Whoever reads the newest goes on reading the newest, also when what stands below grows.
    this.isLow = true
    this.node.addEventListener("scroll", () => (this.isLow = this.#isLow()))
    new ResizeObserver(() => this.isLow && this.scroll()).observe(this.node)
  }

  #isLow() {
    return this.node.scrollHeight - this.node.scrollTop - this.node.clientHeight < 80
  }

  greet(text, name) {
    this.list.append(this.#bubble({ who: "bot", name, text, files: [] }))
  }

  // Show a message unless it is shown; one sent from here is known by its key.
  add(message) {
    const shown = this.known.get(message.key || message.id)
    if (shown) {
      shown.dataset.state = message.state || "arrived"
      return false
    }
    this.#day(message.at)
    const bubble = this.#bubble(message)
    this.known.set(message.key || message.id, bubble)
    this.list.append(bubble)
    if (message.who === "visitor") this.last = bubble
    if (this.isLow || message.who === "visitor") this.scroll()
    return true
  }

  // How the visitor's own messages fare: sending, arrived, failed.
  mark(key, state) {
    const bubble = this.known.get(key)
    if (!bubble) return
    bubble.dataset.state = state
    this.note()
  }

  // One line under the visitor's last word.
  note(isRead = this.isRead) {
    this.isRead = isRead
    for (const note of this.list.querySelectorAll(".note")) note.replaceChildren()
    for (const failed of this.list.querySelectorAll('[data-state="failed"] .note')) {
      const key = failed.closest("li").dataset.key
      failed.append(h("button", { type: "button", class: "plain danger", onclick: () => this.tryAgain(key) }, this.t.again))
    }
    const last = this.last
    if (!last || last.dataset.state === "failed") return
    const words = last.dataset.state === "sending" ? this.t.sending : isRead ? this.t.seen : this.t.arrived
    last.querySelector(".note").replaceChildren(icon("check"), words)
  }

  typing(name) {
    clearTimeout(this.typer)
    this.types.hidden = !name
    if (!name) return
    this.types.textContent = filled(this.t.types, { name })
    this.scroll()
    this.typer = setTimeout(() => this.typing(""), 5000)
  }

  put(node) {
    this.list.append(h("li", { class: "wide" }, node))
    this.scroll()
  }

  scroll() {
    this.node.scrollTop = this.node.scrollHeight
  }

  #day(at) {
    const day = new Date(at).toLocaleDateString(this.lang, { day: "numeric", month: "long" })
    if (day === this.day) return
    const isFirst = !this.day && day === new Date().toLocaleDateString(this.lang, { day: "numeric", month: "long" })
    this.day = day
    if (!isFirst) this.list.append(h("li", { class: "day" }, day))
  }

  #bubble({ who, name, text, files, at, key, state }) {
    const isOwn = who === "visitor"
    const time = at ? new Date(at).toLocaleTimeString(this.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) : ""
    return h(
      "li",
      { class: isOwn ? "own" : who, "data-key": key || null, "data-state": state || "arrived" },
      isOwn ? null : h("span", { class: "face", "aria-hidden": "true" }, who === "operator" ? initials(name) : icon("chat")),
      h(
        "div",
        { class: "said" },
        isOwn ? h("span", { class: "unseen" }, `${this.t.you}: `) : name ? h("p", { class: "name" }, name) : null,
        text ? h("p", { class: "text" }, linked(text)) : null,
        files.map((file) => this.#file(file)),
        time ? h("time", {}, time) : null,
      ),
      isOwn ? h("p", { class: "note" }) : null,
    )
  }

  #file(file) {
    if (!file.id) return h("p", { class: "file" }, icon("clip"), file.name)
    const save = async () => {
      const link = h("a", { href: URL.createObjectURL(await this.fetchFile(file.id)), download: file.name })
      link.click()
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
    }
    const label = filled(this.t.download, { name: file.name })
    return h("button", { type: "button", class: "file", "aria-label": label, onclick: () => save().catch(() => {}) }, icon("clip"), file.name)
  }
}
