#!/bin/sh
# Brings both databases of Temporal to the schema that this version of its tools carries: creates what is missing, and
# migrates what is older. Where, and as whom, is in SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD. Safe to repeat.
set -eu

bring_up() {
  temporal-sql-tool --plugin postgres12 --database "$1" create-database --defaultdb postgres
  temporal-sql-tool --plugin postgres12 --database "$1" setup-schema --version 0.0
  temporal-sql-tool --plugin postgres12 --database "$1" update-schema --schema-name "postgresql/v12/$2"
}

bring_up temporal temporal
bring_up temporal_visibility visibility
