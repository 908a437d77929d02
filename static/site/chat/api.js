// Talking to the CRM: the visitor's session, posts that are tried again, and the stream of news.

const JSON_TYPE = { "Content-Type": "application/json" }

export class Refused extends Error {
  constructor(code, status) {
    super(code)
    this.code = code
    this.status = status
  }
}

export class Api {
  constructor(base, token, store) {
    this.root = `${base}/chat/${encodeURIComponent(token)}`
    this.store = store
    this.starting = null
  }

  config(lang, zone) {
    return this.#ask(`/config?${new URLSearchParams({ lang, zone })}`, { method: "GET" })
  }

  // Post without a session.
  open(path, facts) {
    return this.#ask(path, { method: "POST", body: JSON.stringify(facts), headers: JSON_TYPE })
  }

  get hasSession() {
    return Boolean(this.store.get("session"))
  }

  async session() {
    if (this.hasSession) return this.store.get("session")
    this.starting ||= this.#ask("/start", { method: "POST" })
    try {
      this.store.set("session", (await this.starting).session)
    } finally {
      this.starting = null
    }
    return this.store.get("session")
  }

  // Post facts, with files where there are some; a session we no longer know is begun anew, once.
  async post(path, facts, files = []) {
    let body = JSON.stringify(facts)
    const headers = files.length ? {} : JSON_TYPE
    if (files.length) {
      const form = new FormData()
      form.append("payload", body)
      for (const file of files) form.append("file", file, file.name)
      body = form
    }
    for (const isLast of [false, true]) {
      const session = await this.session()
      try {
        return await this.#ask(path, { method: "POST", body, headers: { ...headers, Authorization: `Bearer ${session}` } })
      } catch (error) {
        if (error.status !== 401 || isLast) throw error
        this.store.set("session", "")
      }
    }
  }

  async file(id) {
    const session = await this.session()
    const answer = await fetch(`${this.root}/files/${id}`, { headers: { Authorization: `Bearer ${session}` }, credentials: "omit" })
    if (!answer.ok) throw new Refused("gone", answer.status)
    return answer.blob()
  }

  async #ask(path, options) {
    const answer = await fetch(this.root + path, { ...options, credentials: "omit", cache: "no-store" })
    let said = {}
    try {
      said = await answer.json()
    } catch {
      // no words of ours
    }
    if (!answer.ok) throw new Refused(said.error || "broken", answer.status)
    return said
  }
}

// Hear news as they happen. EventSource can't show the session, so the stream is read by hand.
export class Stream {
  constructor(url, api, hear) {
    Object.assign(this, { url, api, hear, since: 0, control: null, timer: 0 })
  }

  // Live for long enough to be trusted: without Redis the server ends a stream at its first look.
  get isTrusted() {
    return this.since > 0 && Date.now() - this.since > 25_000
  }

  open() {
    if (this.control) return
    const control = (this.control = new AbortController())
    this.#listen(control.signal).finally(() => {
      if (this.control !== control) return // closed meanwhile
      this.control = null
      this.since = 0
      this.timer = setTimeout(() => this.open(), 5000 + Math.random() * 5000)
    })
  }

  close() {
    clearTimeout(this.timer)
    const control = this.control
    this.control = null
    this.since = 0
    control?.abort()
  }

  async #listen(signal) {
    try {
      const session = await this.api.session()
      const answer = await fetch(this.url, { headers: { Authorization: `Bearer ${session}` }, credentials: "omit", signal })
      if (!answer.ok || !answer.body) return
      this.since = Date.now()
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
      let rest = ""
      for (;;) {
        const { value, done } = await reader.read()
        if (done) return
        const lines = (rest + value).split("\n")
        rest = lines.pop()
        for (const line of lines) if (line.startsWith("data: ")) this.hear(JSON.parse(line.slice(6)))
      }
    } catch {
      // tried again by whoever opened it
    }
  }
}
