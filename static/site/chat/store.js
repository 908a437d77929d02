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
