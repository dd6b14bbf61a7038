CREATE TABLE customers (
    id         BIGINT PRIMARY KEY,
    email      VARCHAR(100) NOT NULL,
    balance    NUMERIC(12,2) NOT NULL DEFAULT 0,
    tags       TEXT[],
    changed_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
INSERT INTO customers (id, email, balance, tags) VALUES
    (1, 'emma@example.org', 12.50, '{new}'),
    (2, 'liam@example.org', 99.95, NULL),
    (3, 'noah@example.org', 0, '{vip,new}');
