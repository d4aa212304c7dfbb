/* document.c - the result document that the tests of llm/ tell about. */
#include "document.h"

static void
key_str(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	jsonw_str(w, text);
}

static void
key_f64(struct jsonw *w, const char *key, double value)
{
	jsonw_key(w, key);
	jsonw_f64(w, value);
}

static void
channel(struct jsonw *w, const char *name, const char *title, const char *status, double effect,
    double p, const char *attacker)
{
	jsonw_object(w);
	key_str(w, "channel", name);
	key_str(w, "title", title);
	key_str(w, "status", status);
	key_f64(w, "effect", effect);
	key_f64(w, "p_value", p);
	key_f64(w, "n", 30);
	key_f64(w, "draws", 999);
	key_str(w, "detail", attacker);
	jsonw_key(w, "top");
	jsonw_array(w);
	jsonw_object(w);
	key_str(w, "kind", "command");
	key_str(w, "what", attacker);
	key_f64(w, "nodes", 17);
	jsonw_end(w);
	jsonw_end(w);
	jsonw_end(w);
}

static void
ledger(struct jsonw *w, const char *term, double log_odds)
{
	jsonw_object(w);
	key_str(w, "term", term);
	key_f64(w, "log_odds", log_odds);
	jsonw_end(w);
}

static void
counts(struct jsonw *w, double sources, double sessions)
{
	jsonw_key(w, "counts");
	jsonw_object(w);
	key_f64(w, "sources", sources);
	key_f64(w, "sessions", sessions);
	key_f64(w, "sensors", 1);
	key_f64(w, "nodes", sources);
	key_f64(w, "visits", sessions / 2);
	jsonw_end(w);
}

static void
lists(struct jsonw *w, const char *attacker)
{
	jsonw_key(w, "artefacts");
	jsonw_raw(w, SV("[{\"kind\":\"file_hash\",\"value\":"
			"\"a8460f446be540410004b1a8db4083773fa46f7fe76fa84219c93daa1669f8f2\","
			"\"sources\":28,\"public\":false,\"log10_bayes_factor\":4},"
			"{\"kind\":\"url\",\"value\":\"http://203.0.113.9/x.sh\",\"sources\":12,"
			"\"public\":true,\"log10_bayes_factor\":0}]"));
	jsonw_key(w, "technique_detail");
	jsonw_raw(
	    w, SV("[{\"id\":\"T1110.001\",\"name\":\"Password Guessing\",\"sessions\":530},"
		  "{\"id\":\"T1033\",\"name\":\"System Owner/User Discovery\",\"sessions\":41}]"));
	jsonw_key(w, "behavior");
	jsonw_array(w);
	jsonw_str(w, "uname -a ; nproc");
	jsonw_str(w, attacker);
	jsonw_end(w);
	jsonw_key(w, "external");
	jsonw_raw(w, SV("[{\"kind\":\"bgp\",\"relation\":\"same_origin\",\"provider\":\"ripestat\","
			"\"sources\":21},{\"kind\":\"bgp\",\"relation\":\"rpki_invalid\","
			"\"provider\":\"ripestat\",\"sources\":2},"
			"{\"kind\":\"<b>\",\"provider\":\"isc\",\"sources\":3}]"));
	jsonw_key(w, "counterfactuals");
	jsonw_raw(w, SV("[{\"without\":\"channel:synchrony\",\"confidence\":0.8,\"verdict\":"
			"\"coordinated_campaign\"},{\"without\":\"channel:artefact\","
			"\"confidence\":0.3,\"verdict\":\"insufficient_evidence\"}]"));
}

static void
first(struct jsonw *w, const char *attacker)
{
	jsonw_object(w);
	key_str(w, "id", "c1");
	key_str(w, "key", "8a6aac16680d7b5f");
	key_str(w, "verdict", "coordinated_campaign");
	key_f64(w, "confidence", 0.8);
	jsonw_key(w, "confidence_interval");
	jsonw_raw(w, SV("[0.74,0.86]"));
	key_str(w, "reason", attacker);
	key_str(w, "first_seen", "2025-03-03T01:24:09.817844Z");
	key_str(w, "last_seen", "2025-03-09T23:43:03.969863Z");
	counts(w, 30, 1534);
	jsonw_key(w, "ledger");
	jsonw_array(w);
	ledger(w, "base", -4.6);
	ledger(w, "synchrony", -0.36);
	ledger(w, "infrastructure", 3.9);
	ledger(w, "order", 0.4);
	ledger(w, "artefact", 6.4);
	jsonw_end(w);
	jsonw_key(w, "evidence");
	jsonw_array(w);
	channel(w, "synchrony", "Acting at the same times", "tested", 2.86914, 0.05, attacker);
	channel(w, "behavior", "Doing the same things", "abstained", (double)0 / 1, 1, attacker);
	channel(w, "infrastructure", "Living in the same networks", "tested", 1.90672, 0.0006,
	    attacker);
	channel(w, "order", "Trying credentials in the same order", "tested", 2, 0.055, attacker);
	channel(w, "artefact", "Sharing an exclusive artefact", "tested", 1, 0.5, attacker);
	jsonw_end(w);
	lists(w, attacker);
	jsonw_key(w, "sources");
	jsonw_raw(w, SV("[\"198.51.100.1\",\"198.51.100.2\",\"198.51.100.3\",\"198.51.100.4\","
			"\"198.51.100.5\",\"not an address\"]"));
	jsonw_end(w);
}

static void
second(struct jsonw *w)
{
	jsonw_object(w);
	key_str(w, "id", "c2");
	key_str(w, "key", "00c0ffee00c0ffee");
	key_str(w, "verdict", "coincidental");
	key_f64(w, "confidence", 0.02);
	key_str(w, "first_seen", "2025-03-04T00:00:00Z");
	key_str(w, "last_seen", "2025-03-05T00:00:00Z");
	counts(w, 6, 34);
	jsonw_key(w, "evidence");
	jsonw_raw(w, SV("[]"));
	jsonw_end(w);
}

void
document_write(struct buf *out, const char *attacker)
{
	struct jsonw w = jsonw_init(out, false);

	jsonw_object(&w);
	key_str(&w, "verdict", "coordinated_campaign");
	key_f64(&w, "coordination_confidence", 0.8);
	key_f64(&w, "coverage", 0.226379);
	jsonw_key(&w, "campaigns");
	jsonw_array(&w);
	first(&w, attacker);
	second(&w);
	jsonw_end(&w);
	jsonw_key(&w, "batch");
	jsonw_raw(&w, SV("{\"sessions\":3154,\"sources\":502,\"nodes\":502,\"visits\":1992,\"pairs_"
			 "possible\":"
			 "321040,\"pairs_tested\":23824,\"edges\":948,\"worlds\":199,\"worlds_with_"
			 "cluster\":0,"
			 "\"first_seen\":\"2025-03-03T00:05:12.159296Z\","
			 "\"last_seen\":\"2025-03-09T23:57:24.838285Z\"}"));
	jsonw_key(&w, "provenance");
	jsonw_raw(&w, SV("{\"reference_given\":false}"));
	jsonw_end(&w);
}
