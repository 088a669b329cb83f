"""Clients of the outside world: each speaks one service's protocol and classifies its errors."""
