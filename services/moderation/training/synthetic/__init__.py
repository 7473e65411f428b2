"""Texts that this project wrote to teach and to measure moderation: templates with slots, split by template."""
