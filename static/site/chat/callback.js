// The callback button: a phone, and now or at a time; then when the call will come.

import { filled, h } from "./dom.js"
import { contactForm } from "./forms.js"
import { Frame } from "./frame.js"
import { newId, pageFacts, product, zone } from "./visit.js"

export class Window extends Frame {
  begin() {
    const { config, t } = this
    if (!config.is_online && config.when_away === "hide") return
    super.begin()
    this.window.classList.add("low")
    this.host.dataset.here = config.is_online ? "" : "no"
    this.status.textContent = config.is_online ? t.online : t.away
    this.#ask()
  }

  #ask() {
    const { config, t } = this
    this.id = newId()
    this.body.replaceChildren(
      contactForm({
        t,
        consent: config.consent,
        names: config.asks_name ? ["name", "phone"] : ["phone"],
        title: config.text,
        submit: t.call,
        extra: this.#times(),
        onsend: (said, fail) => this.#order(said, fail),
      }),
    )
  }

  // Half hours by the visitor's clock, a group for each day; ours is told where it shows another time.
  #times() {
    const { config, t } = this
    if (!config.slots.length) return []
    const soonest = config.is_online || !config.next_at ? t.now : this.#words(config.next_at)
    const select = h("select", { id: "at", name: "at" }, h("option", { value: "" }, soonest))
    let group = null
    for (const slot of config.slots) {
      const day = this.#day(slot)
      if (group?.label !== day) select.append((group = h("optgroup", { label: day })))
      group.append(h("option", { value: slot }, this.#clock(slot)))
    }
    const ours = this.#ours(new Date())
    const hint = ours && h("p", { class: "hint", id: "at-hint" }, filled(t.your_time, { time: ours, city: config.city }))
    if (hint) select.setAttribute("aria-describedby", "at-hint")
    return [h("div", { class: "field" }, h("label", { for: "at" }, t.when), select, hint || null)]
  }

  async #order(said, fail) {
    const { api, config, t } = this
    if ((said.phone.match(/\d/g) || []).length < 6) return fail(t.needs_phone, "phone")
    const facts = {
      ...said,
      id: this.id,
      zone: zone(),
      page: pageFacts(this.store, config.lang),
      product: product(this.script),
    }
    try {
      const { at } = await api.open("/calls", facts)
      this.#done(at)
    } catch (error) {
      if (error.code === "wrong_time") return fail(t.wrong_time, "at")
      if (error.code === "needs_phone") return fail(t.needs_phone, "phone")
      throw error
    }
  }

  #done(at) {
    const { config, t } = this
    const told = h("p", { class: "lead" }, at ? filled(t.done_at, { when: this.#words(at) }) : config.done_text)
    const more = h("button", { type: "button", class: "plain", onclick: () => this.#ask() }, t.more)
    const clock = h("p", { class: "clock" })
    this.body.replaceChildren(h("div", { class: "card", role: "status" }, told, clock, h("div", { class: "row" }, more)))
    more.focus()
    if (!at && config.countdown_s) this.#count(clock, config.countdown_s)
  }

  #count(clock, left) {
    if (!clock.isConnected) return
    const time = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`
    clock.textContent = left ? filled(this.t.counting, { time }) : this.t.soon
    if (left) setTimeout(() => this.#count(clock, left - 1), 1000)
  }

  #day(moment) {
    return new Date(moment).toLocaleDateString(this.config.lang, { weekday: "long", day: "numeric", month: "long" })
  }

  #clock(moment, timeZone) {
    return new Date(moment).toLocaleTimeString(this.config.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone })
  }

  // The same moment by the company's clock; empty where both show the same.
  #ours(moment) {
    const ours = this.#clock(moment, this.config.zone)
    return ours === this.#clock(moment) ? "" : ours
  }

  #words(moment) {
    const when = `${this.#day(moment)}, ${this.#clock(moment)}`
    const time = this.#ours(moment)
    return time ? filled(this.t.our_time, { when, time, city: this.config.city }) : when
  }
}
