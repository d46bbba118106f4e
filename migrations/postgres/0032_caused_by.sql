-- Who did what a notice tells of: whoever asked for an approval is not told to give it, and names are looked up when it is read.
ALTER TABLE notifications ADD COLUMN caused_by TEXT;
