// The chat: what is shown when, what is sent, and how news come in.

import { Stream } from "./api.js"
import { Attention } from "./attention.js"
import { button, h, icon } from "./dom.js"
import { contactForm, ratingForm } from "./forms.js"
import { Frame } from "./frame.js"
import { Log } from "./log.js"
import { Outbox } from "./outbox.js"

const QUICK = 4000 // between looks without a live stream, in ms
const SLOW = 30_000
const TYPING_EVERY = 3000

export class Window extends Frame {
  constructor(parts) {
    super(parts)
    const { config, api, store } = this
    this.state = { is_online: config.is_online, is_open: false, bot: config.bot, operator: "" }
    this.after = ""
    this.log = new Log({
      t: this.t,
      lang: config.lang,
      label: config.title,
      fetchFile: (id) => api.file(id),
      tryAgain: (key) => this.outbox.again(key),
    })
    this.outbox = new Outbox({
      api,
      store,
      script: this.script,
      lang: config.lang,
      onstate: (key, state) => this.log.mark(key, state),
      onsent: () => this.look(),
    })
    this.attention = new Attention({ badge: this.badge, store, isLoud: config.has_sound, words: this.t })
    this.stream = new Stream(config.stream, api, (news) => this.hear(news))
    this.foot = h("div", { class: "foot" })
    this.mute = button("", "sound", () => this.#toggleSound())
    this.endButton = h("button", { type: "button", class: "plain end", hidden: true, onclick: () => this.act("end") }, this.t.end)
    this.tools.prepend(...(config.has_sound ? [this.mute] : []))
    this.body.append(this.log.node, this.foot)
    this.#showSound()
  }

  get isAway() {
    return !this.state.is_online && !this.state.is_open
  }

  begin() {
    if (this.isAway && this.config.when_away === "hide" && !this.api.hasSession) return
    super.begin()
    this.log.greet(this.config.greeting, this.config.bot_name)
    if (this.isAway && this.config.when_away === "form") this.log.greet(this.config.away_text, this.config.bot_name)
    this.outbox.recall((message) => this.log.add(message))
    this.refresh()
    if (this.api.hasSession) this.look()
    else this.#invite()
  }

  opened() {
    this.invitation?.remove()
    this.attention.rest()
    this.#noteRead()
    this.store.set("invited", true)
    this.log.scroll()
    if (this.api.hasSession) this.look()
    this.#pace()
  }

  closed() {
    this.#pace()
  }

  // --- News ---------------------------------------------------------------------------------------
  hear(news) {
    if (news.topic === "typing") this.log.typing(news.name)
    else this.look()
  }

  async look() {
    if (this.looking) {
      this.looksAgain = true
      return
    }
    this.looking = true
    try {
      const isRead = this.isOpen && !document.hidden
      const { messages, state } = await this.api.post("/sync", { after: this.after, is_read: isRead })
      this.offline(false)
      this.#take(messages)
      this.state = state
      this.log.note(state.is_read)
      this.refresh()
    } catch (error) {
      this.offline(!error.status)
    }
    this.looking = false
    this.#pace()
    if (this.looksAgain) {
      this.looksAgain = false
      this.look()
    }
  }

  #take(messages) {
    const isFirst = !this.after
    for (const message of messages) {
      if (message.key) this.outbox.forget(message.key)
      const isNew = this.log.add(message)
      if (message.id > this.after) this.after = message.id
      if (isNew && message.who !== "visitor") this.#newWord(message, isFirst)
    }
    if (this.isOpen) this.#noteRead()
  }

