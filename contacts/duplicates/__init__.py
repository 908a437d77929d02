"""Cards that are probably one client: found, scored with reasons, and never offered again once somebody said no."""
