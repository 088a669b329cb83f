"""How good the agents are: labelled corpora, scorers with a value and a reason, and gates against a baseline."""
