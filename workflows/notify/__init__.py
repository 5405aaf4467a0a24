"""Who is told what: the outbox, the texts, the mails and the ways they travel."""
