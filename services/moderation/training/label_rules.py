"""Labels that the collections do not have, derived by rules from the labels that they have and from words.

* `self_harm` means a crisis of the author: plans, intent or acute thoughts. One collection labels every comment of a
  support forum. Comments without words of a crisis are unknown, and words of support to others make them 0.
* `self_harm_encouragement` is 1 if an attack tells a person to hurt themselves.
* `sexual_minors` is 1 if a sexual text names the age of a child, unknown if its words leave the age open.
* `sexual` is unknown for forums of advice about relationships, whose collection labels all comments as sexual.
"""

import re

Labels = dict[str, float]
UNKNOWN = float("nan")

# Forums about relationships and education, in which hardly any comment is explicit.
ADVICE_FORUMS = frozenset({"DeadBedrooms", "SexPositive", "sexpertslounge"})

_CRISIS = re.compile(
    r"\b(?:i|i'?m|i am|i'?ve|my|me)\b.{0,60}?(?:\bkill(?:ing)? myself|\bend(?:ing)? (?:it|my life|everything|it all)\b"
    r"|\bsuicid(?:e|al)\b|\bwant(?:ed|ing)? to die\b|\bwanna die\b|\bwish i (?:was|were) dead\b|\bhang(?:ing)? myself\b"
    r"|\bhurt(?:ing)? myself|\bcut(?:ting)? myself|\boverdos|\bjump(?:ing)? off|\bshoot(?:ing)? myself|\bthe pills\b"
    r"|\bnot (?:be|wake up|be here|be alive)\b.{0,12}(?:any ?more|tomorrow)|\b(?:reason|point) (?:to|in|of) liv"
    r"|\bdon'?t want to (?:live|be here|be alive|exist|wake)|\bbetter off (?:dead|without me))",
    re.I | re.S,
)
_PAST = re.compile(r"\b(?:used to|years? ago|back then|no longer|recovered|glad (?:that )?i)\b", re.I)
_SUPPORT = re.compile(
    r"\b(?:you'?re not alone|you are not alone|(?:please|just) (?:call|talk|stay|hang|don'?t|get help|message|pm)|pm me"
    r"|message me|hang in there|here for you|it gets better|it will get better|sorry (?:that )?you|proud of you"
    r"|how are you|are you (?:ok|okay|still|safe|there)|have you (?:tried|talked|considered|thought|seen)"
    r"|you (?:can|should|could|might|have to|need to|deserve|matter)"
    r"|your (?:life|family|friends?|parents|therapist))\b",
    re.I,
)
_ENCOURAGEMENT = re.compile(
    r"\bkys\b|\b(?:kill|hang|shoot|drown|neck|off|stab|gas) (?:yo)?ur ?sel(?:f|ves)\b|\bend (?:yo)?ur (?:own )?life\b"
    r"|\bslit (?:yo)?ur (?:own )?(?:wrists?|throat)|\b(?:drink|swallow|chug) (?:some )?bleach\b|\bcommit suicide\b"
    r"|\bgo (?:and )?(?:die|hang|jump off|play in traffic)\b|\bjump off (?:a|the) (?:bridge|cliff|roof|building)",
    re.I,
)
_CHILD = re.compile(
    r"\b(?:[1-9]|1[0-7])[ -]?(?:years?|yrs?|y)[ -]?olds?\b|\b(?:[1-9]|1[0-7]) ?yo\b"
    r"|\b(?:i'?m|i am|she'?s|he'?s|she is|he is|aged?|only) (?:1[0-7]|[6-9])\b"
    r"(?! ?(?:%|minutes|hours|days|weeks|inch|cm|pounds|lbs))"
    r"|\bunder ?age[d]?\b|\bpre-?teens?\b|\bchild(?:ren)?\b|\bkids?\b|\btoddlers?\b|\binfants?\b|\bbab(?:y|ies)\b"
    r"|\bminors?\b|\blittle (?:girls?|boys?|kids?)\b|\bschool ?(?:girls?|boys?)\b|\bp(?:a)?edo(?:phil\w*)?s?\b"
    r"|\b(?:twelve|thirteen|fourteen|fifteen|sixteen|seventeen)\b"
    r"|\b(?:middle|elementary|primary|high) school(?:ers?)?\b|\bjailbait\b|\bmolest",
    re.I,
)
_OPEN_AGE = re.compile(
    r"\b(?:teens?|teenage\w*|girls?|boys?|young\w*|little|student|school|virgin|daughters?|sons?|daddy|sister|brother"
    r"|niece|nephew|cousin|babe|tiny|innocent)\b",
    re.I,
)


def derived_labels(text: str, labels: Labels, forum: str) -> Labels:
    """Return `labels` with the derived categories; NaN is unknown. `forum` is where a comment stood, or empty."""
    return labels | {
        "self_harm": _crisis(text, labels["self_harm"]),
        "self_harm_encouragement": _encouragement(text, labels),
        "sexual": UNKNOWN if forum in ADVICE_FORUMS and labels["sexual"] == 1 else labels["sexual"],
        "sexual_minors": _sexual_minors(text, labels["sexual"], forum),
    }


def _crisis(text: str, label: float) -> float:
    if label != 1:
        return label
    if _CRISIS.search(text) and not _PAST.search(text):
        return 1.0
    return 0.0 if _SUPPORT.search(text) and not _CRISIS.search(text) else UNKNOWN


def _encouragement(text: str, labels: Labels) -> float:
    if not _ENCOURAGEMENT.search(text):
        return 0.0
    return 1.0 if labels["harassment"] == 1 or labels["hate"] == 1 else UNKNOWN


def _sexual_minors(text: str, sexual: float, forum: str) -> float:
    """Texts of advice forums that name a child's age may be a young person's question: unknown."""
    if sexual != 1:
        return UNKNOWN if sexual != 0 and _CHILD.search(text) else 0.0
    if _CHILD.search(text):
        return UNKNOWN if forum else 1.0
    return UNKNOWN if _OPEN_AGE.search(text) else 0.0
