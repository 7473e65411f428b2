"""Every number of the score, each with its reason. One point is half a day of age, or ten times the votes."""

# Parts are multiples of this. Sums of such numbers below 2^29 are exact in a double, so the parts add up to
# the score in any order, in any language. 6e-8 keeps votes apart up to 3.6 million on one post.
QUANTUM = 2.0**-24

# A post loses one point in this many seconds (12.5 h): the decay of Reddit's published `hot` formula
# (reddit/reddit, r2/lib/db/_sorts.pyx). Linear in age, so the order of two posts never changes by waiting.
SECONDS_PER_POINT = 45_000.0

# Points for each factor of ten in net votes: 1, as in the same formula. The logarithm keeps an imported prior of
# thousands from burying a new post for more than two days.
VOTES = 1.0

# Points for each factor of ten in replies. Half a vote's: a reply is more work than a vote, but quarrels have many.
DISCUSSION = 0.5

# Points for a cosine of 1 between post and reader. Unrelated posts lie near 0.1 and close ones near 0.6 with
# MiniLM, so a good match is worth about two points: one day.
TASTE = 4.0

# The most that liking (or disliking) a community moves a post: 18 hours, less than a good match in taste, so that
# one loud community cannot close the feed to the others.
COMMUNITY = 1.5

# Affinity reaches 76% of that at this many points: a handful of votes should show, a hundred should not be needed.
AFFINITY_SCALE = 6.0

# What an act says about a community: a vote is deliberate, a read is weak, one's own post is the strongest,
# and "show less" must outweigh the read and the vote that came before it.
AFFINITY_VOTE = 1.0
AFFINITY_READ = 0.25
AFFINITY_POST = 2.0
AFFINITY_LESS = -3.0

# As many posts in a row may share an author or a community: the third one gives way.
LONGEST_RUN = 2
