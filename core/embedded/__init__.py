"""The bundled PostgreSQL and Valkey: where they live, how they start, who stops them."""
