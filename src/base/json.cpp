// json.cpp - the one C++ file: simdjson's DOM behind json.h. Built with -fno-exceptions -DSIMDJSON_EXCEPTIONS=0: a
// throwing conversion would cross extern "C" and abort the process on one malformed line.
// DOM rather than On-Demand because On-Demand accepts damage in fields that nobody reads.
#pragma GCC diagnostic ignored "-Wpedantic" // compound literals in headers shared with C
#include "base/json.h"

#include <simdjson.h>

#include <cstring>
#include <new>

using simdjson::dom::element;

struct json_parser {
	simdjson::dom::parser dom;
	size_t max_bytes;
	unsigned max_depth;
};

namespace {

static_assert(sizeof(element) == sizeof(json_value), "json_value carries a simdjson element");
static_assert(std::is_trivially_copyable<element>::value, "elements are copied as bytes");

element
unwrap(json_value v)
{
	element e;
	std::memcpy(static_cast<void *>(&e), &v, sizeof(e));
	return e;
}

json_value
wrap(const element &e)
{
	json_value v;
	std::memcpy(&v, static_cast<const void *>(&e), sizeof(v));
	return v;
}

template <typename T>
bool
read_as(json_value v, T *ret)
{
	if (v.doc == nullptr)
		return false;
	return unwrap(v).get(*ret) == simdjson::SUCCESS;
}

// An iterator of simdjson's is a (document, tape index) pair like an element.
template <typename I>
I
resume(const json_iter *iter)
{
	static_assert(sizeof(I) == 2 * sizeof(size_t), "an iterator is a tape position");
	json_value at = { iter->doc, iter->at };
	alignas(I) unsigned char bytes[sizeof(I)];
	I it = *reinterpret_cast<I *>(std::memcpy(bytes, &at, sizeof(at)));
	return it;
}

template <typename I>
void
advance(json_iter *iter, const I &it)
{
	json_value at;
	std::memcpy(&at, static_cast<const void *>(&it), sizeof(at));
	iter->at = at.at;
}

template <typename I>
json_iter
range(const I &begin, const I &end)
{
	json_iter r;
	json_value b, e;
	std::memcpy(&b, static_cast<const void *>(&begin), sizeof(b));
	std::memcpy(&e, static_cast<const void *>(&end), sizeof(e));
	r.doc = b.doc;
	r.at = b.at;
	r.end = e.at;
	return r;
}

coord_err
refuse(simdjson::error_code code, coord_error *err)
{
	switch (code) {
	case simdjson::MEMALLOC:
		return error_set(err, COORD_ENOMEM, "JSON: out of memory");
	case simdjson::CAPACITY:
		return error_set(err, COORD_ELIMIT, "JSON: document larger than the limit");
	case simdjson::DEPTH_ERROR:
		return error_set(err, COORD_ELIMIT, "JSON: nested deeper than the limit");
	default:
		return error_set(err, COORD_EPARSE, "JSON: %s", simdjson::error_message(code));
	}
}

} // namespace

