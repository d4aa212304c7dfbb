/* words.c - tables for normalisation; see words.h. */
#include "detect/text/data/words.h"

#include <stddef.h>
#include <stdlib.h>

/* clang-format off */
const uint32_t words_bigrams[26] = {
	0x3febdff, 0x1164b15, 0x11edddd, 0x11ef97f, 0x3fffdff, 0x01e4939,
	0x01ef9d5, 0x11e7911, 0x2befc7f, 0x0104111, 0x01e6991, 0x13efd7f,
	0x01cd91f, 0x33effff, 0x1fefdff, 0x11ec9fd, 0x0100000, 0x13efd7f,
	0x17efdfd, 0x35ef9bf, 0x00ebd7f, 0x0004111, 0x0066191, 0x0088115,
	0x00cf911, 0x0000111,
};

/* each sorted by bytes: searched by halves */
static const char *const known[] = {
	"base64", "bash_history", "bunzip2", "bzip2", "chpasswd", "cpu0", "dhcpcd", "ed25519",
	"ext4", "fbdev0", "gcc4", "http1", "http2", "hwclock", "ip6tables", "iptables6", "ipv4",
	"ipv6", "jquery", "kdevtmpfsi", "kthrotlds", "libssh2", "lsblk", "lzma", "md5", "md5sum",
	"mkfifo", "mp3", "mp4", "mtd0", "netbsd", "nodejs", "openssl", "perl5", "pg_hba", "php4",
	"php5", "php7", "php8", "phpmyadmin", "phpunit", "postgresql", "python2", "python3",
	"sha1", "sha1sum", "sha224", "sha256", "sha256sum", "sha384", "sha512", "sha512sum",
	"sqlite", "sqlite3", "ssh2", "sshd_config", "swfupload", "tcp4", "tcp6", "udhcpc",
	"udhcpc6", "udhcpd", "udp4", "udp6", "utf16", "utf8", "w00tw00t", "win32", "win64",
	"x509", "xmlrpc", "xmrig", "zmap",
};

static const char *const architectures[] = {
	"aarch64", "amd64", "arc", "arcle", "arm", "arm4", "arm4l", "arm4t", "arm4tl", "arm5",
	"arm5l", "arm5n", "arm6", "arm61", "arm64", "arm6l", "arm7", "arm7l", "arm8", "armeb",
	"armhf", "armv4", "armv4eb", "armv4l", "armv4tl", "armv5", "armv5l", "armv5te", "armv6",
	"armv6l", "armv7", "armv7a", "armv7l", "armv8", "armv8l", "csky", "i386", "i486", "i586",
	"i686", "ia32", "ia64", "loongarch64", "m68", "m68k", "mips", "mips32", "mips64",
	"mipseb", "mipsel", "mipsle", "mpsl", "powerpc", "ppc", "ppc440", "ppc440fp", "ppc64",
	"ppc64le", "riscv64", "s390x", "sh2", "sh4", "sparc", "sparc64", "spc", "x32", "x64",
	"x86", "x86_64",
};

