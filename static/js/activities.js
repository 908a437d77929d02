// My day: keys for the row that has the focus.

import { bind } from "crm/keys"
import { openDialog } from "crm/dialog"

const row = () => document.activeElement?.closest("[data-row]") ?? document.querySelector("#day [data-row]")

const page = document.querySelector("[data-day]")
bind("d", () => row()?.querySelector(".day-do")?.click(), page?.dataset.keyDone ?? "")
bind("e", () => {
  const link = row()?.querySelector("[data-edit]")
  if (link) openDialog(link.href)
}, page?.dataset.keyEdit ?? "")
