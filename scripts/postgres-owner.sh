#!/bin/sh
# Run once by the PostgreSQL image, when its volume is new: a role of the service's own, which owns its database and is no
# superuser (it could read every file of the server otherwise). The superuser's password is taken away: it logs in from inside
# the container only.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$HUIYING_DB_PASSWORD" --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
CREATE ROLE huiying LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
CREATE DATABASE huiying OWNER huiying TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE huiying FROM PUBLIC;
ALTER ROLE CURRENT_USER PASSWORD NULL;
SQL
