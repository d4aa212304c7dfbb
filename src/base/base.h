/* base.h - the ground floor: what every room stands on.
 * Errors, string views, arenas, byte buffers, hashing, hash tables, counter-based random numbers, threads,
 * addresses, time, JSON in and out. Nothing here knows what an attack session is.
 * The parts have a header each so that a file may say what it uses; other rooms include this one. */
#ifndef COORD_BASE_H
#define COORD_BASE_H

#include "base/addr.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/jsonw.h"
#include "base/map.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "base/sort.h"
#include "base/strtab.h"
#include "base/sv.h"
#include "base/timestamp.h"

#endif
