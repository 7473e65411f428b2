"""The folds of the gateway's view, fact by fact."""

from services.gateway.posts.vote_projection import VoteTallies


def test_a_vote_replaces_the_users_vote_before_it() -> None:
    tallies = VoteTallies({("post-1", "ada"): 1})
    for value in (1, -1, -1, 0):
        tallies.take("post-1", "ada", value)
    tallies.take("post-1", "ben", 1)
    tallies.take("post-2", "ben", -1)
    assert tallies.votes == {("post-1", "ada"): 0, ("post-1", "ben"): 1, ("post-2", "ben"): -1}
    assert (tallies.up, tallies.down) == ({"post-1": 0, "post-2": 0}, {"post-1": 0, "post-2": 1})


def test_each_vote_moves_the_tally_of_its_side() -> None:
    tallies = VoteTallies({("post-1", "ada"): -1})
    tallies.take("post-1", "ada", 1)
    assert (tallies.up, tallies.down) == ({"post-1": 1}, {"post-1": -1})
