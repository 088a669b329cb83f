"""Tests of the clients of the outside world, over HTTP on loopback."""
