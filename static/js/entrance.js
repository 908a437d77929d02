// Entry of the login pages: theme and messages only.

import "crm/theme"
import "crm/toast"
