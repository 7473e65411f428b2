"""`ottit import`: posts from a file of JSON Lines, through the same pipeline as everybody's, resumable."""
