-- 002_workflow.sql - runs of workflows (workflow/workflow.h). Rows of steps and effects are only added, by whoever has the run's newest fence.

CREATE TABLE workflow_runs (
	seq INTEGER PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	analysis INTEGER NOT NULL,                -- analyses.seq: the run goes with it; 0: of none
	graph TEXT NOT NULL,
	version INTEGER NOT NULL,                 -- of the graph that it was begun with
	status INTEGER NOT NULL,                  -- enum workflow_status
	fence INTEGER NOT NULL,                   -- of whoever may write; one more each time it is taken up
	job_fence INTEGER NOT NULL,               -- analyses.fence of whoever took it up last
	origin TEXT,                              -- the run that it was forked from
	node TEXT,                                -- where it failed, or asks
	error TEXT,
	created_us INTEGER NOT NULL,
	updated_us INTEGER NOT NULL
) STRICT;
CREATE INDEX workflow_runs_of_analysis ON workflow_runs (analysis, updated_us);

-- A finished step. `record` is what its link of the evidence chain says; `outputs` the fields that it wrote, and no others.
CREATE TABLE workflow_steps (
	run INTEGER NOT NULL,                     -- workflow_runs.seq
	step INTEGER NOT NULL,
	node TEXT NOT NULL,
	visit INTEGER NOT NULL,
	attempts INTEGER NOT NULL,
	started_us INTEGER NOT NULL,
	elapsed_us INTEGER NOT NULL,
	record TEXT NOT NULL,
	outputs BLOB NOT NULL,
	PRIMARY KEY (run, step)
) STRICT;

-- Answers from outside, and questions to a person (value NULL: open).
CREATE TABLE workflow_effects (
	run INTEGER NOT NULL,                     -- workflow_runs.seq
	node TEXT NOT NULL,
	visit INTEGER NOT NULL,
	provider TEXT NOT NULL,
	key TEXT NOT NULL,
	time_us INTEGER NOT NULL,
	question TEXT,
	value BLOB,
	PRIMARY KEY (run, node, visit, provider, key)
) STRICT, WITHOUT ROWID;
