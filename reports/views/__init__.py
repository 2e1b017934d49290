"""Working pages: they read the request, ask one service or selector, and answer; every rule is elsewhere."""
