// Tom Select for <select data-select>: search in long lists; data-url asks the server for ?q= as [{value, text, hint}].
// The plain select stays and works without scripts. import { enhance } from "tom-select" after adding markup by hand.

import { text } from "crm/text"
import "vendor/tom-select"

const TomSelect = self.TomSelect

function row(data, escape) {
  const hint = data.hint ? ` <span class="hint">${escape(data.hint)}</span>` : ""
  return `<div class="menu-item"><span class="cut">${escape(data.text)}</span>${hint}</div>`
}

function load(url) {
  return (query, done) => {
    const address = new URL(url, location.href)
    address.searchParams.set("q", query)
    fetch(address, { headers: { Accept: "application/json" } })
      .then((response) => (response.ok ? response.json() : []))
      .then(done, () => done())
  }
}

/** Turn one select into a searching one. */
export function enhance(select) {
  if (select.tomselect) return select.tomselect
  const { url, create } = select.dataset
  const made = new TomSelect(select, {
    plugins: select.multiple ? ["remove_button"] : [],
    maxOptions: 200,
    // Filter with every letter. A search that waits picks from the old list when Enter comes soon, and opens the list
    // again, taking the cursor with it, when the reader has gone on to the next field.
    refreshThrottle: 0,
    create: create !== undefined,
    ...(select.multiple ? { placeholder: text("any"), hidePlaceholder: true } : {}),
    load: url ? load(url) : null,
    shouldLoad: (query) => query.length > 0,
    render: {
      option: row,
      no_results: () => `<p class="hint p-2">${text("no_results")}</p>`,
    },
  })
  // The label now names the search box; the select behind it must not be read a second time.
  select.setAttribute("aria-hidden", "true")
  return made
}

const all = (root) => { for (const select of root.querySelectorAll?.("select[data-select]") ?? []) enhance(select) }
all(document)
document.addEventListener("htmx:load", (event) => all(event.detail.elt.parentElement ?? event.detail.elt))
