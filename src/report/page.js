/* page.js - draws the result. Data comes from the two JSON blocks and goes into the page as text nodes only (el, say);
 * there is no place here that makes markup from a string. */
"use strict";
(() => {
const read = id => JSON.parse(document.getElementById(id).textContent);
const R = read("result"), V = read("view");
const FULL = 10; /* campaigns shown at once; the others when asked for */
const SVG = "http://www.w3.org/2000/svg";

/* ---- text ---- */
/* Characters that turn text around, end lines or are not seen, shown as what they are. */
const say = text => String(text).replace(
	/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
	c => "\\u{" + c.codePointAt(0).toString(16) + "}");
const cut = (text, most) => { const s = Array.from(say(text)); return s.length > most ? s.slice(0, most - 1).join("") + "…" : s.join(""); };
const count = n => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const many = (n, one, more) => count(n) + " " + (n === 1 ? one : more);
const known = name => name === null ? "" : Object.prototype.hasOwnProperty.call(V.words.names, name) ? V.words.names[name] : say(name);
const verdict = name => V.words.verdicts[name] || [say(name), ""];
const conf = c => c === null ? "–" : (c < 1 ? Math.min(c, 0.99) : 1).toFixed(2);
const utc = ms => new Date(ms).toISOString().replace("T", " ").replace(/\.\d+Z$/, "");
const when = text => text === null ? "–" : say(text).replace("T", " ").replace(/(\.\d+)?Z$/, "");
const span = ms => {
	const s = Math.floor(ms / 1000);
	if (s < 60) return s + " s";
	if (s < 3600) return Math.floor(s / 60) + " min";
	if (s < 86400) return Math.floor(s / 3600) + " h " + Math.floor(s / 60 % 60) + " min";
	return Math.floor(s / 86400) + " d " + Math.floor(s / 3600 % 24) + " h";
};
const chance = p => {
	if (p > 0.4) return p > 0.65 ? "most of the time" : "every second time";
	const times = 1 / p, unit = Math.pow(10, Math.max(0, Math.floor(Math.log10(times)) - 1));
	return "once in " + (times > 1e15 ? "over a million billion" : count(Math.round(times / unit) * unit));
};

/* ---- elements ---- */
function el(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) {
		if (typeof value === "function") e.addEventListener(name, value);
		else if (value !== null && value !== undefined && value !== false) e.setAttribute(name, value);
	}
	for (const child of children.flat())
		if (child !== null && child !== undefined) e.append(child);
	return e;
}
const code = text => el("code", { dir: "ltr" }, say(text));
function track(confidence, interval) {
	const t = el("div", { class: "track" });
	const part = (name, left, width) => {
		const i = el("i", { class: name });
		i.style.left = left * 100 + "%";
		if (width !== null) i.style.width = width * 100 + "%";
		t.append(i);
	};
	if (interval) part("band", interval[0], interval[1] - interval[0]);
	if (confidence !== null) part(interval ? "mark" : "fill", interval ? confidence : 0, interval ? null : confidence);
	return t;
}
const mini = c => el("span", { class: "mini" }, track(c, null), conf(c));
function table(className, heads, rows) {
	return el("div", { class: "scroll" }, el("table", { class: className },
		el("thead", {}, el("tr", {}, heads.map(h => el("th", h[0] === "#" ? { class: "number", scope: "col" } : { scope: "col" }, h.replace("#", ""))))),
		el("tbody", {}, rows)));
}
const cell = (...children) => el("td", {}, ...children);
const number = text => el("td", { class: "number" }, text);
const colour = name => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
const TONES = { coordinated_campaign: "campaign", single_actor_multiple_sources: "single", coincidental: "chance" };
const CONTROL = { coordinated_campaign: 1, single_actor_multiple_sources: 1 };
const tone = v => colour(TONES[v] || "open");

/* ---- canvases: redrawn on a new size or theme, when seen ---- */
const pictures = new Set();
function canvas(host, height, label, draw) {
	const c = el("canvas", { tabindex: "0", role: "img", "aria-label": label });
	const picture = {
		c, width: 0, height,
		draw() {
			const ratio = window.devicePixelRatio || 1, g = c.getContext("2d");
			picture.width = c.clientWidth || 800;
			c.style.height = picture.height + "px";
			c.width = Math.round(picture.width * ratio);
			c.height = Math.round(picture.height * ratio);
			g.setTransform(ratio, 0, 0, ratio, 0, 0);
			g.font = "12px system-ui, sans-serif";
			draw(g, picture.width, picture.height);
		}
	};
	host.append(c);
	pictures.add(picture);
	return picture;
}
const redraw = () => pictures.forEach(p => p.draw());
function tip(host) {
	const t = el("div", { class: "tip" });
	host.append(t);
	return (x, y, lines) => {
		t.style.visibility = lines ? "visible" : "hidden";
		if (!lines) return;
		t.replaceChildren(...lines.map(l => el("div", {}, l)));
		t.style.left = Math.max(4, Math.min(x + 12, host.clientWidth - t.offsetWidth - 4)) + "px";
		t.style.top = Math.max(4, Math.min(y + 12, host.clientHeight - t.offsetHeight - 4)) + "px";
	};
}

/* ---- timeline ---- */
const STEPS = [1, 5, 15, 60, 300, 900, 3600, 10800, 21600, 43200, 86400, 172800, 604800, 2592000, 7776000, 31536000].map(s => s * 1000);
function axisStep(ms, width) {
	const most = Math.max(2, Math.floor(width / 130));
	return STEPS.find(s => ms / s <= most) || STEPS[STEPS.length - 1];
}
function tickText(ms, step) {
	const text = utc(ms);
	return step >= 86400000 ? text.slice(0, 10) : step >= 60000 ? text.slice(5, 16) : text.slice(11);
}
function timeline(campaign, view) {
	const LEFT = 126, TOP = 54, AXIS = 22;
	const order = view.members.map((m, i) => i).sort((a, b) => view.members[a][2] - view.members[b][2] || a - b);
	const rowOf = new Array(order.length);
	order.forEach((m, row) => { rowOf[m] = row; });
	const rowHeight = Math.max(0.5, Math.min(15, 330 / Math.max(1, order.length)));
	const host = el("div", { class: "picture" });
	const show = tip(host);
	const whole = [0, Math.max(1, V.span_ms)];
	let range = whole.slice(), hover = null;
	const lastSeen = Math.max(...view.members.map(m => m[3]), 1), firstSeen = Math.min(...view.members.map(m => m[2]), lastSeen);

	const x = (ms, w) => LEFT + (ms - range[0]) / (range[1] - range[0]) * (w - LEFT - 12);
	const at = (px, w) => range[0] + (px - LEFT) / (w - LEFT - 12) * (range[1] - range[0]);

	function histogram(g, w) {
		const n = V.bins.length, size = V.span_ms / n || 1;
		const top = Math.max(...V.bins, 1), baseline = TOP - 8;
		const bar = (bins, fill) => {
			g.fillStyle = fill;
			bins.forEach((b, i) => {
				const x0 = Math.max(LEFT, x(i * size, w)), x1 = Math.min(w - 12, x((i + 1) * size, w));
				const h = Math.sqrt(b / top) * (TOP - 16);
				if (b && x1 > x0) g.fillRect(x0, baseline - h, Math.max(1, x1 - x0 - 0.5), h);
			});
		};
		bar(V.bins, colour("other"));
		bar(view.bins, tone(campaign.verdict));
		g.fillStyle = colour("soft");
		g.textAlign = "right";
		g.fillText("all sessions", LEFT - 10, TOP - 28);
		g.fillStyle = tone(campaign.verdict);
		g.fillText("this group", LEFT - 10, TOP - 13);
	}
	function axis(g, w, h) {
		const step = axisStep(range[1] - range[0], w - LEFT);
		g.textAlign = "center";
		for (let t = Math.ceil((V.from_ms + range[0]) / step) * step; t <= V.from_ms + range[1]; t += step) {
			const px = Math.round(x(t - V.from_ms, w)) + 0.5;
			g.strokeStyle = colour("line");
			g.beginPath(); g.moveTo(px, TOP - 6); g.lineTo(px, h - AXIS); g.stroke();
			g.fillStyle = colour("soft");
			if (px > LEFT + 30 && px < w - 40) g.fillText(tickText(t, step), px, h - 7);
		}
		g.textAlign = "right";
		g.fillStyle = colour("soft");
		g.fillText("UTC", LEFT - 10, h - 7);
	}
	function masks(g, w, h) {
		g.fillStyle = colour("mask");
		g.globalAlpha = 0.45;
		for (const m of R.masks) {
			const x0 = Math.max(LEFT, x(Date.parse(m.from) - V.from_ms, w)), x1 = Math.min(w - 12, x(Date.parse(m.to) - V.from_ms, w));
			if (x1 >= x0) g.fillRect(x0, TOP - 6, Math.max(2, x1 - x0), h - AXIS - TOP + 6);
		}
		g.globalAlpha = 1;
	}
	function rows(g, w) {
		const tick = Math.max(1, Math.min(9, rowHeight - 2)), wide = rowHeight > 6 ? 3 : 2;
		if (rowHeight >= 11) {
			g.textAlign = "right";
			order.forEach((m, row) => {
				g.fillStyle = hover !== null && hover.row === row ? colour("ink") : colour("soft");
				g.fillText(cut(view.members[m][0], 18), LEFT - 10, TOP + row * rowHeight + rowHeight / 2 + 4);
			});
		}
		g.fillStyle = tone(campaign.verdict);
		for (let i = 0; i < view.points.length; i += 2) {
			const px = x(view.points[i + 1], w);
			if (px >= LEFT - 1 && px <= w - 11)
				g.fillRect(px - wide / 2, TOP + rowOf[view.points[i]] * rowHeight + (rowHeight - tick) / 2, wide, tick);
		}
		if (hover === null) return;
		g.strokeStyle = colour("ink");
		g.strokeRect(x(hover.ms, w) - 4.5, TOP + hover.row * rowHeight + rowHeight / 2 - 6.5, 9, 13);
	}
	const pad = Math.max(1000, (lastSeen - firstSeen) * 0.03);
	if (lastSeen - firstSeen < whole[1] * 0.15) range = [Math.max(0, firstSeen - pad), Math.min(whole[1], lastSeen + pad)];
	const picture = canvas(host, TOP + Math.ceil(rowHeight * order.length) + AXIS + 8,
		"Timeline: when each source of " + campaign.id + " came. Arrow keys move, plus and minus zoom, 0 shows all.",
		(g, w, h) => { g.clearRect(0, 0, w, h); masks(g, w, h); axis(g, w, h); histogram(g, w); rows(g, w); });
	function set(from, to) {
		const least = Math.min(1000, whole[1]), length = Math.min(whole[1], Math.max(least, to - from));
		from = Math.max(0, Math.min(from, whole[1] - length));
		range = [from, from + length];
		picture.draw();
	}
	const zoom = (factor, centre) => set(centre - (centre - range[0]) * factor, centre + (range[1] - centre) * factor);
	const middle = () => (range[0] + range[1]) / 2, length = () => range[1] - range[0];
	const fit = () => set(firstSeen - pad, lastSeen + pad);
	const keys = {
		"+": () => zoom(0.6, middle()), "=": () => zoom(0.6, middle()), "-": () => zoom(1 / 0.6, middle()), "0": () => set(0, whole[1]),
		ArrowLeft: () => set(range[0] - length() * 0.2, range[1] - length() * 0.2),
		ArrowRight: () => set(range[0] + length() * 0.2, range[1] + length() * 0.2)
	};
	const c = picture.c;
	let drag = null;
	c.addEventListener("keydown", e => { if (Object.hasOwn(keys, e.key)) { keys[e.key](); e.preventDefault(); } });
	c.addEventListener("wheel", e => {
		if (!e.ctrlKey && document.activeElement !== c) return;
		zoom(e.deltaY > 0 ? 1.25 : 0.8, at(e.offsetX, picture.width));
		e.preventDefault();
	}, { passive: false });
	c.addEventListener("pointerdown", e => { drag = { x: e.offsetX, range: range.slice() }; c.setPointerCapture(e.pointerId); });
	c.addEventListener("pointerup", () => { drag = null; });
	c.addEventListener("dblclick", e => zoom(0.4, at(e.offsetX, picture.width)));
	c.addEventListener("pointerleave", () => { hover = null; show(); picture.draw(); });
	c.addEventListener("pointermove", e => {
		if (drag) {
			const shift = (drag.x - e.offsetX) / (picture.width - LEFT - 12) * (drag.range[1] - drag.range[0]);
			set(drag.range[0] + shift, drag.range[1] + shift);
			return;
		}
		let best = 64;
		const was = hover;
		hover = null;
		for (let i = 0; i < view.points.length; i += 2) {
			const row = rowOf[view.points[i]];
			const dx = x(view.points[i + 1], picture.width) - e.offsetX, dy = TOP + (row + 0.5) * rowHeight - e.offsetY;
			const d = dx * dx + dy * dy;
			if (d < best) { best = d; hover = { row, ms: view.points[i + 1], member: view.members[view.points[i]] }; }
		}
		const mask = R.masks.find(m => { const t = V.from_ms + at(e.offsetX, picture.width); return e.offsetX > LEFT && Date.parse(m.from) <= t && t <= Date.parse(m.to); });
		if (hover) show(e.offsetX, e.offsetY, [say(hover.member[0]), utc(V.from_ms + hover.ms) + " UTC", many(hover.member[1], "session", "sessions") + " in all"]);
		else if (mask) show(e.offsetX, e.offsetY, ["Times not judged: " + known(mask.why), mask.sensor === null ? "all sensors" : say(mask.sensor)]);
		else show();
		if (was !== hover) picture.draw();
	});
	const button = (text, title, run) => el("button", { type: "button", title, "aria-label": title, click: run }, text);
	return [el("div", { class: "tools" },
		button("+", "Zoom in", keys["+"]), button("−", "Zoom out", keys["-"]), button("All", "Show the whole input", keys["0"]),
		button("Group", "Show the group's own span", fit),
		"A row a source, a mark a session" + (view.step > 1 ? " (one in " + view.step + " drawn)" : "") + ". Drag to move, double click or Ctrl + wheel to zoom."), host];
}

/* ---- graph ---- */
function graph(campaign, view) {
	if (view.features.length === 0) return [];
	const HEIGHT = 540;
	const host = el("div", { class: "picture" });
	const below = el("div", { class: "below", "aria-live": "polite" });
	const nodes = view.features.map((f, i) => ({ feature: f, bit: i, x: f.at[0], y: f.at[1] }))
		.concat(view.nodes.map(n => ({ source: n, x: n[2], y: n[3], carried: n[4] })));
	const linked = (a, b) => a.source && b.feature ? (a.carried >>> b.bit & 1) === 1 : b.source && a.feature ? (b.carried >>> a.bit & 1) === 1 : a === b;
	const busiest = Math.max(...view.nodes.map(n => n[1]), 1);
	const labels = view.nodes.length <= 48;
	let chosen = -1, place = null;
	const hint = "Round: sources. Square: what they share" + (campaign.counts.sources > view.nodes.length ?
		" (the " + view.nodes.length + " of " + count(campaign.counts.sources) + " sources that share most)" : "") + ". Point at one, or use the arrow keys.";
	below.textContent = hint;
	function tell() {
		const n = nodes[chosen];
		if (!n) { below.textContent = hint; return; }
		if (n.feature)
			below.replaceChildren(known(n.feature.kind) + " ", code(n.feature.value), ", carried by " + many(n.feature.sources, "source", "sources") +
				(n.feature.artefact ? "; an artefact" : ""));
		else
			below.replaceChildren(code(n.source[0]), ", " + many(n.source[1], "session", "sessions") + ", carries " +
				many(nodes.filter(f => f.feature && linked(n, f)).length, "shared feature", "shared features"));
	}
	function draw(g, w, h) {
		const r = Math.min(w / 2 - (labels ? 130 : 60), h / 2 - (labels ? 124 : 24)), main = tone(campaign.verdict);
		const px = n => w / 2 + n.x * r, py = n => h / 2 + n.y * r;
		place = { px, py };
		g.clearRect(0, 0, w, h);
		for (const f of nodes) for (const s of nodes) {
			if (!f.feature || !s.source || !linked(s, f)) continue;
			const lit = chosen >= 0 && (nodes[chosen] === f || nodes[chosen] === s);
			g.strokeStyle = lit ? main : colour("other");
			g.globalAlpha = lit ? 0.95 : chosen >= 0 ? 0.15 : 0.55;
			g.lineWidth = lit ? 1.6 : 1;
			g.beginPath(); g.moveTo(px(f), py(f)); g.lineTo(px(s), py(s)); g.stroke();
		}
		g.lineWidth = 1;
		nodes.forEach((n, i) => {
			const near = chosen < 0 || i === chosen || linked(n, nodes[chosen]);
			g.globalAlpha = near ? 1 : 0.35;
			if (n.source) {
				const size = 3.5 + 4.5 * Math.sqrt(n.source[1] / busiest);
				g.fillStyle = colour("card"); g.strokeStyle = main;
				g.beginPath(); g.arc(px(n), py(n), size, 0, 7); g.fill();
				g.fillStyle = main; g.globalAlpha *= i === chosen ? 1 : 0.75; g.fill();
				if (!labels) return;
				g.fillStyle = colour("soft"); g.save(); g.translate(w / 2 + n.x * (r + 14), h / 2 + n.y * (r + 14));
				const angle = Math.atan2(n.y, n.x), left = n.x < -0.001;
				g.rotate(left ? angle + Math.PI : angle); g.textAlign = left ? "right" : "left";
				g.font = "11px system-ui, sans-serif";
				g.fillText(cut(n.source[0], 20), 0, 4); g.restore();
				return;
			}
			const size = n.feature.artefact ? 8 : 5.5;
			g.fillStyle = n.feature.artefact ? colour("accent") : colour("soft");
			g.fillRect(px(n) - size, py(n) - size, 2 * size, 2 * size);
		});
		const taken = []; /* words above all lines, none over another: the rest are told below */
		const word = (n, i) => {
			const text = cut(known(n.feature.kind) + " " + n.feature.value, 30), width = g.measureText(text).width;
			const x = Math.max(4, Math.min(w - width - 4, px(n) - width / 2));
			const y = [py(n) + 21, py(n) - 13].find(at => !taken.some(t => Math.abs(t.y - at) < 15 && x < t.x + t.width + 6 && t.x < x + width + 6));
			if (y === undefined) return;
			taken.push({ x, y, width });
			const alpha = chosen < 0 || i === chosen || linked(n, nodes[chosen]) ? 1 : 0.3;
			g.globalAlpha = alpha * 0.85; g.fillStyle = colour("card");
			g.fillRect(x - 3, y - 11, width + 6, 15);
			g.globalAlpha = alpha; g.fillStyle = colour("ink"); g.textAlign = "left"; g.fillText(text, x, y);
		};
		if (chosen >= 0 && nodes[chosen].feature) word(nodes[chosen], chosen);
		nodes.forEach((n, i) => { if (n.feature && i !== chosen) word(n, i); });
		g.globalAlpha = 1;
	}
	const picture = canvas(host, HEIGHT, "Graph: the sources of " + campaign.id + " around what they share. Arrow keys go from node to node.", draw);
	const choose = i => { if (i !== chosen) { chosen = i; tell(); picture.draw(); } };
	picture.c.addEventListener("pointermove", e => {
		let best = 160, found = -1;
		nodes.forEach((n, i) => {
			const dx = place.px(n) - e.offsetX, dy = place.py(n) - e.offsetY, d = dx * dx + dy * dy;
			if (d < best) { best = d; found = i; }
		});
		choose(found);
	});
	picture.c.addEventListener("pointerleave", () => choose(-1));
	picture.c.addEventListener("keydown", e => {
		const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
		if (e.key === "Escape") choose(-1);
		if (!step) return;
		choose(((chosen < 0 ? (step > 0 ? -1 : 0) : chosen) + step + nodes.length) % nodes.length);
		e.preventDefault();
	});
	return [el("h3", {}, "Who shares what"), host, below];
}

/* ---- a campaign ---- */
function evidenceRow(e) {
	const off = e.status === "abstained" || e.status === "excluded";
	const notes = { defining: "formed the group: counts only through the null worlds", abstained: "nothing to test: adds nothing", excluded: "left out: the set was selected on it" };
	const strength = el("i", {});
	const power = e.p_value !== null ? -Math.log10(e.p_value) : e.log10_e !== null ? e.log10_e : 0;
	strength.style.width = Math.max(0, Math.min(1, power / 6)) * 100 + "%";
	const tops = e.top.length === 0 ? null : el("details", {}, el("summary", {}, "What contributed most (" + e.top.length + ")"),
		table("", ["Kind", "What", "#Inside", "#Outside"], e.top.map(t => el("tr", {}, cell(known(t.kind)), cell(code(t.what === null ? "" : cut(t.what, 400))), number(count(t.nodes)), number(count(t.background))))));
	const row = el("tr", { class: off ? "off" : null },
		cell(el("b", {}, say(e.title)), notes[e.status] ? el("div", { class: "soft" }, notes[e.status]) : null),
		cell(e.detail === null ? "" : say(e.detail)),
		cell(off || e.status === "defining" ? "–" : e.p_value !== null ? [chance(e.p_value), el("div", { class: "soft" }, "p = " + Number(e.p_value.toPrecision(2)))] :
			e.log10_e !== null ? ["a stated prior", el("div", { class: "soft" }, "Bayes factor 10^" + e.log10_e.toFixed(1))] : "–",
			off || e.status === "defining" ? null : el("span", { class: "strength" }, strength)),
		cell(e.null === null ? "–" : [known(e.null), e.p_value === null ? null : el("div", { class: "soft" }, e.draws > 0 ? many(e.draws, "draw", "draws") : "analytic")].filter(x => x !== null)),
		number(e.effect === null ? "–" : String(Number(e.effect.toPrecision(3)))));
	if (tops === null) return [row];
	row.setAttribute("class", "open");
	return [row, el("tr", {}, el("td", { colspan: "5" }, tops))];
}
function worldRow(c) {
	if (c.p_world === null) return null;
	const strength = el("i", {});
	strength.style.width = Math.min(1, -Math.log10(c.p_world) / 6) * 100 + "%";
	return el("tr", {}, cell(el("b", {}, "Everything together")), cell("The whole analysis on worlds in which all coordination is destroyed: how often is a group of this size this strong?"),
		cell(chance(c.p_world), el("div", { class: "soft" }, "p = " + Number(c.p_world.toPrecision(2))), el("span", { class: "strength" }, strength)),
		cell(known("whole-pipeline null worlds"), el("div", { class: "soft" }, many(R.batch.worlds, "world", "worlds"))), number("–"));
}
/* Channels that say something; the others, of which there are many, when asked for. */
function evidence(c) {
	const heads = ["Evidence", "Finding", "By chance", "Chance means", "#Times expected"];
	const tells = e => e.status === "defining" || (e.status === "tested" && !(e.p_value > 0.05));
	const quiet = c.evidence.filter(e => e.status === "tested" && !tells(e)).concat(c.evidence.filter(e => e.status !== "tested" && e.status !== "defining"));
	return [table("", heads, [c.evidence.filter(tells).flatMap(evidenceRow), worldRow(c)].flat().filter(r => r !== null)),
		quiet.length === 0 ? null : el("details", {}, el("summary", {}, "No more than chance, nothing to test, or left out: " + many(quiet.length, "channel", "channels")), table("", heads, quiet.flatMap(evidenceRow)))];
}
function without(text) {
	const [what, kind, ...rest] = String(text).split(":");
	if (what === "channel") {
		const e = R.campaigns.flatMap(c => c.evidence).find(v => v.channel === kind);
		return ["the channel “" + say(e ? e.title : kind) + "”"];
	}
	return what === "artefact" ? ["the " + known(kind) + " ", code(cut(rest.join(":"), 160))] : [say(text)];
}
const micro = x => Math.round(x * 1e6);
const isEvidence = term => term === "null_worlds" || R.campaigns.some(c => c.evidence.some(e => e.channel === term));
const term = name => Object.prototype.hasOwnProperty.call(V.words.terms, name) ? V.words.terms[name] : name.startsWith("guard:") ? "Guard: " + say(name.slice(6)) : say(name);
/* The account as a waterfall: every bar begins where the one before it ended. */
function ledger(c) {
	if (c.ledger.length === 0) return [];
	const lines = c.ledger.filter(l => l.log_odds !== 0);
	let at = 0, low = 0, high = 0;
	const bars = lines.map(l => { const from = at; at += micro(l.log_odds); low = Math.min(low, at); high = Math.max(high, at); return [from, at]; });
	const wide = Math.max(1, high - low), place = v => (v - low) / wide * 100;
	const bar = (from, to, name) => {
		const zero = el("i", { class: "zero" }), b = el("i", { class: name });
		zero.style.left = place(0) + "%";
		b.style.left = place(Math.min(from, to)) + "%";
		b.style.width = Math.max(0.4, Math.abs(to - from) / wide * 100) + "%";
		return el("div", { class: "fall", role: "img", "aria-label": (to - from >= 0 ? "for: +" : "against: ") + ((to - from) / 1e6).toFixed(2) }, zero, b);
	};
	const odds = x => (x < 0 ? "−" : "+") + Math.abs(x).toFixed(2);
	const sure = v => conf(1 / (1 + Math.exp(-v / 1e6)));
	const rows = lines.map((l, i) => el("tr", {},
		cell(el("b", {}, term(l.term)), l.log_odds < 0 && isEvidence(l.term) ? [" ", el("span", { class: "chip against" }, "counter-evidence")] : null, l.detail === null ? null : el("div", { class: "soft" }, say(l.detail))),
		el("td", { class: "wide" }, bar(bars[i][0], bars[i][1], l.log_odds < 0 ? "minus" : "plus")), number(odds(l.log_odds)), number(sure(bars[i][1]))));
	rows.push(el("tr", { class: "sum" }, cell(el("b", {}, "In all")), el("td", { class: "wide" }, bar(0, at, "whole")), number(odds(at / 1e6)), number(sure(at))));
	const silent = c.ledger.length - lines.length;
	return [el("h3", {}, "How the number adds up"),
		el("p", { class: "small soft" }, "Log-odds: to the right for coordination, to the left against it. The line is even odds." + (silent > 0 ? " " + many(silent, "term adds", "terms add") + " nothing and " + (silent === 1 ? "is" : "are") + " left out." : "")),
		table("ledger", ["Term", "Against / for", "#Log-odds", "#Confidence so far"], rows)];
}
function higher(c, f) {
	if (f.confidence === null || c.confidence === null || f.confidence <= c.confidence + 0.005) return null;
	const parts = String(f.without).split(":"), name = parts[0] === "channel" ? parts[1] : "artefact";
	const against = c.ledger.some(l => l.term === name && l.log_odds < 0), guarded = c.ledger.some(l => /^guard(:|$)/.test(l.term) && l.log_odds < 0);
	return el("div", { class: "soft" }, V.words.higher[(against ? 1 : 0) + (guarded ? 2 : 0)]);
}
function counterfactuals(c) {
	if (c.counterfactuals.length === 0) return [];
	const rows = c.counterfactuals.slice().sort((a, b) => (a.confidence === null ? 0 : a.confidence) - (b.confidence === null ? 0 : b.confidence));
	return [el("h3", {}, "What remains if one thing is taken away"),
		table("", ["Without", "Confidence", "Verdict"], rows.slice(0, 40).map(f => el("tr", { class: "v-" + f.verdict }, cell(without(f.without)), cell(mini(f.confidence), higher(c, f)),
			cell(f.verdict === c.verdict ? "stands" : el("span", { class: "chip" }, verdict(f.verdict)[0])))))];
}
function outside(c) {
	if (!c.external || c.external.length === 0) return [];
	const rows = c.external.map(e => el("tr", {}, cell(e.kind), cell(cut(e.detail || e.key || "", 300)), cell(cut(e.provider || "", 60))));
	return [el("h3", {}, "What is known from outside"), table("", ["Kind", "What", "By"], rows.slice(0, 40))];
}
function artefacts(c) {
	const MOST = 8, heads = ["Kind", "Artefact", "#Sources", ""];
	if (c.artefacts.length === 0) return [];
	const rows = c.artefacts.map(a =>
		el("tr", {}, cell(known(a.kind)), cell(code(a.value === null ? "" : cut(a.value, 600))), number(count(a.sources)), cell(a.public ? "publicly known: counts little" : "")));
	return [el("h3", {}, "Shared artefacts"), table("", heads, rows.slice(0, MOST)),
		rows.length > MOST ? el("details", {}, el("summary", {}, many(rows.length - MOST, "more artefact", "more artefacts")), table("", heads, rows.slice(MOST))) : null];
}
function behaviour(c) {
	const parts = [];
	if (c.behavior.length > 0)
		parts.push(el("h3", {}, "What they did"), el("ul", { class: "behaviour" }, c.behavior.map(b => el("li", {}, code(cut(b, 600))))));
	if (c.technique_detail.length > 0)
		parts.push(el("h3", {}, "ATT&CK techniques"), el("p", {}, c.technique_detail.map((t, i) => [i ? ", " : "", say(t.id) + " " + say(t.name === null ? "" : t.name) + " (" + many(t.sessions, "session", "sessions") + ")"]).flat()));
	return parts;
}
function sources(c, view) {
	const MOST = 500;
	if (!view) return el("details", {}, el("summary", {}, "All " + many(c.sources.length, "source", "sources")), el("p", {}, code(c.sources.slice(0, MOST).join(", "))));
	const shown = view.members.slice(0, MOST);
	return el("details", {}, el("summary", {}, "All " + many(c.counts.sources, "source", "sources") + (c.counts.sources > MOST ? " (first " + MOST + "; the JSON has them all)" : "")),
		table("", ["Source", "#Sessions", "First", "Last", "Services", "AS"], shown.map(m => el("tr", {}, cell(code(m[0])), number(count(m[1])),
			cell(utc(V.from_ms + m[2])), cell(utc(V.from_ms + m[3])), cell(m[4].join(", ")), cell(m[5] > 0 ? "AS" + m[5] : "–")))));
}
function campaignCard(c, index) {
	const view = V.campaigns[index], [title, meaning] = verdict(c.verdict);
	const names = c.sensors.map(s => s === null ? "?" : cut(s, 40));
	return el("section", { class: "card head v-" + c.verdict, id: c.id, tabindex: "-1" },
		el("div", { class: "lead" },
			el("div", {}, el("h2", {}, say(c.id) + " ", el("span", { class: "tone" }, title)),
				el("p", {}, meaning, c.qualifier === null ? "" : " Note: " + known(c.qualifier) + "."),
				c.explanation === null ? null : el("p", {}, "They look alike because " + known(c.explanation) + "."),
				c.fleet === null ? null : el("p", {}, "Known scanner: ", code(c.fleet)),
				c.reason === null ? null : el("p", {}, say(c.reason)),
				c.single_actor === null || c.ledger.length === 0 || !(c.verdict in CONTROL) ? null :
					el("p", { class: "small soft" }, "If coordinated, one actor with many sources: " + conf(c.single_actor) + "; several hosts under one tasking: " + conf(1 - c.single_actor) + ".")),
			meter(c.confidence, c.confidence_interval)),
		el("div", { class: "facts" },
			el("div", {}, el("b", {}, count(c.counts.sources)), "sources"), el("div", {}, el("b", {}, count(c.counts.sessions)), "sessions"),
			el("div", { title: names.join(", ") }, el("b", {}, count(c.counts.sensors)), "sensors: " + cut(names.slice(0, 4).join(", ") + (names.length > 4 ? " …" : ""), 60)),
			el("div", {}, el("b", {}, when(c.first_seen)), "first seen, UTC"), el("div", {}, el("b", {}, when(c.last_seen)), "last seen, UTC")),
		view ? [el("h3", {}, "When they came"), timeline(c, view)].flat() : null,
		el("h3", {}, "Evidence, and what chance would give"),
		evidence(c),
		ledger(c), artefacts(c), outside(c), view ? graph(c, view) : null, behaviour(c), counterfactuals(c), sources(c, view));
}
function meter(confidence, interval) {
	return el("div", { class: "meter", role: "group", "aria-label": "Confidence" },
		el("div", { class: "figure tone" }, conf(confidence)),
		track(confidence, interval), el("div", { class: "scale" }, el("span", {}, "0 coincidence"), el("span", {}, "1 coordinated")),
		el("div", { class: "small soft" }, interval && interval[1] - interval[0] >= 0.005 ? "between " + conf(interval[0]) + " and " + conf(interval[1]) : ""));
}

/* ---- the page ---- */
function head() {
	const [title, meaning] = verdict(R.verdict), b = R.batch;
	const fact = (figure, text) => el("div", {}, el("b", {}, figure), text);
	return el("header", { class: "card head v-" + R.verdict },
		el("div", { class: "lead" },
			el("div", {}, el("h1", { class: "tone" }, title), el("p", { class: "soft" }, meaning),
				R.reason === null ? null : el("p", {}, say(R.reason)),
				R.calibrated || R.coordination_confidence === null ? null :
					el("p", { class: "small soft" }, "The confidence is a cautious rule" + (R.confidence_rule === null ? "" : " (" + say(R.confidence_rule) + ")") + ", not yet calibrated on labelled campaigns.")),
			el("div", {}, meter(R.coordination_confidence, R.confidence_interval), el("div", { class: "small" }, V.words.confidence + (R.verdict === "insufficient_evidence" || R.coordination_confidence === null ? "" : " that it is coordinated")))),
		el("div", { class: "facts" }, fact(count(b.sessions), "sessions"), fact(count(b.sources), "sources"),
			fact(count(R.campaigns.length), "groups tested"), fact(Math.floor((R.coverage || 0) * 100) + " %", "of sessions in campaigns"),
			fact(count(b.worlds), "null worlds"), fact(span(V.span_ms), "from " + (b.first_seen === null ? "–" : when(b.first_seen).slice(0, 16)))));
}
function sparkline(bins, v) {
	const s = document.createElementNS(SVG, "svg"), top = Math.max(...bins, 1), width = 140;
	s.setAttribute("width", width); s.setAttribute("height", 22); s.setAttribute("aria-hidden", "true"); s.setAttribute("class", "v-" + v);
	for (let i = 0; i < 70; i++) {
		let n = 0;
		for (let j = Math.floor(i * bins.length / 70); j < Math.floor((i + 1) * bins.length / 70); j++) n = Math.max(n, bins[j]);
		if (n === 0) continue;
		const r = document.createElementNS(SVG, "rect"), h = Math.max(2, 20 * n / top);
		for (const [k, value] of Object.entries({ x: i * 2, y: 21 - h, width: 1.6, height: h, fill: "currentColor" })) r.setAttribute(k, value);
		s.append(r);
	}
	return el("span", { class: "tone" }, s);
}
const cards = el("div", {});
const shown = new Set();
function open(index) {
	const c = R.campaigns[index];
	if (!shown.has(index)) { shown.add(index); cards.append(campaignCard(c, index)); redraw(); }
	const card = document.getElementById(c.id);
	card.scrollIntoView();
	card.focus({ preventScroll: true });
}
function list() {
	const MOST = 1000;
	if (R.campaigns.length === 0) return null;
	return el("section", { class: "card" }, el("h2", {}, "Groups tested"),
		table("list", ["Group", "Verdict", "Confidence", "#Sources", "#Sessions", "When"], R.campaigns.slice(0, MOST).map((c, i) => el("tr", { class: "v-" + c.verdict },
			cell(el("a", { href: "#" + encodeURIComponent(c.id), click: e => { e.preventDefault(); open(i); } }, say(c.id))),
			cell(el("span", { class: "chip" }, verdict(c.verdict)[0])), cell(mini(c.confidence)), number(count(c.counts.sources)), number(count(c.counts.sessions)),
			cell(V.campaigns[i] ? sparkline(V.campaigns[i].bins, c.verdict) : el("span", { class: "soft" }, when(c.first_seen).slice(0, 16)))))),
		R.campaigns.length > MOST ? el("p", { class: "soft" }, "The first " + MOST + " of " + count(R.campaigns.length) + "; the JSON has them all.") : null);
}
function notConcluded() {
	const items = R.not_concluded.map(t => el("li", {}, say(t)));
	R.masks.slice(0, 50).forEach(m => items.push(el("li", {}, "Times were not judged from " + when(m.from) + " to " + when(m.to) + " UTC (" +
		(m.sensor === null ? "all sensors" : cut(m.sensor, 60)) + "): " + known(m.why) + ".")));
	return items.length === 0 ? null : el("section", { class: "card" }, el("h2", {}, "Not concluded, and why"), el("ul", {}, items));
}
function narrative() {
	const n = R.narrative;
	if (!n || !Array.isArray(n.sentences) || n.sentences.length === 0) return null;
	return el("section", { class: "card" }, el("h2", {}, "In words"),
		el("ul", {}, n.sentences.map(s => el("li", {}, say(s.text), " ", el("span", { class: "small soft" }, (s.evidence || []).map(say).join(" "))))),
		...hypotheses(n.hypotheses || []),
		el("p", { class: "small soft" }, "Told by: " + say(n.source) + "; it moves no number."));
}
function hypotheses(all) {
	if (all.length === 0) return [];
	return [el("h3", {}, "What may be behind it, and whom to ask about"),
		el("ul", {}, all.map(h => el("li", {}, say(h.campaign) + ": " + say(h.text), " ", el("span", { class: "small soft" }, (h.evidence || []).map(say).join(" ")),
			...(h.lookups || []).filter(l => l.key).map(l => el("div", {}, say(l.kind) + " ", code(l.key))))))];
}
function input() {
	const i = R.input, b = R.batch, list = [];
	const row = (name, text) => list.push(el("dt", {}, name), el("dd", {}, text));
	if (i.files !== undefined) {
		row("Read", many(i.files, "file", "files") + ", " + many(i.records, "record", "records") + ", " + many(i.events, "event", "events"));
		row("Formats", i.formats.map(f => say(f.format) + " (" + many(f.sessions, "session", "sessions") + ")").join(", ") || "–");
		row("Left out", many(i.duplicates, "duplicate", "duplicates") + ", " + count(i.ignored) + " without attack activity, " + count(i.outside_range) + " outside the time range");
		row("Refused", many(i.refused, "record", "records"));
		i.notes.forEach(n => row("Assumed", say(n)));
	}
	row("Analysed", many(i.sessions, "session", "sessions") + " in " + many(b.visits, "visit", "visits") + " of " + many(b.nodes, "node", "nodes") + ", " + many(b.tokens, "token", "tokens") + ", " + many(b.strata, "stratum", "strata"));
	row("Compared", many(b.pairs_tested, "pair", "pairs") + " of " + count(b.pairs_possible) + "; " + many(b.edges, "link", "links") + " validated");
	row("Null worlds", count(b.worlds) + ", " + count(b.worlds_with_cluster) + " of them with any group");
	const bad = i.refused_records && i.refused_records.length > 0 ? el("details", {}, el("summary", {}, "Refused records (first " + i.refused_records.length + ")"),
		table("", ["File", "#Line", "#Byte", "Why"], i.refused_records.map(r => el("tr", {}, cell(code(r.file === null ? "" : r.file)), number(count(r.line)), number(count(r.byte)), cell(say(r.message)))))) : null;
	return el("section", { class: "card" }, el("h2", {}, "Input"), el("dl", {}, list), bad);
}
function provenance() {
	const p = R.provenance, list = [];
	const row = (name, text) => list.push(el("dt", {}, name), el("dd", {}, text === null ? "–" : code(text)));
	row("Analysis", R.analysis_id); row("Program", p.version); row("Input, SHA-256", p.input_sha256); row("Reference", p.reference); row("Model, SHA-256", p.model);
	row("Configuration, SHA-256", p.configuration_sha256); row("Seed", p.seed);
	return el("section", { class: "card" }, el("h2", {}, "Provenance"), el("dl", {}, list),
		el("p", { class: "small soft" }, "Same input, reference, configuration and version give the same result, byte for byte."));
}
function save() {
	const a = el("a", { href: URL.createObjectURL(new Blob([JSON.stringify(R, null, 2) + "\n"], { type: "application/json" })), download: "coordination-" + R.analysis_id + ".json" });
	a.click();
	URL.revokeObjectURL(a.href);
}
function theme() {
	const root = document.documentElement, dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
	root.dataset.theme = dark ? "light" : "dark";
	redraw();
}
document.getElementById("page").append(
	el("div", { class: "bar" }, el("span", { class: "name" }, "Coordination analysis"), el("span", { class: "id" }, say(R.analysis_id)), el("span", { class: "space" }),
		el("button", { type: "button", click: theme }, "Light / dark"), el("button", { type: "button", click: save }, "Save JSON"), el("button", { type: "button", click: () => window.print() }, "Print")),
	el("main", {}, [head(), list(), cards, notConcluded(), narrative(), input(), provenance()].filter(e => e !== null)));
R.campaigns.slice(0, FULL).forEach((c, i) => { shown.add(i); cards.append(campaignCard(c, i)); });
redraw();
window.addEventListener("resize", redraw);
let themeBefore = null; /* paper is white */
window.addEventListener("beforeprint", () => { themeBefore = document.documentElement.dataset.theme; document.documentElement.dataset.theme = "light"; redraw(); });
window.addEventListener("afterprint", () => {
	if (themeBefore) document.documentElement.dataset.theme = themeBefore;
	else delete document.documentElement.dataset.theme;
	redraw();
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
})();
