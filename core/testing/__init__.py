"""What the tests stand on: their own servers, one database template, a copy for each worker."""
