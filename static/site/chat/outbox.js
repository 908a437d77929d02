// What the visitor has said and we have not confirmed: kept in the browser, tried again, never sent twice as two.

import { newId, pageFacts, product } from "./visit.js"

const PAUSES = [1500, 4000, 10_000]

export class Outbox {
  constructor({ api, store, script, lang, onstate, onsent }) {
    Object.assign(this, { api, store, script, lang, onstate, onsent, files: new Map(), chain: Promise.resolve() })
  }

  get kept() {
    return this.store.get("outbox", [])
  }

  // Show what this browser still remembers, and send what never arrived.
  recall(show) {
    this.store.set("outbox", this.kept.filter((one) => Date.now() - new Date(one.at) < 864e5))
    for (const one of this.kept) {
      show(this.#message(one, one.isSent ? "arrived" : "sending"))
      if (!one.isSent) this.#queue(one.facts, [])
    }
  }

  // Take a message along; returns how it is shown.
  send(facts, files = []) {
    const whole = this.#whole(facts)
    const one = { facts: whole, at: new Date().toISOString(), names: files.map((file) => file.name), isSent: false }
    if (files.length) this.files.set(whole.id, files)
    else this.store.set("outbox", [...this.kept, one].slice(-20))
    this.#queue(whole, files)
    return this.#message(one, "sending")
  }

  // Send what a form says, and let the caller hear of failure: sent once more it is the same.
  async post(facts) {
    const same = JSON.stringify(facts)
    if (this.form?.same !== same) this.form = { same, id: newId() }
    await this.api.post("/messages", this.#whole({ ...facts, id: this.form.id }))
    this.form = null
    this.onsent()
  }

  again(key) {
    const one = this.kept.find((kept) => kept.facts.id === key)
    const files = this.files.get(key) || []
    const facts = one?.facts || (files.length ? this.#whole({ type: "message", text: "", id: key }) : null)
    if (!facts) return
    this.onstate(key, "sending")
    this.#queue(facts, files)
  }

  // The talk has it: nothing to remember.
  forget(key) {
    this.files.delete(key)
    const kept = this.kept
    if (kept.some((one) => one.facts.id === key)) this.store.set("outbox", kept.filter((one) => one.facts.id !== key))
  }

  #whole(facts) {
    return { id: newId(), ...facts, page: pageFacts(this.store, this.lang), product: product(this.script) }
  }

  // One after the other, so that words keep their order.
  #queue(facts, files) {
    this.chain = this.chain.then(() => this.#deliver(facts, files))
  }

  async #deliver(facts, files) {
    for (let turn = 0; ; turn += 1) {
      try {
        await this.api.post("/messages", facts, files)
        break
      } catch (error) {
        const isHopeless = [401, 403, 404, 413, 422].includes(error.status) || turn >= PAUSES.length
        if (isHopeless) return this.onstate(facts.id, "failed")
        await new Promise((wake) => setTimeout(wake, PAUSES[turn]))
      }
    }
    this.store.set("outbox", this.kept.map((one) => (one.facts.id === facts.id ? { ...one, isSent: true } : one)))
    this.onstate(facts.id, "arrived")
    this.onsent()
  }

  #message(one, state) {
    const files = (one.names || []).map((name) => ({ name }))
    return { key: one.facts.id, who: "visitor", text: one.facts.text, files, at: one.at, state }
  }
}
