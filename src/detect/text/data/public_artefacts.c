/* public_artefacts.c - the table of artefacts that unrelated operators share; see ../public_artefacts.h.
 *
 * Only what is certain stands here: contents that everybody produces, literals of bot sources that were published, public
 * mining pools, projects' own download places, services that tell a caller its address. A change moves the version. */
#include "detect/text/public_artefacts.h"

static const char version[] = "2026-11-23";

#define HASH(value, why)                                     \
	{                                                    \
		ARTEFACT_FILE_HASH, PUBLIC_EXACT, value, why \
	}
#define MARK(value, why)                                  \
	{                                                 \
		ARTEFACT_MARKER, PUBLIC_EXACT, value, why \
	}
#define SITE(host, why)                              \
	{                                            \
		ARTEFACT_URL, PUBLIC_HOST, host, why \
	}
#define PATH(prefix, why)                                \
	{                                                \
		ARTEFACT_URL, PUBLIC_PREFIX, prefix, why \
	}
#define PROBE(url)                                                         \
	{                                                                  \
		ARTEFACT_URL, PUBLIC_EXACT, url, "a probe of reachability" \
	}
#define POOL(host)                                                   \
	{                                                            \
		ARTEFACT_C2, PUBLIC_HOST, host, "public mining pool" \
	}

/* clang-format off */
static const struct public_entry entries[] = {
	HASH("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "the empty file"),
	HASH("01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b", "a line feed alone"),
	HASH("da39a3ee5e6b4b0d3255bfef95601890afd80709", "the empty file, SHA-1"),
	HASH("d41d8cd98f00b204e9800998ecf8427e", "the empty file, MD5"),
	HASH("275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f", "EICAR test file"),
	MARK("busybox MIRAI", "name of the published Mirai source (2016)"),
	MARK("busybox ECCHI", "token of the published Mirai source (2016)"),
	MARK("echo gayfgt", "probe of the published BASHLITE / gafgyt sources"),
	MARK("echo connected", "an ordinary word"),
	SITE("github.com", "an open code repository"),
	SITE("raw.githubusercontent.com", "an open code repository"),
	SITE("objects.githubusercontent.com", "an open code repository"),
	SITE("gist.githubusercontent.com", "an open code repository"),
	SITE("gitlab.com", "an open code repository"),
	SITE("bitbucket.org", "an open code repository"),
	SITE("codeberg.org", "an open code repository"),
	SITE("sourceforge.net", "an open code repository"),
	PATH("download.c3pool.org/", "a public pool's set-up script"),
	PATH("download.c3pool.com/", "a public pool's set-up script"),
	PATH("bootstrap.pypa.io/", "the installer of pip"),
	PATH("get.docker.com/", "the installer of Docker"),
	SITE("nodejs.org", "the Node.js project"),
	SITE("python.org", "the Python project"),
	SITE("golang.org", "the Go project"),
	SITE("go.dev", "the Go project"),
	SITE("nmap.org", "the Nmap project"),
	SITE("kernel.org", "the Linux kernel"),
	SITE("gnu.org", "the GNU project"),
	SITE("apache.org", "the Apache foundation"),
	SITE("torproject.org", "the Tor project"),
	SITE("archive.ubuntu.com", "a distribution's mirror"),
	SITE("deb.debian.org", "a distribution's mirror"),
	SITE("centos.org", "a distribution's mirror"),
	SITE("fedoraproject.org", "a distribution's mirror"),
	SITE("speedtest.net", "a speed test"),
	SITE("fast.com", "a speed test"),
	SITE("speedtest.tele2.net", "a speed test"),
	SITE("cachefly.cachefly.net", "a speed test"),
	SITE("ipinfo.io", "tells a caller its address"),
	SITE("ip-api.com", "tells a caller its address"),
	SITE("ifconfig.me", "tells a caller its address"),
	SITE("ifconfig.co", "tells a caller its address"),
	SITE("icanhazip.com", "tells a caller its address"),
	SITE("ipify.org", "tells a caller its address"),
	SITE("checkip.amazonaws.com", "tells a caller its address"),
	SITE("checkip.dyndns.org", "tells a caller its address"),
	SITE("ident.me", "tells a caller its address"),
	SITE("ipecho.net", "tells a caller its address"),
	SITE("ip.sb", "tells a caller its address"),
	SITE("wtfismyip.com", "tells a caller its address"),
	SITE("2ip.ru", "tells a caller its address"),
	SITE("169.254.169.254", "the meta-data service of cloud hosts"),
	PROBE("ya.ru/"),
	PROBE("yandex.ru/"), PROBE("www.yandex.ru/"),
	PROBE("google.com/"), PROBE("www.google.com/"),
	PROBE("bing.com/"), PROBE("www.bing.com/"),
	PROBE("yahoo.com/"), PROBE("www.yahoo.com/"),
	PROBE("baidu.com/"), PROBE("www.baidu.com/"),
	SITE("example.com", "reserved for examples"),
	SITE("localhost", "the victim itself"),
	SITE("127.0.0.1", "the victim itself"),
	{ ARTEFACT_C2, PUBLIC_HOST, "127.0.0.1", "the victim itself" },
	{ ARTEFACT_C2, PUBLIC_HOST, "localhost", "the victim itself" },
	{ ARTEFACT_C2, PUBLIC_HOST, "8.8.8.8", "a public resolver" },
	{ ARTEFACT_C2, PUBLIC_HOST, "1.1.1.1", "a public resolver" },
	{ ARTEFACT_C2, PUBLIC_HOST, "google.com", "a probe of reachability" },
	{ ARTEFACT_C2, PUBLIC_HOST, "ya.ru", "a probe of reachability" },
	POOL("minexmr.com"), POOL("supportxmr.com"), POOL("nanopool.org"), POOL("moneroocean.stream"),
	POOL("c3pool.com"), POOL("c3pool.org"), POOL("hashvault.pro"), POOL("2miners.com"), POOL("f2pool.com"),
	POOL("nicehash.com"), POOL("minergate.com"), POOL("dwarfpool.com"), POOL("unmineable.com"),
	POOL("crypto-pool.fr"), POOL("xmrpool.eu"), POOL("monerohash.com"), POOL("herominers.com"),
	POOL("kryptex.network"), POOL("ethermine.org"), POOL("viabtc.com"), POOL("antpool.com"),
	POOL("prohashing.com"), POOL("zpool.ca"), POOL("p2pool.io"),
};
/* clang-format on */

const char *
public_artefacts_version(void)
{
	return version;
}

const struct public_entry *
public_artefacts_entry(size_t i)
{
	return i < sizeof(entries) / sizeof(entries[0]) ? &entries[i] : NULL;
}
