-- 显示的作者, in clear only where the definition of the source says why it is needed (keep_author_because); deleted with its
-- mention. A referral seals it with what it hands over.
ALTER TABLE mentions ADD COLUMN author TEXT;
