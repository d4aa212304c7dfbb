-- 001_first.sql - everything that has to survive: the tables of ../sqlite/001_first.sql, where each is explained, for PostgreSQL.
-- What a client may fill with any bytes is bytea, as text holds neither NUL nor what is no UTF-8:
--   SELECT id, convert_from(label, 'UTF8') FROM analyses;
-- Whole numbers are bigint throughout: parameters go over the wire as eight bytes.

CREATE TABLE analyses (
	seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id text NOT NULL UNIQUE,
	owner text NOT NULL,
	depth text NOT NULL,
	label bytea,
	options bytea,
	callback_url bytea,
	traceparent bytea,
	status bigint NOT NULL DEFAULT 0,
	priority bigint NOT NULL,
	sessions bigint NOT NULL,
	attempts bigint NOT NULL DEFAULT 0,
	fence bigint NOT NULL DEFAULT 0,
	worker text,
	lease_until_us bigint NOT NULL DEFAULT 0,
	created_us bigint NOT NULL,
	started_us bigint NOT NULL DEFAULT 0,
	finished_us bigint NOT NULL DEFAULT 0,
	confidence double precision,
	verdict text,
	enrichment_applied bigint NOT NULL DEFAULT 0,
	error bytea,
	dead bigint NOT NULL DEFAULT 0,
	stage bytea,
	share double precision NOT NULL DEFAULT 0,
	events bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 80);
CREATE INDEX analyses_newest ON analyses (created_us, id);
CREATE INDEX analyses_of_owner ON analyses (owner, created_us, id);
CREATE INDEX analyses_queued ON analyses (created_us) WHERE status = 0;
CREATE INDEX analyses_processing ON analyses (created_us) WHERE status = 1;
CREATE INDEX analyses_dead ON analyses (created_us, id) WHERE dead = 1;
CREATE INDEX analyses_ended ON analyses (finished_us) WHERE finished_us > 0;

-- Compressed already: PostgreSQL need not try again.
CREATE TABLE requests (
	analysis bigint PRIMARY KEY,
	body bytea NOT NULL
);
ALTER TABLE requests ALTER COLUMN body SET STORAGE EXTERNAL;

CREATE TABLE results (
	analysis bigint PRIMARY KEY,
	response bytea,
	document bytea
);
ALTER TABLE results ALTER COLUMN document SET STORAGE EXTERNAL;

-- What is accepted and has not ended: the outbox of the queue (Redis). A row is written in the transaction that accepts the
-- analysis and deleted in the one that ends it; store_stranded finds those that were not put into a queue lately.
CREATE TABLE jobs (
	id text PRIMARY KEY,
	owner text NOT NULL,
	priority bigint NOT NULL,
	created_us bigint NOT NULL,
	not_before_us bigint NOT NULL,
	claimed_until_us bigint NOT NULL DEFAULT 0,
	consumer text,
	claim bigint NOT NULL DEFAULT 0,
	deliveries bigint NOT NULL DEFAULT 0,
	put_us bigint NOT NULL
);
CREATE INDEX jobs_put ON jobs (put_us);

CREATE TABLE job_owners (
	owner text PRIMARY KEY,
	served_us bigint NOT NULL
);

CREATE TABLE events (
	analysis bigint NOT NULL,
	seq bigint NOT NULL,
	time_us bigint NOT NULL,
	type text NOT NULL,
	data text NOT NULL,
	PRIMARY KEY (analysis, seq)
);
CREATE INDEX events_oldest ON events (time_us);

CREATE TABLE campaigns (
	key text NOT NULL,
	analysis bigint NOT NULL,
	owner text NOT NULL,
	verdict text NOT NULL,
	confidence double precision,
	low double precision,
	high double precision,
	sources bigint NOT NULL,
	sessions bigint NOT NULL,
	first_us bigint NOT NULL,
	last_us bigint NOT NULL,
	summary text NOT NULL,
	PRIMARY KEY (key, analysis)
);
CREATE INDEX campaigns_of_analysis ON campaigns (analysis);
CREATE INDEX campaigns_last ON campaigns (last_us, key);

CREATE TABLE callbacks (
	id text PRIMARY KEY,
	analysis_id text NOT NULL,
	owner text NOT NULL,
	url bytea NOT NULL,
	attempts bigint NOT NULL DEFAULT 0,
	created_us bigint NOT NULL,
	due_us bigint NOT NULL,
	ended_us bigint NOT NULL DEFAULT 0,
	dead bigint NOT NULL DEFAULT 0,
	error bytea
);
CREATE INDEX callbacks_due ON callbacks (due_us) WHERE ended_us = 0;
CREATE INDEX callbacks_of_analysis ON callbacks (analysis_id);
CREATE INDEX callbacks_newest ON callbacks (created_us);

CREATE TABLE idempotency (
	owner text NOT NULL,
	key bytea NOT NULL,
	fingerprint bytea NOT NULL,
	reply bytea NOT NULL,
	created_us bigint NOT NULL,
	PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_oldest ON idempotency (created_us);

CREATE TABLE keys (
	id text PRIMARY KEY,
	name bytea NOT NULL,
	hash bytea NOT NULL CHECK (length(hash) = 32),
	scopes bigint NOT NULL,
	created_us bigint NOT NULL,
	expires_us bigint NOT NULL,
	revoked_us bigint NOT NULL,
	used_us bigint NOT NULL,
	rate_per_minute bigint NOT NULL,
	quota_per_day bigint NOT NULL
);

CREATE TABLE counters (
	space bytea NOT NULL,
	key bytea NOT NULL,
	period_us bigint NOT NULL,
	total bigint NOT NULL,
	PRIMARY KEY (space, key, period_us)
);

CREATE TABLE small_values (
	space bytea NOT NULL,
	key bytea NOT NULL,
	value bytea NOT NULL,
	expires_us bigint NOT NULL,
	PRIMARY KEY (space, key)
);
CREATE INDEX small_values_end ON small_values (expires_us) WHERE expires_us > 0;

CREATE TABLE audit (
	seq bigint PRIMARY KEY,
	time_us bigint NOT NULL,
	actor bytea,
	action bytea,
	subject bytea,
	outcome bytea,
	request_id bytea,
	remote bytea,
	previous bytea NOT NULL CHECK (length(previous) = 32),
	hash bytea NOT NULL CHECK (length(hash) = 32)
);
