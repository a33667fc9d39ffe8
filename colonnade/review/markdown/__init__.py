"""The review of an analysis as Markdown, for a comment on GitHub."""
