"""The weights of the score, each with its reason. One point equals ten times the votes; in `hot`, half a day of age.

`python -m tests.bench.feeds` measures what they do to readers with known tastes. Those of `for_you` were chosen on its
half `tune`; `docs/benchmarks.md` has the figures of the other half.
"""

# Parts are multiples of this. Sums of such numbers below 2^29 are exact in a double, so the parts add up to
# the score in any order, in any language. 6e-8 keeps votes apart up to 3.6 million on one post.
QUANTUM = 2.0**-24

# In `hot` and `new`, a post loses one point in this many seconds (12.5 h): the decay of Reddit's published `hot`
# formula (reddit/reddit, r2/lib/db/_sorts.pyx). Linear in age, so the order of two posts never changes by waiting.
SECONDS_PER_POINT = 45_000.0

# In `for_you`, a post loses half a point at this age (12 h), and half a point more each time its age and this double:
# 0.8 in a day, 2 in a week, 3 in a month, 5 in a year. With a linear decay the best weight of taste depends on how much
# is written in a day: what suits a busy site lets a quiet one show nothing but the newest (NDCG@20 0.65 and 0.1).
AGE_UNIT = 43_200.0
AGE_DOUBLING = 0.5

# Points for each factor of ten in net votes: 1, as in the same formula. The logarithm keeps an imported score of
# thousands from pushing a new post down for more than two days.
VOTES = 1.0

# Points for each factor of ten in replies: half of a vote's, because a reply takes more work but quarrels have many.
DISCUSSION = 0.5

# Points for a cosine of 1 between post and user embedding. With MiniLM, unrelated posts have about 0.1 and close
# ones about 0.6, so a good match is worth five points: more than the age of a year, or 10,000 votes.
TASTE = 10.0

# The most that liking (or disliking) a community moves a post: as much as the best match of taste. What a reader votes
# for tells their communities more surely than their words; `DISTINCT` keeps one of them from filling the feed.
COMMUNITY = 6.0

# The points that a post loses once its reader has voted on it or read it: about as much as it gains by being near to
# itself. It stays in the feed, below what is new to them.
SEEN = -8.0

# Affinity reaches 76% of that at this many points: a handful of votes should show, a hundred should not be needed.
AFFINITY_SCALE = 6.0

# Points that an action gives to a community: a vote is deliberate, a read is weak, writing a post is the strongest,
# and "show less" must outweigh the read and the vote that came before it.
AFFINITY_VOTE = 1.0
AFFINITY_READ = 0.25
AFFINITY_POST = 2.0
AFFINITY_LESS = -3.0

# The number of consecutive posts that may share an author or a community.
LONGEST_RUN = 2

# Of each so many places of `for_you`, at least so many go to different communities, where there are that many. Without
# it a reader of one community reads of nothing else: 5 communities in 20, and NDCG@20 is only 0.1 higher.
BLOCK, DISTINCT = 20, 10
