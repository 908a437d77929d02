// Where the visitor came from and what the page is about, as it reaches the inquiry.

const PAUSE = 30 * 60 * 1000 // a visit ends after so long without a page
const COUNTERS = ["_ym_uid", "_ga", "_fbp", "_fbc", "roistat_visit", "_ct_session_id"]
const MARKED = /[?&](utm_\w+|gclid|yclid|fbclid|vkclid|rb_clickid|ysclid)=/i

// The first page of this visit; a page with fresh marks begins another.
export function noteVisit(store) {
  const now = Date.now()
  const known = store.get("visit")
  const isNew = !known || now - known.at > PAUSE || (MARKED.test(location.search) && known.url !== location.href)
  const visit = isNew
    ? { url: location.href.slice(0, 2000), from: document.referrer.slice(0, 2000), since: now }
    : known
  store.set("visit", { ...visit, at: now })
  return isNew
}

// How the visitor's browser names the clock it shows.
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || ""

export function pageFacts(store, lang) {
  const visit = store.get("visit", {})
  return {
    url: location.href.slice(0, 2000),
    title: document.title.slice(0, 300),
    referrer: visit.from || "",
    first_url: visit.url || "",
    seconds: Math.round((Date.now() - (visit.since || Date.now())) / 1000),
    ids: counters(),
    lang,
    zone: zone(),
  }
}

function counters() {
  const found = {}
  for (const part of document.cookie.split("; ")) {
    const [name, value] = part.split("=")
    if (COUNTERS.includes(name) && value) found[name] = decode(value).slice(0, 200)
  }
  return found
}

function decode(value) {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

// What the page sells: <div data-product="Table Oslo" data-product-price="12 900" data-product-url="…">
export function product(script) {
  const named = document.querySelector("[data-product]:not(script)") || script
  const { product: title = "", productUrl = "", productPrice = "" } = named.dataset
  return title ? { title, url: productUrl || location.href, price: productPrice } : null
}

// What this browser remembers of the widget: in the site's own storage, or for this page only where there is none.

export function openStore(name) {
  let kept = {}
  try {
    kept = JSON.parse(localStorage.getItem(name) || "{}")
  } catch {
    // storage is closed to us, or somebody wrote nonsense into it
  }
  return {
    get: (key, usual = null) => kept[key] ?? usual,
    set(key, value) {
      kept[key] = value
      try {
        localStorage.setItem(name, JSON.stringify(kept))
      } catch {
        // remembered for this page only
      }
    },
  }
}

export const newId = () =>
  crypto.randomUUID ? crypto.randomUUID() : Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16)).join("")
