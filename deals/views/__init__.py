"""Pages of deals and pipelines: load, permit, validate, one call, respond."""
