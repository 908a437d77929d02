// A word that comes while nobody looks: a number on the button, a blinking title, a short sound.

export class Attention {
  constructor({ badge, store, isLoud, words }) {
    Object.assign(this, { badge, store, isLoud, words, count: 0, title: "", timer: 0 })
    document.addEventListener("visibilitychange", () => document.hidden || this.#still())
  }

  get isMuted() {
    return this.store.get("muted", false)
  }

  set isMuted(value) {
    this.store.set("muted", value)
  }

  call() {
    this.count += 1
    this.badge.textContent = String(this.count)
    this.badge.hidden = false
    this.blink()
    this.ring()
  }

  ring() {
    if (this.isLoud && !this.isMuted) beep()
  }

  blink() {
    if (!document.hidden || this.timer) return
    this.title = document.title
    this.timer = setInterval(() => {
      document.title = document.title === this.title ? `• ${this.words.news}` : this.title
    }, 1200)
  }

  rest() {
    this.count = 0
    this.badge.hidden = true
    this.#still()
  }

  #still() {
    if (!this.timer) return
    clearInterval(this.timer)
    this.timer = 0
    document.title = this.title
  }
}

function beep() {
  try {
    const audio = new AudioContext()
    const tone = audio.createOscillator()
    const volume = audio.createGain()
    tone.frequency.value = 880
    volume.gain.setValueAtTime(0.06, audio.currentTime)
    volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.35)
    tone.connect(volume).connect(audio.destination)
    tone.start()
    tone.stop(audio.currentTime + 0.4)
    tone.onended = () => audio.close()
  } catch {
    // a browser that wants a gesture first stays silent
  }
}