/* busybox 1.36 and the commands of firmware shells */
static const char *const applets[] = {
	"acpid", "add-shell", "addgroup", "adduser", "adjtimex", "arch", "arp", "arping", "ash",
	"awk", "base64", "basename", "bash", "bb", "bbconfig", "beep", "blkdiscard", "blkid",
	"blockdev", "bootchartd", "brctl", "bunzip2", "bzcat", "bzip2", "cal", "cat", "catv",
	"chat", "chattr", "chcon", "chgrp", "chmod", "chown", "chpasswd", "chpst", "chroot",
	"chrt", "chvt", "cksum", "clear", "cmp", "comm", "conspy", "cp", "cpio", "crond",
	"crontab", "cryptpw", "cttyhack", "curl", "cut", "date", "dc", "dd", "deallocvt",
	"delgroup", "deluser", "depmod", "devfsd", "devmem", "df", "dhcprelay", "diff",
	"dirname", "dmesg", "dnsd", "dnsdomainname", "dos2unix", "dpkg", "dpkg-deb", "du",
	"dumpkmap", "dumpleases", "echo", "ed", "egrep", "eject", "env", "envdir", "envuidgid",
	"ether-wake", "expand", "expr", "factor", "fakeidentd", "fallocate", "false", "fatattr",
	"fbset", "fbsplash", "fdflush", "fdformat", "fdisk", "fgconsole", "fgrep", "find",
	"findfs", "flash_eraseall", "flash_lock", "flash_unlock", "flashcp", "flock", "fold",
	"free", "freeramdisk", "fsck", "fsck.minix", "fsfreeze", "fstrim", "fsync", "ftpd",
	"ftpget", "ftpput", "fuser", "getenforce", "getopt", "getsebool", "getty", "grep",
	"groups", "gunzip", "gzip", "halt", "hd", "hdparm", "head", "hexdump", "hostid",
	"hostname", "httpd", "hush", "hwclock", "id", "ifconfig", "ifdown", "ifenslave",
	"ifplugd", "ifup", "inetd", "init", "inotifyd", "insmod", "install", "ionice", "iostat",
	"ip", "ipaddr", "ipcalc", "ipcrm", "ipcs", "iplink", "ipneigh", "iproute", "iprule",
	"iptunnel", "kbd_mode", "kill", "killall", "killall5", "klogd", "last", "less", "link",
	"linux32", "linux64", "linuxrc", "ln", "load_policy", "loadfont", "loadkmap", "logger",
	"login", "logname", "logread", "losetup", "lpd", "lpq", "lpr", "ls", "lsattr", "lsmod",
	"lsof", "lspci", "lsscsi", "lsusb", "lzcat", "lzma", "lzop", "lzopcat", "makedevs",
	"makemime", "man", "matchpathcon", "md5sum", "mdev", "mesg", "microcom", "minips",
	"mkdir", "mkdosfs", "mke2fs", "mkfifo", "mkfs.ext2", "mkfs.minix", "mkfs.reiser",
	"mkfs.vfat", "mknod", "mkpasswd", "mkswap", "mktemp", "modinfo", "modprobe", "more",
	"mount", "mountpoint", "mpstat", "msh", "mt", "mv", "nameif", "nanddump", "nandwrite",
	"nbd-client", "nc", "netcat", "netstat", "nice", "nmeter", "nohup", "nsenter",
	"nslookup", "ntpd", "nuke", "od", "openvt", "partprobe", "passwd", "paste", "patch",
	"pgrep", "pidof", "ping", "ping6", "pipe_progress", "pivot_root", "pkill", "pmap",
	"popmaildir", "poweroff", "powertop", "printenv", "printf", "ps", "pscan", "pstree",
	"pwd", "pwdx", "raidautorun", "rdate", "rdev", "readahead", "readlink", "readprofile",
	"realpath", "reboot", "reformime", "remove-shell", "renice", "reset", "resize",
	"restorecon", "resume", "rev", "rfkill", "rm", "rmdir", "rmmod", "route", "rpm",
	"rpm2cpio", "rtcwake", "run-init", "run-parts", "runcon", "runlevel", "runsv",
	"runsvdir", "rx", "script", "scriptreplay", "sed", "selinuxenabled", "sendmail", "seq",
	"sestatus", "setarch", "setconsole", "setenforce", "setfattr", "setfiles", "setfont",
	"setkeycodes", "setlogcons", "setpriv", "setsebool", "setserial", "setsid", "setuidgid",
	"sh", "sha1sum", "sha256sum", "sha3sum", "sha512sum", "showkey", "shred", "shuf",
	"slattach", "sleep", "smemcap", "softlimit", "sort", "split", "ssl_client", "ssl_server",
	"start-stop-daemon", "stat", "strings", "stty", "su", "sulogin", "sum", "sv", "svc",
	"svlogd", "svok", "swapoff", "swapon", "switch_root", "sync", "sysctl", "syslogd", "tac",
	"tail", "tar", "taskset", "tc", "tcpsvd", "tee", "telnet", "telnetd", "test", "tftp",
	"tftpd", "time", "timeout", "top", "touch", "tr", "traceroute", "traceroute6", "true",
	"truncate", "ts", "tty", "ttysize", "tunctl", "tune2fs", "ubiattach", "ubidetach",
	"ubimkvol", "ubirename", "ubirmvol", "ubirsvol", "ubiupdatevol", "udhcpc", "udhcpc6",
	"udhcpd", "udpsvd", "uevent", "umount", "uname", "uncompress", "unexpand", "uniq",
	"unit", "unix2dos", "unlink", "unlzma", "unlzop", "unshare", "unxz", "unzip", "uptime",
	"users", "usleep", "uudecode", "uuencode", "vconfig", "vi", "vlock", "volname", "w",
	"wall", "watch", "watchdog", "wc", "wget", "which", "who", "whoami", "whois", "xargs",
	"xxd", "xz", "xzcat", "yes", "zcat", "zcip",
};
/* clang-format on */

enum { WORD_MAX = 24 };

static int
compare(const void *key, const void *entry)
{
	const struct sv *word = key;

	return sv_cmp(*word, sv_from(*(const char *const *)entry));
}

static bool
is_in(struct sv word, const char *const *table, size_t n)
{
	return bsearch(&word, table, n, sizeof(table[0]), compare) != NULL;
}

bool
words_is_known(struct sv word)
{
	char lower[WORD_MAX];

	if (word.len > WORD_MAX)
		return false;
	for (size_t i = 0; i < word.len; i++)
		lower[i] = word.data[i] >= 'A' && word.data[i] <= 'Z' ? (char)(word.data[i] + 32)
								      : word.data[i];
	return is_in((struct sv){ lower, word.len }, known, sizeof(known) / sizeof(known[0]));
}

bool
words_is_arch(struct sv word)
{
	return is_in(word, architectures, sizeof(architectures) / sizeof(architectures[0]));
}

bool
words_is_applet(struct sv word)
{
	return is_in(word, applets, sizeof(applets) / sizeof(applets[0]));
}

bool
words_among(struct sv word, const char *const *list)
{
	for (; *list != NULL; list++)
		if (sv_eq(word, sv_from(*list)))
			return true;
	return false;
}
