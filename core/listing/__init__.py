"""Lists: columns, filters in the URL, keyset pages, counts and exports, the same for every list."""

from core.listing.columns import Cell, Column
from core.listing.listing import Listing, listing_for, register
from core.listing.page import ListPage, build_page

__all__ = ["Cell", "Column", "ListPage", "Listing", "build_page", "listing_for", "register"]
