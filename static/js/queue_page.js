// Unsorted: the page's parts and words, shared by the modules that bring it to life.

export const queue = document.getElementById("queue")
const words = JSON.parse(document.getElementById("queue-text").textContent)
export const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_mark, name) => values[name] ?? "")
export const rows = () => [...queue.querySelectorAll("[data-row]")]
export const rowOf = (id) => document.getElementById(`lead-${id}`)
export const current = () => queue.querySelector("[data-row].on")
