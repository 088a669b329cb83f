"""Tests of the agents: the seam against a scripted server, each agent against its rules and the sandbox's model."""
