"""What the evaluator is asked about each criterion, and what each level looks like."""

from marketing_pipeline.domain.evaluation import Criterion

ANCHORS: dict[Criterion, dict[str, str]] = {
    Criterion.LEGIBILITY: {
        "question": "Can every word be read at once on a phone held at arm's length?",
        "good": "Every line is read without effort: clear contrast, ample size, nothing behind the letters competes.",
        "acceptable": "Everything can be read, but one secondary line is small, thin or close in tone to its ground.",
        "poor": "A headline, price or call to action is hard to read, clipped, overlapped, or lost in the picture.",
    },
    Criterion.COMPOSITION: {
        "question": "Does the eye find one clear subject, then the words, with room to breathe?",
        "good": "One subject leads, the order of reading is plain, margins are even, the empty space is deliberate.",
        "acceptable": "The order of reading holds, but something is slightly crowded, off balance or adrift.",
        "poor": "Elements collide, touch the edge or compete for first place; or most of it is empty by accident.",
    },
    Criterion.BRAND_FIT: {
        "question": "Would a follower know whose post this is with the name covered?",
        "good": "Colours come from one palette of the brand, type and mood suit its voice, nothing looks foreign.",
        "acceptable": "It belongs to the brand, but one colour, mood or line of text is off key.",
        "poor": "Colours, mood or wording could be anybody's, or go against the voice.",
    },
    Criterion.MESSAGE_MATCH: {
        "question": "Does the picture say what this post is about, and nothing that is untrue of it?",
        "good": "Subject, headline and details tell the key message; product and price are the planned ones.",
        "acceptable": "Related to the message, but generic: it would serve several other posts as well.",
        "poor": "It shows or says something else, contradicts the post, or leaves the planned product out.",
    },
    Criterion.CRAFT: {
        "question": "Does it look finished by a careful designer?",
        "good": "Edges, spacing, line breaks and texture are clean on a close look; across slides everything lines up.",
        "acceptable": "One small flaw that a client might point at: an awkward break, a soft edge, uneven spacing.",
        "poor": "A visible fault: artefacts, blur, an orphaned word, misaligned parts, a seam, stretched artwork.",
    },
}
