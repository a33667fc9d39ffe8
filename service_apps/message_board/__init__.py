"""A message board of users, threads and posts, as one process or as three, under the same URLs.

`users`, `threads` and `posts` are services of their own: each has only its own handlers and
data. `api` is the monolith that mounts all three. They share `board_service` and `collection`.
"""