extern "C" {

json_parser *
json_parser_new(size_t max_bytes, unsigned max_depth)
{
	json_parser *p = new (std::nothrow) json_parser;

	if (p == nullptr)
		return nullptr;
	p->max_bytes = max_bytes;
	p->max_depth = max_depth;
	if (max_depth == 0 || max_depth > JSON_DEPTH_MOST)
		p->max_depth = JSON_DEPTH_MOST;
	// not dom.set_max_capacity(): Debian 12's simdjson 3.0.1 has its comparison the wrong way round and would allow
	// 32 bytes; json_parse checks the length itself
	return p;
}

void
json_parser_free(json_parser *p)
{
	delete p;
}

enum coord_err
json_parse(
    json_parser *p, const char *data, size_t len, bool padded, json_value *ret, coord_error *err)
{
	element root;
	simdjson::error_code code;

	if (len > p->max_bytes)
		return error_set(
		    err, COORD_ELIMIT, "JSON: document of %zu bytes, limit %zu", len, p->max_bytes);
	if (p->dom.max_depth() != p->max_depth || p->dom.capacity() < len) {
		size_t room = p->dom.capacity() * 2;

		room = room < len ? len : room;
		room = room > p->max_bytes ? p->max_bytes : room;
		room = room < 4096 ? 4096 : room;
		code = p->dom.allocate(room, p->max_depth);
		if (code != simdjson::SUCCESS)
			return refuse(code, err);
	}
	code = p->dom.parse(reinterpret_cast<const uint8_t *>(data), len, !padded).get(root);
	if (code != simdjson::SUCCESS)
		return refuse(code, err);
	*ret = wrap(root);
	return COORD_OK;
}

enum json_type
json_type(json_value v)
{
	if (v.doc == nullptr)
		return JSON_NULL;
	switch (unwrap(v).type()) {
	case simdjson::dom::element_type::BOOL:
		return JSON_BOOL;
	case simdjson::dom::element_type::INT64:
		return JSON_INT;
	case simdjson::dom::element_type::UINT64:
		return JSON_UINT;
	case simdjson::dom::element_type::DOUBLE:
		return JSON_DOUBLE;
	case simdjson::dom::element_type::STRING:
		return JSON_STRING;
	case simdjson::dom::element_type::ARRAY:
		return JSON_ARRAY;
	case simdjson::dom::element_type::OBJECT:
		return JSON_OBJECT;
	case simdjson::dom::element_type::NULL_VALUE:
		break;
	}
	return JSON_NULL;
}

json_value
json_get(json_value object, sv key)
{
	simdjson::dom::object o;
	element found;

	if (!read_as(object, &o))
		return JSON_MISSING;
	if (o.at_key(std::string_view(key.data, key.len)).get(found) != simdjson::SUCCESS)
		return JSON_MISSING;
	return wrap(found);
}

bool
json_string(json_value v, sv *ret)
{
	std::string_view s;

	if (!read_as(v, &s))
		return false;
	ret->data = s.data();
	ret->len = s.size();
	return true;
}

bool
json_bool(json_value v, bool *ret)
{
	return read_as(v, ret);
}

bool
json_i64(json_value v, int64_t *ret)
{
	return read_as(v, ret);
}

bool
json_u64(json_value v, uint64_t *ret)
{
	return read_as(v, ret);
}

bool
json_f64(json_value v, double *ret)
{
	return read_as(v, ret);
}

json_iter
json_each(json_value v)
{
	simdjson::dom::array a;
	simdjson::dom::object o;

	if (read_as(v, &a))
		return range(a.begin(), a.end());
	if (read_as(v, &o))
		return range(o.begin(), o.end());
	return { nullptr, 0, 0 };
}

bool
json_next(json_iter *iter, json_value *ret)
{
	if (iter->doc == nullptr || iter->at >= iter->end)
		return false;
	auto it = resume<simdjson::dom::array::iterator>(iter);
	*ret = wrap(*it);
	++it;
	advance(iter, it);
	return true;
}

bool
json_next_member(json_iter *iter, sv *key, json_value *ret)
{
	if (iter->doc == nullptr || iter->at >= iter->end)
		return false;
	auto it = resume<simdjson::dom::object::iterator>(iter);
	std::string_view k = it.key();
	key->data = k.data();
	key->len = k.size();
	*ret = wrap(it.value());
	++it;
	advance(iter, it);
	return true;
}

size_t
json_members(json_value object, json_member *ret, size_t most)
{
	simdjson::dom::object o;
	size_t n = 0;

	if (!read_as(object, &o))
		return 0;
	for (auto it = o.begin(), end = o.end(); it != end; ++it, n++) {
		std::string_view k = it.key();

		if (n == most)
			return 0;
		ret[n].key.data = k.data();
		ret[n].key.len = k.size();
		ret[n].value = wrap(it.value());
	}
	return n;
}

size_t
json_count(json_value v)
{
	simdjson::dom::array a;
	simdjson::dom::object o;

	if (read_as(v, &a))
		return a.size();
	if (read_as(v, &o))
		return o.size();
	return 0;
}
}
