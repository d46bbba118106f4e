-- What persons said belongs to an incident is read when the service starts, by when they said it.
CREATE INDEX suggestions_by_decision ON suggestions (decided_at, mention);
