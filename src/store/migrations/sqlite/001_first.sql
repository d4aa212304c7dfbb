-- 001_first.sql - everything that has to survive. Times are microseconds UTC, 0: not yet or never. Ids are lower-case UUIDs.
-- A row of `analyses` is small, because it is rewritten by every heartbeat: what is large lies in tables of its own.

CREATE TABLE analyses (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	owner TEXT NOT NULL,
	depth TEXT NOT NULL,
	label TEXT,
	options TEXT,
	callback_url TEXT,
	traceparent TEXT,
	status INTEGER NOT NULL DEFAULT 0,        -- enum analysis_status
	priority INTEGER NOT NULL,                -- enum job_priority
	sessions INTEGER NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0,
	fence INTEGER NOT NULL DEFAULT 0,         -- of the attempt that may finish it
	worker TEXT,
	lease_until_us INTEGER NOT NULL DEFAULT 0,
	created_us INTEGER NOT NULL,
	started_us INTEGER NOT NULL DEFAULT 0,
	finished_us INTEGER NOT NULL DEFAULT 0,
	confidence REAL,
	verdict TEXT,
	enrichment_applied INTEGER NOT NULL DEFAULT 0,
	error TEXT,
	dead INTEGER NOT NULL DEFAULT 0,
	stage TEXT,
	share REAL NOT NULL DEFAULT 0,
	events INTEGER NOT NULL DEFAULT 1         -- seq of its last event; the first, "queued", has no row
) STRICT;
CREATE INDEX analyses_newest ON analyses (created_us, id);
CREATE INDEX analyses_of_owner ON analyses (owner, created_us, id);
CREATE INDEX analyses_queued ON analyses (created_us) WHERE status = 0;
CREATE INDEX analyses_processing ON analyses (lease_until_us) WHERE status = 1;
CREATE INDEX analyses_dead ON analyses (created_us, id) WHERE dead = 1;
CREATE INDEX analyses_ended ON analyses (finished_us) WHERE finished_us > 0;

-- What was submitted: zstd of NDJSON.
CREATE TABLE requests (
	analysis INTEGER PRIMARY KEY,             -- analyses.seq
	body BLOB NOT NULL
) STRICT;

-- `response` is the public answer, of a failed analysis too; `document` is zstd of the whole result document.
CREATE TABLE results (
	analysis INTEGER PRIMARY KEY,             -- analyses.seq
	response BLOB,
	document BLOB
) STRICT;

