/* Fields of a mailing go to where the writer stands: in the text, or in the subject when that had the focus last. */

const text = document.querySelector("[data-insert-into]");
const subject = document.querySelector("#mailing-letter [name=subject]");
let last = text;

for (const field of [text, subject]) field?.addEventListener("focus", () => { last = field; });

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button || !last) return;
  last.focus();
  last.setRangeText(button.dataset.insert, last.selectionStart, last.selectionEnd, "end");
  last.dispatchEvent(new Event("input", { bubbles: true }));
});
