"use strict";
// Shows openapi.json: every text is set as text, nothing is interpreted.
(async () => {
	const page = document.getElementById("page");
	const el = (name, text, ...inside) => {
		const e = document.createElement(name);
		if (text) e.textContent = text;
		e.append(...inside);
		return e;
	};
	const doc = await (await fetch("openapi.json")).json();
	const follow = (x) => x && x.$ref ? x.$ref.slice(2).split("/").reduce((at, key) => at[key], doc) : x;
	const name = (x) => x && x.$ref ? x.$ref.split("/").pop() : "";
	const typeOf = (x) => name(x) || [].concat((x && x.type) || (x && x.oneOf ? x.oneOf.map(typeOf) : "any")).join(" | ");
	const table = (head, rows) => {
		const t = el("table");
		t.append(el("tr", "", ...head.map((h) => el("th", h))));
		for (const r of rows) t.append(el("tr", "", ...r.map((c) => el("td", String(c ?? "")))));
		return t;
	};
	const operation = (method, path, op) => {
		const m = el("span", method);
		m.className = "method";
		const d = el("details", "", el("summary", "", m, el("code", path), " " + op.summary));
		if (op.description) d.append(el("p", op.description));
		const parameters = (op.parameters || []).map(follow);
		if (parameters.length)
			d.append(el("h4", "Parameters"), table(["name", "in", "type", ""],
				parameters.map((p) => [p.name, p.in, typeOf(p.schema), p.description])));
		if (op.requestBody)
			d.append(el("h4", "Body"), table(["media type", "schema"],
				Object.entries(op.requestBody.content).map(([t, c]) => [t, typeOf(c.schema)])));
		d.append(el("h4", "Answers"), table(["status", "", "schema"],
			Object.entries(op.responses).map(([status, r]) => {
				const answer = follow(r);
				const content = Object.values(answer.content || {})[0];
				return [status, answer.description, content ? typeOf(content.schema) : ""];
			})));
		return d;
	};
	page.replaceChildren(el("h1", doc.info.title + " " + doc.info.version), el("p", doc.info.description));
	for (const tag of doc.tags) {
		page.append(el("h2", tag.name), el("p", tag.description));
		for (const [path, methods] of Object.entries(doc.paths))
			for (const [method, op] of Object.entries(methods))
				if (op.tags.includes(tag.name)) page.append(operation(method, path, op));
	}
	page.append(el("h2", "Schemas"));
	for (const [key, schema] of Object.entries(doc.components.schemas)) {
		const d = el("details", "", el("summary", "", el("code", key)));
		if (schema.description) d.append(el("p", schema.description));
		if (schema.properties)
			d.append(table(["member", "type", ""], Object.entries(schema.properties).map(([k, p]) =>
				[k + ((schema.required || []).includes(k) ? " *" : ""), typeOf(p), p.description])));
		d.append(el("pre", JSON.stringify(schema, null, 2)));
		page.append(d);
	}
})();
