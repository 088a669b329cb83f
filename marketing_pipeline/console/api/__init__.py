"""The JSON API of the console, version 1: the same desks, permissions and refusals as its pages."""
