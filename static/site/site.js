// For any site: remembers where the visitor came from; shows a form in the page, in a popup or beside its frame, and sends
// it; shows the phone number that is this visitor's. The same file runs in our own page of a form (html[data-crm-page]), also within a frame.
(() => {
  "use strict"
  const script = document.currentScript
  const isOwnPage = document.documentElement.hasAttribute("data-crm-page")
  const UTM = ["utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term"]
  const IDS = ["gclid", "gbraid", "wbraid", "yclid", "ysclid", "fbclid", "msclkid", "ttclid", "vkclid", "rb_clickid", "roistat", "_openstat"]
  const COOKIES = ["_ym_uid", "_ga", "_fbp", "_fbc", "roistat_visit", "_ct_session_id"]
  const KEY = "crm-visit"
  const KEPT_MS = 90 * 24 * 3600 * 1000

  // --- Where the visitor came from: kept in the site's own storage ---------------------------------
  const cut = (text, size = 1000) => String(text).slice(0, size)

  function recall() {
    try {
      const visit = JSON.parse(localStorage.getItem(KEY)) || {}
      return visit.seen > Date.now() - KEPT_MS ? visit : {}
    } catch { return {} }
  }

  function isForeign(url) {
    try { return new URL(url).host !== location.host } catch { return false }
  }

  function remember() {
    const visit = recall()
    const query = new URLSearchParams(location.search)
    const taken = (names) => Object.fromEntries(names.filter((name) => query.get(name)).map((name) => [name, cut(query.get(name), 300)]))
    const marks = taken(UTM)
    const ids = taken(IDS)
    const referrer = isForeign(document.referrer) ? cut(document.referrer) : ""
    visit.id ||= `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`
    if (!visit.first) visit.first = { at: new Date().toISOString(), page: cut(location.href), referrer, marks }
    if (Object.keys(marks).length || Object.keys(ids).length || !visit.last) visit.last = { marks, ids, referrer }
    else if (referrer) visit.last.referrer = referrer
    visit.seen = Date.now()
    try { localStorage.setItem(KEY, JSON.stringify(visit)) } catch { /* a browser that keeps nothing */ }
    return visit
  }

  function cookie(name) {
    const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`))
    try { return found ? decodeURIComponent(found.slice(name.length + 1)) : "" } catch { return "" }
  }

  function marksOf(visit) {
    const marks = { page_url: cut(location.href), ...visit.last?.marks, ...visit.last?.ids }
    if (visit.last?.referrer) marks.referrer = visit.last.referrer
    for (const name of COOKIES) if (cookie(name)) marks[name] = cut(cookie(name), 300)
    const first = visit.first || {}
    marks.first_page = first.page
    marks.first_seen_at = first.at
    if (first.referrer) marks.first_referrer = first.referrer
    for (const [name, value] of Object.entries(first.marks || {})) marks[`first_${name}`] = value
    return marks
  }

  // --- Sending ---------------------------------------------------------------------------------------
  function say(node, text) {
    node.textContent = text
    node.hidden = !text
  }

  function showErrors(form, errors) {
    for (const field of form.querySelectorAll("[data-cf-field]")) {
      const text = errors[field.dataset.cfField] || ""
      say(field.querySelector("[data-cf-err]"), text)
      for (const input of field.querySelectorAll("input,textarea,select")) {
        if (text) input.setAttribute("aria-invalid", "true")
        else input.removeAttribute("aria-invalid")
      }
    }
    form.querySelector("[aria-invalid=true]")?.focus()
  }

  async function post(form, url, marks) {
    const body = new FormData(form)
    for (const [name, value] of Object.entries(marks)) if (value) body.set(name, value)
    const answer = await fetch(url, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "omit" })
    return { status: answer.status, said: await answer.json() }
  }

  async function send(form, url, marks) {
    let { status, said } = await post(form, url, marks)
    if (said.stamp) form.querySelector("[data-cf-stamp]").value = said.stamp
    if (said.is_stale && !Object.keys(said.errors).length) ({ status, said } = await post(form, url, marks))
    return { status, said }
  }

  function wire(root, { url, marks, done }) {
    const form = root.querySelector("[data-cf-form]")
    if (!form) return
    const button = form.querySelector(".cf-button")
    const all = form.querySelector("[data-cf-all]")
    form.addEventListener("submit", async (event) => {
      event.preventDefault()
      if (button.getAttribute("aria-busy")) return
      button.setAttribute("aria-busy", "true")
      say(all, "")
      try {
        const { said } = await send(form, url, marks())
        if (said.ok) return done(said, form)
        showErrors(form, said.errors || {})
        if (said.error) say(all, said.error)
      } catch {
        say(all, form.dataset.cfLost)
      } finally {
        button.removeAttribute("aria-busy")
      }
    })
  }

  function html(text) {
    const policy = window.trustedTypes?.createPolicy && trusted()
    const frame = document.createElement("template")
    frame.innerHTML = policy ? policy.createHTML(text) : text
    return frame.content
  }

  let made = null
  function trusted() {
    made ??= window.trustedTypes.createPolicy("crm-form", { createHTML: (text) => text })
    return made
  }

  function thank(form, said, root) {
    form.closest(".cf").replaceWith(html(said.html))
    root.querySelector(".cf-done")?.focus()
  }

  // --- Our own page ------------------------------------------------------------------------------------
  function runPage() {
    const isFramed = window.parent !== window
    let marks = {}
    const tell = () => isFramed && window.parent.postMessage({ crmForm: { height: Math.ceil(document.querySelector("main").getBoundingClientRect().height) } }, "*")
    wire(document, {
      url: location.pathname,
      marks: () => marks,
      done(said, form) {
        thank(form, said, document)
        if (said.redirect) window.open(said.redirect, "_top")
      },
    })
    if (!isFramed) return
    window.addEventListener("message", (event) => {
      if (event.source !== window.parent) return
      if (event.data?.crmAsk) tell()
      const given = event.data?.crmMarks
      if (given && typeof given === "object") marks = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, cut(value)]))
    })
    new ResizeObserver(tell).observe(document.querySelector("main"))
    tell()
  }

  // --- Somebody's site -----------------------------------------------------------------------------------
  function runSite() {
    const [, base, ownToken] = script.src.match(/^(.*)\/forms\/([^/]+)\.js/)
    const origin = new URL(base).origin
    const visit = remember()
    const marks = () => marksOf(visit)

    async function build(host, token, done) {
      const answer = await fetch(`${base}/f/${token}/embed`, { credentials: "omit" })
      if (!answer.ok) throw new Error(`form ${answer.status}`)
      const data = await answer.json()
      const root = host.shadowRoot || host.attachShadow({ mode: "open" })
      const sheet = new CSSStyleSheet()
      sheet.replaceSync(data.css)
      root.adoptedStyleSheets = [sheet]
      root.replaceChildren(html(data.html))
      const colour = () => {
        for (const [name, value] of [["--cf-accent", data.accent], ["--cf-on-accent", data.on_accent]]) root.querySelector(".cf").style.setProperty(name, value)
      }
      colour()
      wire(root, {
        url: `${base}/f/${token}`,
        marks,
        done(said, form) {
          thank(form, said, root)
          colour()
          host.dispatchEvent(new CustomEvent("crm:sent", { bubbles: true, detail: { form: token } }))
          done?.()
          if (said.redirect) location.assign(said.redirect)
        },
      })
      return { root, title: data.title }
    }

    async function popUp(token) {
      const host = document.createElement("div")
      const { root, title } = await build(host, token)
      const dialog = document.createElement("dialog")
      dialog.className = "cf-dialog"
      dialog.setAttribute("aria-label", title)
      const close = document.createElement("button")
      close.type = "button"
      close.className = "cf-close"
      close.textContent = "×"
      close.setAttribute("aria-label", root.querySelector(".cf").lang === "ru" ? "Закрыть" : "Close")
      dialog.append(close, ...root.childNodes)
      root.append(dialog)
      document.body.append(host)
      close.addEventListener("click", () => dialog.close())
      dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close() })
      dialog.addEventListener("close", () => host.remove())
      dialog.showModal()
      root.querySelector("input:not([type=hidden]):not([tabindex]),textarea,select")?.focus()
    }

    function watchFrame(frame) {
      window.addEventListener("message", (event) => {
        if (event.origin !== origin || event.source !== frame.contentWindow) return
        const height = Number(event.data?.crmForm?.height)
        if (!(height > 0 && height < 20000)) return
        frame.style.height = `${height}px`
        frame.contentWindow.postMessage({ crmMarks: marks() }, origin)
      })
      frame.contentWindow?.postMessage({ crmAsk: true }, "*") // it may have told its height before anybody listened
    }

    function start() {
      for (const host of document.querySelectorAll("[data-crm-form]")) {
        if (host.tagName === "IFRAME") watchFrame(host)
        else build(host, host.dataset.crmForm || ownToken).catch((error) => console.warn(error))
      }
      document.addEventListener("click", (event) => {
        const opener = event.target.closest?.("[data-crm-form-open]")
        if (!opener) return
        event.preventDefault()
        popUp(opener.dataset.crmFormOpen || ownToken).catch(() => { if (opener.href) location.assign(opener.href) })
      })
    }

    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start)
    else start()
  }

  // --- Numbers ---------------------------------------------------------------------------------------------
  const digits = (text) => text.replace(/\D/g, "").slice(-10)
  const NUMBERS = /(?:\+?\d|\(\d{2,5}\))[\d\s().\u00a0\u2011\u2013-]{5,20}\d/g

  const KEPT_OUT = "script,style,noscript,textarea,select,[contenteditable]"
  const SETTLE_MS = 200

  const within = (root, selector) => [...(root.matches(selector) ? [root] : []), ...root.querySelectorAll(selector)]

  // Put the visitor's number into a part of the page. What shows it already is not written again.
  function showNumber({ number, shown, known }, root) {
    const dial = (link) => { if (link.getAttribute("href") !== `tel:${number}`) link.href = `tel:${number}` }
    for (const node of within(root, "[data-crm-number]")) {
      if (node.href?.startsWith("tel:")) dial(node)
      if (!node.children.length && node.textContent !== shown) node.textContent = shown
    }
    for (const link of within(root, 'a[href^="tel:"]')) if (known.has(digits(link.href))) dial(link)
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) {
      const node = walk.currentNode
      if (!node.parentElement || node.parentElement.closest(KEPT_OUT)) continue
      const text = node.data.replace(NUMBERS, (found) => (known.has(digits(found)) ? shown : found))
      if (text !== node.data) node.data = text
    }
  }

  // Sites that draw their pages by scripts: only what was drawn anew is looked through, once it has settled.
  function watchPage(draw, moved) {
    const fresh = new Set()
    let timer = 0
    let place = location.href
    const look = () => {
      timer = 0
      const parts = [...fresh].filter((node) => node.isConnected)
      fresh.clear()
      for (const part of parts) if (!parts.some((other) => other !== part && other.contains(part))) draw(part)
      watcher.takeRecords() // our own writing is no news
      if (place !== location.href) moved((place = location.href))
    }
    const watcher = new MutationObserver((records) => {
      for (const { type, target, addedNodes } of records) {
        for (const node of type === "childList" ? addedNodes : [target]) {
          const part = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement
          if (part) fresh.add(part)
        }
      }
      timer ||= setTimeout(look, SETTLE_MS)
    })
    watcher.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["href"] })
  }

  function runNumbers() {
    const url = script.src.replace(/\.js(\?.*)?$/, "")
    const { region } = script.dataset
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
    let visit = remember()
    let lent = null
    let timer = 0

    async function ask() {
      clearTimeout(timer)
      const body = new URLSearchParams({ visitor: visit.id, ...marksOf(visit) })
      if (region) body.set("region", region)
      if (zone) body.set("time_zone", zone)
      const answer = await fetch(`${url}/lend`, { method: "POST", body, credentials: "omit" })
      if (!answer.ok) return
      const said = await answer.json()
      if (!said.number) return
      const known = new Set([...said.printed, ...(lent?.known ?? []), lent?.number].filter(Boolean).map(digits))
      const isFirst = !lent
      lent = { ...said, known }
      showNumber(lent, document.body)
      if (isFirst) watchPage((part) => showNumber(lent, part), moved)
      timer = setTimeout(again, said.minutes * 30000) // half the time it is lent for
    }
    function again() {
      if (document.visibilityState === "visible") return ask().catch(() => {})
      document.addEventListener("visibilitychange", () => ask().catch(() => {}), { once: true })
    }
    // Another page of a site that loads none: where the caller looks now, and perhaps another number's rule.
    function moved() {
      visit = remember()
      ask().catch(() => {})
    }

    const start = () => ask().catch(() => {}) // the site's own number stays
    if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start)
    else start()
  }

  if (isOwnPage) runPage()
  else if (script?.src.includes("/forms/")) runSite()
  else if (script?.src.includes("/numbers/")) runNumbers()
})()
