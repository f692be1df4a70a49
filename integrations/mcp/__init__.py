"""Speaking to MCP servers, in both eras of their protocol, by the guarded way out."""
