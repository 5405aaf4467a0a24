"""Pages for those who follow and steer a campaign."""
