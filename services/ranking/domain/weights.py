"""The weights of the score, each with its reason. One point equals half a day of age, or ten times the votes."""

# Parts are multiples of this. Sums of such numbers below 2^29 are exact in a double, so the parts add up to
# the score in any order, in any language. 6e-8 keeps votes apart up to 3.6 million on one post.
QUANTUM = 2.0**-24

# A post loses one point in this many seconds (12.5 h): the decay of Reddit's published `hot` formula
# (reddit/reddit, r2/lib/db/_sorts.pyx). Linear in age, so the order of two posts never changes by waiting.
SECONDS_PER_POINT = 45_000.0

# Points for each factor of ten in net votes: 1, as in the same formula. The logarithm keeps an imported score of
# thousands from pushing a new post down for more than two days.
VOTES = 1.0

# Points for each factor of ten in replies: half of a vote's, because a reply takes more work but quarrels have many.
DISCUSSION = 0.5

# Points for a cosine of 1 between post and user embedding. With MiniLM, unrelated posts have about 0.1 and close
# ones about 0.6, so a good match is worth about two points: one day.
TASTE = 4.0

# The most that liking (or disliking) a community moves a post: 18 hours. That is less than a well-matching post
# gains, so that one busy community cannot fill the feed.
COMMUNITY = 1.5

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
