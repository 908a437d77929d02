"""Questions asked of every page there is, made from the URLconf: a new page is asked without being told."""
