// Runs before the first paint: turns "auto" into the system's theme, and any into light on paper. Everything else can wait.
(() => {
  const root = document.documentElement
  const dark = matchMedia("(prefers-color-scheme: dark)")
  const apply = () => {
    if (root.dataset.theme === "auto") root.dataset.bsTheme = dark.matches ? "dark" : "light"
  }
  apply()
  dark.addEventListener("change", apply)
  // Paper is white, and browsers leave backgrounds off it.
  let shown
  addEventListener("beforeprint", () => { [shown, root.dataset.bsTheme] = [root.dataset.bsTheme, "light"] })
  addEventListener("afterprint", () => { root.dataset.bsTheme = shown })
  root.classList.add("js")
})()
