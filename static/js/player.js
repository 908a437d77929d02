// Recordings: a compact player over the native one; only one plays at a time. Speed and download appear once it plays.

import { post } from "crm/net"
import { el, icon, text } from "crm/text"
import { fire, toast } from "crm/toast"

const SPEEDS = [1, 1.5, 2]
const SPEED = "play-speed" // kept: whoever listens to many calls listens fast
const GIVEN_UP = 410 // it could not be fetched; asked again it is

const clock = (seconds) => {
  const whole = Math.floor(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, String(whole % 60).padStart(2, "0")]
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`
}

const chosenSpeed = () => (SPEEDS.includes(Number(localStorage.getItem(SPEED))) ? Number(localStorage.getItem(SPEED)) : 1)

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
  button.addEventListener("click", () => (audio.paused ? start(player) : audio.pause()))
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

function start(player) {
  const audio = player.querySelector("audio")
  player.querySelector(".player-said")?.remove()
  if (audio.error) audio.load()
  audio.playbackRate = audio.defaultPlaybackRate = chosenSpeed()
  audio.play().then(() => addExtras(player)).catch((error) => { if (error.name !== "AbortError") explain(player) })
}

function addExtras(player) {
  if (player.querySelector(".player-speed")) return
  const audio = player.querySelector("audio")
  const speed = el("button", { class: "btn btn-quiet btn-sm num player-speed", type: "button" })
  const say = () => {
    speed.textContent = `${chosenSpeed()}×`
    speed.setAttribute("aria-label", `${text("play_speed")}: ${chosenSpeed()}×`)
    speed.title = text("play_speed")
  }
  speed.addEventListener("click", () => {
    localStorage.setItem(SPEED, SPEEDS[(SPEEDS.indexOf(chosenSpeed()) + 1) % SPEEDS.length])
    audio.playbackRate = audio.defaultPlaybackRate = chosenSpeed()
    say()
  })
  say()
  player.append(speed)
  if (!("mayDownload" in document.body.dataset)) return
  const href = `${audio.getAttribute("src")}file/`
  player.append(el("a", { class: "btn btn-quiet btn-sq btn-sm player-file", href, download: true, title: text("download"), "aria-label": text("download") }, icon("download", "i i-s")))
}

/** Say why nothing plays, in the server's words, and offer to try again. */
async function explain(player) {
  const url = player.querySelector("audio").getAttribute("src")
  const answer = await fetch(url, { headers: { Range: "bytes=0-0", "HX-Request": "true" } }).catch(() => null)
  const isPlain = answer && !answer.ok && answer.headers.get("Content-Type")?.startsWith("text/plain")
  const reason = (isPlain && (await answer.text()).trim()) || text("record_failed")
  const askAgain = async () => {
    const asked = answer?.status === GIVEN_UP ? await post(`${url}again/`).catch(() => null) : null
    fire(asked?.headers.get("HX-Trigger"))
  }
  if (player.closest("td, .q-l2")) { // a row has no room for words
    toast({ text: reason, level: "warning" })
    return askAgain()
  }
  const again = el("button", { class: "btn btn-sm", type: "button" }, text("retry"))
  again.addEventListener("click", async () => {
    again.disabled = true
    await askAgain()
    start(player)
  })
  player.querySelector(".player-said")?.remove()
  player.append(el("span", { class: "player-said sm", role: "status" }, reason, " ", again))
}

const all = (root) => { for (const player of root.querySelectorAll?.("[data-player]") ?? []) setUp(player) }
all(document)
document.addEventListener("htmx:load", (event) => all(event.detail.elt.parentElement ?? event.detail.elt))
