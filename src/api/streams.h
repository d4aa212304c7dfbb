/* streams.h - open streams of server-sent events, and the one thread that feeds them all (private to api/). */
#ifndef COORD_API_STREAMS_H
#define COORD_API_STREAMS_H

#include "api/server.h"

struct stream;

/** A stream for the request's analysis that has seen events up to `after`. NULL: no memory. */
struct stream *stream_new(struct streams *streams, struct request *r, uint64_t after);
/** Appends an event that is newer than those seen. One of type "completed" or "failed" is the last. */
void stream_add(struct stream *s, const struct store_event *event);
bool stream_has_end(const struct stream *s);
/** Makes it the request's answer, fed from now on. */
void stream_begin(struct stream *s, struct request *r);
/** One that was not begun. */
void stream_drop(struct stream *s);

#endif
