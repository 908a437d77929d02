// Recordings: a compact player over the native one; only one plays at a time.

import { text } from "crm/text"

const clock = (seconds) => {
  const whole = Math.floor(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")]
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`
}

function setUp(player) {
  if (player.classList.contains("ready")) return
  const audio = player.querySelector("audio")
  const button = player.querySelector(".play")
  const bar = player.querySelector(".player-bar")
  const time = player.querySelector(".player-time")
  const name = player.dataset.name
  const label = (key) => button.setAttribute("aria-label", name ? `${text(key)}: ${name}` : text(key))
  player.classList.add("ready")
  button.hidden = bar.hidden = false
  button.addEventListener("click", () => (audio.paused ? audio.play().catch(() => player.classList.add("failed")) : audio.pause()))
  bar.addEventListener("input", () => { audio.currentTime = Number(bar.value) })
  audio.addEventListener("loadedmetadata", () => { if (Number.isFinite(audio.duration)) bar.max = Math.floor(audio.duration) })
  audio.addEventListener("timeupdate", () => {
    bar.value = Math.floor(audio.currentTime)
    bar.setAttribute("aria-valuetext", clock(audio.currentTime))
    time.textContent = clock(audio.currentTime)
  })
  audio.addEventListener("play", () => {
    for (const other of document.querySelectorAll("audio")) if (other !== audio) other.pause()
    player.classList.add("playing")
    label("pause")
  })
  audio.addEventListener("pause", () => { player.classList.remove("playing"); label("play") })
  audio.addEventListener("ended", () => { bar.value = 0 })
}

const all = (root) => { for (const player of root.querySelectorAll?.("[data-player]") ?? []) setUp(player) }
all(document)
document.addEventListener("htmx:load", (event) => all(event.detail.elt.parentElement ?? event.detail.elt))
