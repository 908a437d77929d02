// SortableJS as a module: import Sortable from "sortable". The vendored file sets a global.

import "vendor/sortable"

export default self.Sortable
