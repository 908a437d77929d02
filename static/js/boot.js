// Runs before the first paint: turns "auto" into the system's theme. Everything else can wait.
(() => {
  const root = document.documentElement
  const dark = matchMedia("(prefers-color-scheme: dark)")
  const apply = () => {
    if (root.dataset.theme === "auto") root.dataset.bsTheme = dark.matches ? "dark" : "light"
  }
  apply()
  dark.addEventListener("change", apply)
  root.classList.add("js")
})()
