"""`ottit import`: resumable import of posts from JSON Lines, through the same pipeline as all posts."""
