"""The kinds of market that are played: some to fix the engine's constants on, others to report.

Reported are audiences (seeds) that were never played before the constants were fixed. The reference and the drifting
market are given; of the others no two of training and report are the same.
"""

from benchmarks.markets.world import Kind

TINY_NOISE = 0.9

TRAINING = (
    Kind("reference"),
    Kind("drifting", drift=0.08),
    Kind("rich", pairs=0.15, season=0.25, fatigue=0.08, noise_wave=0.4),
    Kind("heavy_tails", outliers=0.08),
    Kind("tiny", places=2, noise=TINY_NOISE, shared=0.5, followers=0.1),
)
HELD_OUT = (
    Kind("reference"),
    Kind("reference_independent_noise", shared=0.0),
    Kind("reference_shared_noise", shared=0.4),
    Kind("reference_friday", plan_hour=4 * 24 + 9.0),
    Kind("drifting", drift=0.08),
    Kind("rich", pairs=0.18, season=0.35, fatigue=0.1, noise_wave=0.5),
    Kind("heavy_tails", outliers=0.05),
    Kind("tiny", places=2, noise=1.1, shared=0.6, followers=0.1),
    Kind("slots_once", sizes=(4, 3, 5, 12), once=3),
    Kind("most_alike", sizes=(4, 3, 5, 12), once=3, most_alike=0.6),
)
