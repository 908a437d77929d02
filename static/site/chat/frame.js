// What both widgets are: a round button that opens a window.

import { button, h, icon } from "./dom.js"

export class Frame {
  constructor({ root, config, api, store, script, isNewVisit }) {
    Object.assign(this, { root, config, api, store, script, isNewVisit, t: config.t })
    this.badge = h("span", { class: "badge", hidden: true })
    this.launcher = h(
      "button",
      {
        type: "button",
        class: "launcher",
        "aria-label": this.t.open,
        "aria-expanded": "false",
        "aria-controls": "window",
        onclick: () => (this.isOpen ? this.close() : this.open()),
      },
      icon(config.kind === "callback" ? "phone" : "chat"),
      this.badge,
    )
    this.status = h("p", { class: "status" })
    this.tools = h("div", { class: "tools" }, button(this.t.close, "close", () => this.close()))
    this.body = h("div", { class: "body" })
    this.window = h(
      "div",
      {
        class: "window",
        id: "window",
        role: "dialog",
        "aria-label": config.title,
        hidden: true,
        onkeydown: (event) => this.#key(event),
      },
      h("header", {}, h("div", { class: "who" }, h("h2", {}, config.title), this.status), this.tools),
      this.body,
    )
  }

  get isOpen() {
    return !this.window.hidden
  }

  begin() {
    this.root.append(this.window, this.launcher)
  }

  open() {
    this.window.hidden = false
    this.launcher.setAttribute("aria-expanded", "true")
    this.root.host.dataset.open = ""
    this.opened()
    this.focusFirst()
  }

  close() {
    this.window.hidden = true
    this.launcher.setAttribute("aria-expanded", "false")
    delete this.root.host.dataset.open
    this.launcher.focus()
    this.closed()
  }

  opened() {}

  closed() {}

  focusFirst() {
    this.window.querySelector("textarea, input:not([type=file]):not(.trap input)")?.focus({ preventScroll: true })
  }

  #key(event) {
    if (event.key === "Escape") {
      event.stopPropagation()
      this.close()
    }
  }
}
