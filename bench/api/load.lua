-- load.lua - wrk's script: BODY names a file to POST (else GET), KEY the bearer key; ends with one JSON line of figures.
local path, key = os.getenv("BODY"), os.getenv("KEY")
if key and key ~= "" then
	wrk.headers["Authorization"] = "Bearer " .. key
end
if path and path ~= "" then
	local f = assert(io.open(path, "rb"))
	wrk.body = f:read("*a")
	f:close()
	wrk.method = "POST"
	wrk.headers["Content-Type"] = "application/json"
end

function done(summary, latency, requests)
	local e = summary.errors
	io.write(string.format(
		'\nFIGURES {"requests":%d,"seconds":%.6f,"bytes":%d,"p50":%.3f,"p99":%.3f,"p999":%.3f,"bad":%d,"broken":%d}\n',
		summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
		latency:percentile(99.9) / 1000, e.status, e.connect + e.read + e.write + e.timeout))
end
