"""What the sandbox's model says: rules over the data of the prompt, one agent a file."""
