// Theme and rail width: switched here at once, kept in a cookie so that the server draws the next page right.

const root = document.documentElement
const dark = matchMedia("(prefers-color-scheme: dark)")
const YEAR_S = 365 * 24 * 3600

function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : ""
  document.cookie = `${name}=${value}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${secure}`
}

/** Use a theme: auto, light or dark. */
export function setTheme(theme) {
  root.dataset.theme = theme
  root.dataset.bsTheme = theme === "auto" ? (dark.matches ? "dark" : "light") : theme
  remember("theme", theme)
  for (const button of document.querySelectorAll("[data-theme-form] [name=theme]")) {
    button.setAttribute("aria-checked", String(button.value === theme))
  }
  for (const button of document.querySelectorAll("[data-theme-toggle] [name=theme]")) {
    button.value = root.dataset.bsTheme === "dark" ? "light" : "dark"
  }
}

function setRail(button, width) {
  document.getElementById("app").classList.toggle("slim", width === "slim")
  button.value = width === "slim" ? "wide" : "slim"
  button.setAttribute("aria-expanded", String(width !== "slim"))
  remember("rail", width)
}

document.addEventListener("submit", (event) => {
  const button = event.submitter
  if (event.target.matches("[data-theme-toggle]")) {
    event.preventDefault()
    setTheme(root.dataset.bsTheme === "dark" ? "light" : "dark")
  } else if (event.target.matches("[data-theme-form]")) {
    event.preventDefault()
    setTheme(button.value)
  } else if (event.target.matches("[data-rail]")) {
    event.preventDefault()
    setRail(button, button.value)
  }
})
