-- The peer's one table.
CREATE TABLE analyses (
	id uuid PRIMARY KEY,
	status text NOT NULL,
	depth text NOT NULL,
	sessions jsonb NOT NULL,
	confidence double precision,
	evidence jsonb,
	created timestamptz NOT NULL DEFAULT now()
);
