"""Acts on a campaign as a whole: opening, deadlines, roster, urging."""
