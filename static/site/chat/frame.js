// What both widgets are: a round button that opens a window.

import { button, h, icon } from "./dom.js"

export class Frame {
  constructor({ host, root, config, api, store, script, isNewVisit }) {
    Object.assign(this, { host, root, config, api, store, script, isNewVisit, t: config.t })
    this.sign = h("span", { class: "sign" })
    this.badge = h("span", { class: "badge", hidden: true })
    this.launcher = h(
      "button",
      {
        type: "button",
        class: "launcher",
        "aria-controls": "window",
        onclick: () => (this.isOpen ? this.close() : this.open()),
      },
      this.sign,
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
    this.#show()
    this.root.append(this.window, this.launcher)
  }

  open() {
    this.window.hidden = false
    this.#show()
    this.opened()
    this.focusFirst()
  }

  close() {
    this.window.hidden = true
    this.#show()
    this.launcher.focus()
    this.closed()
  }

  opened() {}

  closed() {}

  focusFirst() {
    this.window.querySelector("textarea, input:not([type=file]):not(.trap input)")?.focus({ preventScroll: true })
  }

  #show() {
    this.launcher.setAttribute("aria-expanded", String(this.isOpen))
    this.launcher.setAttribute("aria-label", this.isOpen ? this.t.close : this.t.open)
    this.sign.replaceChildren(icon(this.isOpen ? "down" : this.config.kind === "callback" ? "phone" : "chat"))
    this.host.toggleAttribute("data-open", this.isOpen)
  }

  #key(event) {
    if (event.key === "Escape") {
      event.stopPropagation()
      this.close()
    }
  }
}
