/* links.h - which source of a campaign carries which artefact or telling token: the edges of the page's graph. */
#ifndef COORD_REPORT_LINKS_H
#define COORD_REPORT_LINKS_H

#include "report/members.h"

enum { LINKS_FEATURES_MOST = 20 };

struct link_feature {
	struct sv kind, value;
	const struct detect_artefact *artefact; /* NULL: a token */
	uint32_t sources;                       /* members that carry it */
};

struct links {
	struct link_feature features[LINKS_FEATURES_MOST]; /* artefacts first */
	uint32_t n_features;
	uint32_t *carried; /* bit f of entry m: member m carries feature f */
};

/** Takes the campaign's most carried artefacts, and looks its strongest tokens up in its sessions. A feature that not one member is seen to
 *  carry (a token made from several fields) is left out. COORD_ENOMEM. Lives in `arena`. */
MUST_CHECK enum coord_err links_of(const struct session_table *table,
    const struct detect_campaign *campaign, const struct member *members, struct arena *arena,
    struct links *ret, struct coord_error *err);

#endif
