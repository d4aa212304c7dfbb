/* names.c - the names of services, items and text fields, and the service family of a protocol or port.
 * The protocol that the honeypot saw comes first; a port is only a guess; a connection that nobody answered is a scan. */
#include "session/session.h"

#include <assert.h>

struct protocol_service {
	const char *protocol;
	enum session_service service;
};

struct port_service {
	uint16_t port;
	enum session_service service;
};

static const struct protocol_service by_protocol[] = {
	{ "ssh", SERVICE_SSH },
	{ "telnet", SERVICE_TELNET },
	{ "http", SERVICE_WEB },
	{ "https", SERVICE_WEB },
	{ "http2", SERVICE_WEB },
	{ "web", SERVICE_WEB },
	{ "adb", SERVICE_ADB },
	{ "vnc", SERVICE_VNC },
	{ "rfb", SERVICE_VNC },
	{ "rdp", SERVICE_RDP },
	{ "smb", SERVICE_SMB },
	{ "smbd", SERVICE_SMB },
	{ "ftp", SERVICE_FTP },
	{ "ftpd", SERVICE_FTP },
	{ "smtp", SERVICE_MAIL },
	{ "smtps", SERVICE_MAIL },
	{ "pop3", SERVICE_MAIL },
	{ "pop3s", SERVICE_MAIL },
	{ "imap", SERVICE_MAIL },
	{ "imaps", SERVICE_MAIL },
	{ "mysql", SERVICE_SQL },
	{ "mysqld", SERVICE_SQL },
	{ "mssql", SERVICE_SQL },
	{ "mssqld", SERVICE_SQL },
	{ "postgresql", SERVICE_SQL },
	{ "postgres", SERVICE_SQL },
	{ "sip", SERVICE_OTHER },
	{ "socks5", SERVICE_OTHER },
	{ "tftp", SERVICE_OTHER },
	{ "mqtt", SERVICE_OTHER },
	{ "dns", SERVICE_OTHER },
	{ "snmp", SERVICE_OTHER },
	{ "redis", SERVICE_OTHER },
};

static const struct port_service by_port[] = {
	{ 22, SERVICE_SSH },
	{ 2222, SERVICE_SSH },
	{ 23, SERVICE_TELNET },
	{ 2223, SERVICE_TELNET },
	{ 2323, SERVICE_TELNET },
	{ 80, SERVICE_WEB },
	{ 443, SERVICE_WEB },
	{ 8000, SERVICE_WEB },
	{ 8080, SERVICE_WEB },
	{ 8443, SERVICE_WEB },
	{ 5555, SERVICE_ADB },
	{ 5900, SERVICE_VNC },
	{ 3389, SERVICE_RDP },
	{ 139, SERVICE_SMB },
	{ 445, SERVICE_SMB },
	{ 21, SERVICE_FTP },
	{ 25, SERVICE_MAIL },
	{ 110, SERVICE_MAIL },
	{ 143, SERVICE_MAIL },
	{ 465, SERVICE_MAIL },
	{ 587, SERVICE_MAIL },
	{ 993, SERVICE_MAIL },
	{ 995, SERVICE_MAIL },
	{ 1433, SERVICE_SQL },
	{ 3306, SERVICE_SQL },
	{ 5432, SERVICE_SQL },
};

enum session_service
session_service_of(struct sv protocol, uint16_t target_port, bool connection_only)
{
	if (connection_only)
		return SERVICE_SCAN;
	for (size_t i = 0; i < sizeof(by_protocol) / sizeof(by_protocol[0]); i++)
		if (sv_ieq(protocol, sv_from(by_protocol[i].protocol)))
			return by_protocol[i].service;
	for (size_t i = 0; i < sizeof(by_port) / sizeof(by_port[0]); i++)
		if (by_port[i].port == target_port)
			return by_port[i].service;
	return protocol.len > 0 || target_port != 0 ? SERVICE_OTHER : SERVICE_UNKNOWN;
}

const char *
session_service_name(enum session_service service)
{
	static const char *const names[] = {
#define SESSION_SERVICE_TEXT(name, text) text,
		SESSION_SERVICES(SESSION_SERVICE_TEXT)
#undef SESSION_SERVICE_TEXT
	};

	assert((unsigned)service < SERVICE_COUNT);
	return names[service];
}

const char *
session_item_name(enum session_item_kind kind)
{
	static const char *const names[] = {
#define SESSION_ITEM_TEXT(name, text) text,
		SESSION_ITEMS(SESSION_ITEM_TEXT)
#undef SESSION_ITEM_TEXT
	};

	assert((unsigned)kind < ITEM_KIND_COUNT);
	return names[kind];
}

void
session_item_fields(enum session_item_kind kind, const char **a, const char **b)
{
	static const char *const fields[ITEM_KIND_COUNT][2] = {
		[ITEM_COMMAND] = { "input", "detail" },
		[ITEM_CREDENTIAL] = { "user", "password" },
		[ITEM_PUBLIC_KEY] = { "fingerprint", "key" },
		[ITEM_URL] = { "url", "detail" },
		[ITEM_FILE_HASH] = { "sha256", "name" },
		[ITEM_REQUEST] = { "request", "body" },
		[ITEM_HEADER] = { "name", "value" },
		[ITEM_PORT] = { "port", "detail" },
		[ITEM_FORWARD] = { "target", "data" },
		[ITEM_SIGNATURE] = { "signature", "text" },
		[ITEM_HOST] = { "host", "detail" },
		[ITEM_TTY] = { "sha256", "detail" },
		[ITEM_PAYLOAD] = { "text", "detail" },
		[ITEM_LABEL] = { "label", "source" },
		[ITEM_EXTRA] = { "key", "value" },
	};

	assert((unsigned)kind < ITEM_KIND_COUNT);
	*a = fields[kind][0];
	*b = fields[kind][1];
}

const char *
session_text_name(enum session_text which)
{
	static const char *const names[] = {
#define SESSION_TEXT_TEXT(name, text) text,
		SESSION_TEXTS(SESSION_TEXT_TEXT)
#undef SESSION_TEXT_TEXT
	};

	assert((unsigned)which < TEXT_COUNT);
	return names[which];
}

const char *
session_transport_name(enum session_transport transport)
{
	static const char *const names[] = { "unknown", "tcp", "udp", "icmp", "other" };

	assert((unsigned)transport <= TRANSPORT_OTHER);
	return names[transport];
}

uint16_t
session_port_undo_redirect(uint16_t port)
{
	if (port == 2222)
		return 22;
	return port == 2223 ? 23 : port;
}
