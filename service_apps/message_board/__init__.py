"""A message board of users, threads and posts, as one process or as three, under the same URLs.

`users`, `threads` and `posts` are services of their own: each has its handlers and its data, and knows no other
one's. `api` is the monolith that mounts all three. `board_service` and `collection` are what they share.
"""
