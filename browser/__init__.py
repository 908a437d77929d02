"""The whole product as its users meet it: real servers, a real worker, a real browser."""
