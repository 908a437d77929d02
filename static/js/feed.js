// The feed: what comes while it is open stands under the heading of its day, once, and in place of "nothing yet".

const feed = document.querySelector(".act-feed")

function tidy() {
  const seen = new Set()
  for (const heading of feed.querySelectorAll(".tl-day")) {
    const day = heading.textContent.trim()
    if (seen.has(day)) heading.remove()
    seen.add(day)
  }
  if (seen.size) feed.querySelector(".nothing")?.remove()
}

document.body.addEventListener("htmx:afterSettle", tidy)
