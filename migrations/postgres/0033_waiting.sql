-- What waits for a second person is a list of its own, and nearly no incident is on it.
CREATE INDEX incidents_waiting ON incidents (id) WHERE pending_approvals > 0;
