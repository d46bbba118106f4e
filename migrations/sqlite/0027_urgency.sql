-- The order of lists of what is in hand: the gravest first, then by the main clock (see IncidentRow::urgency). The clock that is
-- due first, which ordered them before, is often an internal one and long overdue.
ALTER TABLE incidents ADD COLUMN urgency INTEGER NOT NULL DEFAULT 0;
UPDATE incidents SET urgency =
    (CASE WHEN event_grade IN ('major', 'extraordinary') OR opinion_grade IN ('major', 'extraordinary') THEN 0 ELSE 3 END
    + CASE WHEN main_due_at IS NOT NULL THEN 0 WHEN due_order < 9223372036854775807 THEN 1 ELSE 2 END) * 8796093022208
    + COALESCE(main_due_at, NULLIF(due_order, 9223372036854775807), detected_at);
DROP INDEX incidents_by_due;
CREATE INDEX incidents_by_urgency ON incidents (urgency, id) WHERE active;