  #noteRead() {
    this.store.set("read", this.after)
  }

  #newWord(message, isFirst) {
    this.log.typing("")
    if (message.id <= this.store.get("read", "") || (isFirst && this.isOpen)) return
    if (!this.isOpen) this.attention.call()
    else if (document.hidden) {
      this.attention.blink()
      this.attention.ring()
    }
  }

  // Look again soon: seldom while a live stream works or a talk is over, never for who has said nothing.
  #pace() {
    clearTimeout(this.timer)
    const isTalk = this.isOpen || this.state.is_open
    if (!this.api.hasSession || !(isTalk || this.after)) return
    if (isTalk) this.stream.open()
    else this.stream.close()
    const pause = !isTalk || this.stream.isTrusted || (!this.isOpen && document.hidden) ? SLOW : QUICK
    this.timer = setTimeout(() => this.look(), pause * (0.9 + Math.random() * 0.2))
  }

  // --- What is shown ------------------------------------------------------------------------------
  refresh() {
    const { state, t } = this
    this.status.textContent = state.operator || (state.is_online ? t.online : t.away)
    this.host.dataset.here = state.is_online ? "" : "no"
    this.endButton.hidden = !state.is_open
    const mode = this.#mode()
    const shown = JSON.stringify([mode, mode === "write" && this.#question()])
    if (shown !== this.shown) {
      this.shown = shown
      this.#showFoot()
    }
    this.#askContact()
    this.#askRating()
  }

  #mode() {
    if (this.isAway && this.config.when_away !== "chat") return "form"
    const isFresh = !this.state.is_open && !this.state.has_contact && !this.after
    return isFresh && this.config.ask_contact === "before" ? "before" : "write"
  }

  // The field one writes in stays the same one: nothing that is half written is lost.
  #showFoot() {
    const mode = this.#mode()
    if (mode === "write") {
      this.questions ||= h("div")
      this.writing ||= h("div", {}, this.questions, this.#composer(), h("div", { class: "row" }, this.endButton))
      this.questions.replaceChildren(...this.#bot())
      if (!this.writing.parentNode) this.foot.replaceChildren(this.writing)
      return
    }
    this.foot.replaceChildren(
      contactForm({
        t: this.t,
        consent: this.config.consent,
        names: ["name", "phone", "email", "question"],
        title: this.t.leave,
        onsend: (said, fail) => this.#sendForm(mode, said, fail),
      }),
    )
  }

  async #sendForm(mode, { question, ...contact }, fail) {
    if (!contact.phone?.trim() && !contact.email?.trim()) return fail(this.t.needs_contact, "phone")
    if (!question?.trim()) return fail(this.t.needs_text, "question")
    const type = mode === "form" ? "offline" : "message"
    await this.outbox.post({ type, text: question.trim(), contact, consent: contact.consent, website: contact.website, is_first: true })
    if (mode === "form") {
      const again = h("button", { type: "button", class: "plain", onclick: () => this.#showFoot() }, this.t.again_form)
      this.foot.replaceChildren(h("div", { class: "card", role: "status" }, h("p", { class: "lead" }, this.t.left), again))
      again.focus()
    }
  }

  // What the bot waits for, unless the visitor has just said something it has not heard yet.
  #question() {
    return this.outbox.kept.length ? null : this.state.bot
  }

  #bot() {
    const bot = this.#question()
    if (!bot) return []
    const choices = bot.choices.map((choice) =>
      h("button", { type: "button", class: "choice", onclick: () => this.#say(choice, [], bot.step) }, choice),
    )
    const ways = ["skip", "person"].map((name) =>
      h("button", { type: "button", class: "plain", onclick: () => this.act(name) }, this.t[name]),
    )
    const group = { class: "bot", role: "group", "aria-label": bot.prompt || this.config.bot_name }
    const asked = bot.prompt ? h("p", {}, bot.prompt) : null
    return [h("div", group, asked, h("div", { class: "choices" }, choices), asked ? null : h("div", { class: "row" }, ways))]
  }

  #composer() {
    const text = h("textarea", { rows: "1", maxlength: "4000", placeholder: this.t.write, "aria-label": this.t.write })
    const picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: "-1", onchange: () => this.#sendFiles(picker) })
    const send = () => {
      const said = text.value.trim()
      if (!said) return
      text.value = ""
      grow()
      this.#say(said, [], this.#answers() ? this.state.bot.step : null)
    }
    const grow = () => {
      text.style.height = "auto"
      text.style.height = `${Math.min(text.scrollHeight, 120)}px`
    }
    text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return
      event.preventDefault()
      send()
    })
    text.addEventListener("input", () => {
      grow()
      this.#typing()
    })
    this.notice = h("p", { class: "error", role: "alert", hidden: true })
    const write = h(
      "form",
      { class: "write" },
      picker,
      button(this.t.attach, "clip", () => picker.click()),
      text,
      h("button", { class: "send", "aria-label": this.t.send, title: this.t.send }, icon("send")),
    )
    write.addEventListener("submit", (event) => {
      event.preventDefault()
      send()
      text.focus()
    })
    return h("div", {}, this.notice, write)
  }

  // Is what is typed now the answer to the bot? Before the first word only a pressed choice is.
  #answers() {
    const { bot } = this.state
    return Boolean(bot) && !bot.prompt
  }

  #say(text, files = [], step = null) {
    const facts = { type: "message", text, is_first: !this.state.is_open }
    if (step !== null) facts.step = step
    this.log.add(this.outbox.send(facts, files))
    this.attention.rest()
    this.refresh()
  }

  #sendFiles(picker) {
    const files = [...picker.files].slice(0, 5)
    picker.value = ""
    this.notice.hidden = true
    if (files.some((file) => file.size > 5 * 1024 * 1024)) return this.#complain(this.t.too_large)
    if (files.length) this.#say("", files)
  }

  #complain(text) {
    this.notice.textContent = text
    this.notice.hidden = !text
  }

  #typing() {
    if (!this.state.is_open || Date.now() - (this.typedAt || 0) < TYPING_EVERY) return
    this.typedAt = Date.now()
    this.api.post("/act", { do: "typing" }).catch(() => {})
  }

  async act(name, facts = {}) {
    try {
      await this.api.post("/act", { do: name, ...facts })
    } catch (error) {
      if (error.status !== 409) this.#complain(this.t.broken)
    }
    if (name === "end") this.focusFirst() // its button goes
    this.look()
  }

  // --- Asked once a talk --------------------------------------------------------------------------
  #askContact() {
    const { state, store } = this
    const wants = this.config.ask_contact === "after" && state.is_open && !state.has_contact
    if (!wants || store.get("passed") || this.contactCard) return
    const done = () => {
      store.set("passed", true)
      this.contactCard.remove()
    }
    this.contactCard = contactForm({
      t: this.t,
      consent: this.config.consent,
      names: ["name", "phone", "email"],
      title: this.t.first,
      later: { words: this.t.later, act: done },
      onsend: async (said, fail) => {
        if (!said.phone?.trim() && !said.email?.trim()) return fail(this.t.needs_contact, "phone")
        await this.outbox.post({ type: "contact", contact: said, consent: said.consent, website: said.website })
        done()
      },
    })
    this.log.put(this.contactCard)
  }

  #askRating() {
    if (!this.state.asks_rating) {
      if (this.ratingCard?.isConnected && this.state.is_open) this.ratingCard.remove()
      if (this.state.is_open) this.ratingCard = null
      return
    }
    if (this.ratingCard) return
    this.ratingCard = ratingForm({
      t: this.t,
      onrate: (stars, comment) => this.api.post("/act", { do: "rate", stars, comment }),
    })
    this.log.put(this.ratingCard)
  }

  #invite() {
    const { invite_after_s: seconds, invite_text: text, bot_name: name } = this.config
    if (!seconds || !this.state.is_online || (this.store.get("invited") && !this.isNewVisit)) return
    setTimeout(() => {
      if (this.isOpen || this.api.hasSession) return
      this.store.set("invited", true)
      this.invitation = h(
        "div",
        { class: "invitation", role: "status" },
        h("button", { type: "button", class: "said", onclick: () => this.open() }, h("b", {}, name), text),
        button(this.t.close, "close", () => this.invitation.remove()),
      )
      this.root.insertBefore(this.invitation, this.launcher)
    }, seconds * 1000)
  }

  offline(isOff) {
    if (isOff) this.status.textContent = this.t.offline
  }

  #toggleSound() {
    this.attention.isMuted = !this.attention.isMuted
    this.#showSound()
  }

  #showSound() {
    const words = this.attention.isMuted ? this.t.unmute : this.t.mute
    this.mute.replaceChildren(icon(this.attention.isMuted ? "mute" : "sound"))
    this.mute.title = words
    this.mute.setAttribute("aria-label", words)
  }
}
