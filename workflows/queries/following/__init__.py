"""Reads for those who follow a campaign."""
