CREATE DATABASE IF NOT EXISTS test;

CREATE TABLE test.avro_tab(
user_id            INT          NOT NULL COMMENT "user id",
name               VARCHAR(20)           COMMENT "name",
age                INT                   COMMENT "age"
)
DUPLICATE KEY(user_id)
DISTRIBUTED BY HASH(user_id) BUCKETS 12;
