-- 002_workflow.sql - runs of workflows: the tables of ../sqlite/002_workflow.sql, where each is explained, for PostgreSQL.

CREATE TABLE workflow_runs (
	seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	id text NOT NULL UNIQUE,
	analysis bigint NOT NULL,
	graph text NOT NULL,
	version bigint NOT NULL,
	status bigint NOT NULL,
	fence bigint NOT NULL,
	job_fence bigint NOT NULL,
	origin text,
	node text,
	error bytea,
	created_us bigint NOT NULL,
	updated_us bigint NOT NULL
);
CREATE INDEX workflow_runs_of_analysis ON workflow_runs (analysis, updated_us);

CREATE TABLE workflow_steps (
	run bigint NOT NULL,
	step bigint NOT NULL,
	node text NOT NULL,
	visit bigint NOT NULL,
	attempts bigint NOT NULL,
	started_us bigint NOT NULL,
	elapsed_us bigint NOT NULL,
	record bytea NOT NULL,
	outputs bytea NOT NULL,
	PRIMARY KEY (run, step)
);

CREATE TABLE workflow_effects (
	run bigint NOT NULL,
	node text NOT NULL,
	visit bigint NOT NULL,
	provider bytea NOT NULL,
	key bytea NOT NULL,
	time_us bigint NOT NULL,
	question bytea,
	value bytea,
	PRIMARY KEY (run, node, visit, provider, key)
);
