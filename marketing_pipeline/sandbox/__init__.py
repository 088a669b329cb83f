"""The local world: real protocols over loopback, no credentials, and a journal that is the ground truth."""
