"""What the acceptance tests share: the stack under test, its people, HTTP and WebSocket clients, and checks."""
