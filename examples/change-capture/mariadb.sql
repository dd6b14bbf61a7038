CREATE TABLE customers (
    id         BIGINT PRIMARY KEY,
    email      VARCHAR(100) NOT NULL,
    balance    DECIMAL(12,2) NOT NULL DEFAULT 0,
    tags       SET('new', 'vip'),
    changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6)
);
INSERT INTO customers (id, email, balance, tags) VALUES
    (1, 'emma@example.org', 12.50, 'new'),
    (2, 'liam@example.org', 99.95, NULL),
    (3, 'noah@example.org', 0, 'new,vip');
