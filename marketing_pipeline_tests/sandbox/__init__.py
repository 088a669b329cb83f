"""Tests of the local world, over real HTTP."""
