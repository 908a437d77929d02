// What the modules of the dialogs' workspace share: its element, its words, the mark of the open row.

export const workspace = document.getElementById("dialogs")
const words = JSON.parse(document.getElementById("dialogs-text").textContent)

/** Give a text by key with {name} marks filled in. */
export const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (mark, name) => values[name] ?? mark)

/** Mark one row of the list as the open one. */
export function markAt(rows, row) {
  for (const one of rows) {
    one.classList.toggle("on", one === row)
    if (one === row) one.setAttribute("aria-current", "true")
    else one.removeAttribute("aria-current")
  }
}