-- The queue, which is also the list of what is accepted and has not ended: a row is written in the transaction that accepts
-- the analysis, and deleted in the one that ends it (finished, failed for good, cancelled). Who writes what:
--   store  inserts; deletes; on a retry, release or requeue sets not_before_us and frees it: claimed_until_us = 0,
--          consumer = NULL (a requeue also sets deliveries = 0); put_us in store_stranded.
--   queue  (queue/sqlite.c, by its own connection to the same file) claims a row that is ready, which is
--              not_before_us <= now AND claimed_until_us <= now,
--          by claimed_until_us = now + lease, consumer = its name, claim = claim + 1, deliveries = deliveries + 1; extends, gives up or
--          deletes only where `claim` is still the number that it got, so that (id, claim) is the ticket.
--          A missing row means that the job has ended: no error.
-- Neither side holds a transaction open while it waits. `id` is analyses.id.
CREATE TABLE jobs (
	id TEXT PRIMARY KEY NOT NULL,
	owner TEXT NOT NULL,
	priority INTEGER NOT NULL,                -- 0: interactive, 1: bulk
	created_us INTEGER NOT NULL,              -- when it was accepted
	not_before_us INTEGER NOT NULL,           -- when it may be claimed: 0 at once, or a retry's time
	claimed_until_us INTEGER NOT NULL DEFAULT 0,
	consumer TEXT,
	claim INTEGER NOT NULL DEFAULT 0,
	deliveries INTEGER NOT NULL DEFAULT 0,
	put_us INTEGER NOT NULL                   -- when it was last handed to a queue
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_next ON jobs (priority, owner, not_before_us, created_us, id);

-- The queue's own: when an owner was last served, for fairness. The store never touches it but in retention.
CREATE TABLE job_owners (
	owner TEXT PRIMARY KEY NOT NULL,
	served_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
	analysis INTEGER NOT NULL,                -- analyses.seq
	seq INTEGER NOT NULL,
	time_us INTEGER NOT NULL,
	type TEXT NOT NULL,
	data TEXT NOT NULL,
	PRIMARY KEY (analysis, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_oldest ON events (time_us);

CREATE TABLE campaigns (
	key TEXT NOT NULL,
	analysis INTEGER NOT NULL,                -- analyses.seq
	owner TEXT NOT NULL,
	verdict TEXT NOT NULL,
	confidence REAL,
	low REAL,
	high REAL,
	sources INTEGER NOT NULL,
	sessions INTEGER NOT NULL,
	first_us INTEGER NOT NULL,
	last_us INTEGER NOT NULL,
	summary TEXT NOT NULL,
	PRIMARY KEY (key, analysis)
) STRICT, WITHOUT ROWID;
CREATE INDEX campaigns_of_analysis ON campaigns (analysis);
CREATE INDEX campaigns_last ON campaigns (last_us, key);

CREATE TABLE callbacks (
	id TEXT PRIMARY KEY NOT NULL,
	analysis_id TEXT NOT NULL,
	owner TEXT NOT NULL,
	url TEXT NOT NULL,
	attempts INTEGER NOT NULL DEFAULT 0,
	created_us INTEGER NOT NULL,
	due_us INTEGER NOT NULL,                  -- a taken one is due again when its lease ends
	ended_us INTEGER NOT NULL DEFAULT 0,      -- delivered or dead
	dead INTEGER NOT NULL DEFAULT 0,
	error TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX callbacks_due ON callbacks (due_us) WHERE ended_us = 0;
CREATE INDEX callbacks_of_analysis ON callbacks (analysis_id);
CREATE INDEX callbacks_newest ON callbacks (created_us);

-- Idempotency-Key: the same key with the same body gets the same answer.
CREATE TABLE idempotency (
	owner TEXT NOT NULL,
	key TEXT NOT NULL,
	fingerprint BLOB NOT NULL,
	reply BLOB NOT NULL,
	created_us INTEGER NOT NULL,
	PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_oldest ON idempotency (created_us);

CREATE TABLE keys (
	id TEXT PRIMARY KEY NOT NULL,
	name TEXT NOT NULL,
	hash BLOB NOT NULL CHECK (length(hash) = 32),
	scopes INTEGER NOT NULL,
	created_us INTEGER NOT NULL,
	expires_us INTEGER NOT NULL,
	revoked_us INTEGER NOT NULL,
	used_us INTEGER NOT NULL,
	rate_per_minute INTEGER NOT NULL,
	quota_per_day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
	space TEXT NOT NULL,
	key TEXT NOT NULL,
	period_us INTEGER NOT NULL,
	total INTEGER NOT NULL,
	PRIMARY KEY (space, key, period_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE small_values (
	space TEXT NOT NULL,
	key TEXT NOT NULL,
	value BLOB NOT NULL,
	expires_us INTEGER NOT NULL,
	PRIMARY KEY (space, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX small_values_end ON small_values (expires_us) WHERE expires_us > 0;

-- Append-only. The last row is never deleted: the next one is chained to it.
CREATE TABLE audit (
	seq INTEGER PRIMARY KEY,
	time_us INTEGER NOT NULL,
	actor TEXT,
	action TEXT,
	subject TEXT,
	outcome TEXT,
	request_id TEXT,
	remote TEXT,
	previous BLOB NOT NULL CHECK (length(previous) = 32),
	hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
