// Live updates: one event stream for all tabs of a browser. The tab that holds the lock listens and
// tells the others, because a browser allows six connections to a host and a stream keeps one for good.
// The server sends {"topic": "unsorted", …ids}; the page hears live:unsorted on <body> and asks for fragments.

import { hideBar, isLogin, sessionEnded, showBar } from "crm/net"

const QUIET_MS = 10000 // how long the stream may be away before the bar shows
const { liveUrl: url, liveKey: key, sessionUrl } = document.body.dataset
const NAME = `live:${key}` // one stream a member of a tenant, not one a browser
let channel
let quiet
let tries = 0

function tell(message) {
  const { topic, ...detail } = message
  document.body.dispatchEvent(new CustomEvent(`live:${topic}`, { bubbles: true, detail }))
}

function share(message) {
  tell(message)
  channel?.postMessage(message)
}

function status(isUp, wasDown = false) {
  if (isUp) {
    clearTimeout(quiet)
    quiet = null
    hideBar("live")
    if (wasDown) tell({ topic: "reconnected" })
  } else {
    quiet ??= setTimeout(() => showBar("live"), QUIET_MS)
  }
}

const shareStatus = (isUp, wasDown) => {
  status(isUp, wasDown)
  channel?.postMessage({ topic: "", isUp, wasDown })
}

function listen() {
  const source = new EventSource(url, { withCredentials: true })
  source.onopen = () => {
    shareStatus(true, tries > 0)
    tries = 0
  }
  source.onmessage = (event) => {
    try { share(JSON.parse(event.data)) } catch { /* a comment or a broken line: the next one counts */ }
  }
  source.onerror = () => {
    tries += 1
    shareStatus(false)
    // A refusal (login ended, server restarting) closes the stream for good: try again, more and more slowly.
    if (source.readyState === EventSource.CLOSED) setTimeout(again, Math.min(30000, 1000 * 2 ** Math.min(tries, 5)))
  }
}

async function again() {
  const page = await fetch(sessionUrl, { cache: "no-store", headers: { "HX-Request": "true" } }).catch(() => null)
  if (page && (page.status === 401 || isLogin(page.url))) return sessionEnded()
  listen()
}

function start() {
  channel = new BroadcastChannel(NAME)
  channel.onmessage = ({ data }) => (data.topic ? tell(data) : status(data.isUp, data.wasDown))
  if (!navigator.locks) return listen()
  // Held until the tab closes; then the next waiting tab takes over and re-reads what it may have missed.
  navigator.locks.request(NAME, () => {
    listen()
    return new Promise(() => {})
  })
}

if (url) start()
