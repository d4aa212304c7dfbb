/* techniques.c - which ATT&CK techniques there are, and what makes each match; see techniques.h here and above. */
#include "detect/text/data/techniques.h"

#include "detect/text/techniques.h"

/* clang-format off */
static const struct technique techniques[] = {
	{ "T1003.008", "OS Credential Dumping: /etc/passwd and /etc/shadow", "a command names /etc/shadow" },
	{ "T1016", "System Network Configuration Discovery", "ifconfig, ip, route, arp, iwconfig; or a service that tells the own address is asked" },
	{ "T1018", "Remote System Discovery", "a command names /etc/hosts or known_hosts; arp" },
	{ "T1021.004", "Remote Services: SSH", "a log-in over SSH succeeded" },
	{ "T1033", "System Owner/User Discovery", "whoami, id, w, who, last, users" },
	{ "T1036.003", "Masquerading: Rename System Utilities", "cp of busybox, echo, wget, curl or sshd to another name" },
	{ "T1037.004", "Boot or Logon Initialization Scripts: RC Scripts", "a command names rc.local, /etc/init.d/ with a redirect, or update-rc.d" },
	{ "T1046", "Network Service Discovery", "nmap, masscan, zmap, pnscan typed; or three or more ports probed" },
	{ "T1049", "System Network Connections Discovery", "netstat, ss, lsof -i" },
	{ "T1053.003", "Scheduled Task/Job: Cron", "crontab other than -l; or a command names /etc/cron or /var/spool/cron" },
	{ "T1057", "Process Discovery", "ps, top, pgrep, pidof, or /proc/[0-9]" },
	{ "T1059.004", "Command and Scripting Interpreter: Unix Shell", "a command line was typed" },
	{ "T1059.006", "Command and Scripting Interpreter: Python", "python, python2, python3" },
	{ "T1070.002", "Indicator Removal: Clear Linux or Mac System Logs", "rm, cat, echo, truncate, shred or touch with /var/log or wtmp, utmp, lastlog" },
	{ "T1070.003", "Indicator Removal: Clear Command History", "history, or .bash_history named" },
	{ "T1070.004", "Indicator Removal: File Deletion", "rm, unlink, shred" },
	{ "T1070.006", "Indicator Removal: Timestomp", "touch -r or touch -t" },
	{ "T1078", "Valid Accounts", "a log-in succeeded" },
	{ "T1082", "System Information Discovery", "uname, lscpu, free, df, hostname, nproc, dmidecode, lspci, uptime, getprop; or cpuinfo, meminfo, os-release, /proc/version, /etc/issue named" },
	{ "T1083", "File and Directory Discovery", "ls, find, which, locate" },
	{ "T1087.001", "Account Discovery: Local Account", "a command names /etc/passwd; or getent, lastlog" },
	{ "T1090", "Proxy", "a connection through the honeypot was asked for (direct-tcpip, CONNECT)" },
	{ "T1098", "Account Manipulation", "passwd, chpasswd, usermod" },
	{ "T1098.004", "Account Manipulation: SSH Authorized Keys", "a command names authorized_keys or /root/.ssh, or an SSH public key was typed" },
	{ "T1105", "Ingress Tool Transfer", "wget, curl, tftp, ftpget, scp -t, lwp-download; or a file was fetched or uploaded" },
	{ "T1110.001", "Brute Force: Password Guessing", "a log-in failed" },
	{ "T1110.003", "Brute Force: Password Spraying", "one password tried for three or more users" },
	{ "T1110.004", "Brute Force: Credential Stuffing", "three or more pairs, every user and every password once" },
	{ "T1136.001", "Create Account: Local Account", "useradd, adduser" },
	{ "T1140", "Deobfuscate/Decode Files or Information", "base64 -d, --decode or -D; openssl enc -d; xxd -r; uudecode; or echo -e with \\x escapes" },
	{ "T1190", "Exploit Public-Facing Application", "a request holds a known exploit: Log4Shell, ThinkPHP, PHPUnit eval-stdin, GPON, HNAP1, JAWS shell, Shellshock, Struts, command injection with a download, path traversal to /etc/passwd" },
	{ "T1222.002", "File and Directory Permissions Modification: Linux and Mac", "chmod, chown, chattr, lockr" },
	{ "T1485", "Data Destruction", "rm of / or /*; dd onto a disk device; mkfs" },
	{ "T1489", "Service Stop", "kill, killall, pkill; service, systemctl or an init script with stop" },
	{ "T1496", "Resource Hijacking", "a miner or its pool is named: xmrig, minerd, cpuminer, stratum, cryptonight, com.ufo.miner" },
	{ "T1505.003", "Server Software Component: Web Shell", "a request asks for a known web shell" },
	{ "T1529", "System Shutdown/Reboot", "reboot, shutdown, halt, poweroff" },
	{ "T1531", "Account Access Removal", "chpasswd, or something piped into passwd; lock of an account" },
	{ "T1543.002", "Create or Modify System Process: Systemd Service", "systemctl enable or /etc/systemd/system named" },
	{ "T1546.004", "Event Triggered Execution: Unix Shell Configuration Modification", "a command names .bashrc, .profile, .bash_profile or /etc/profile" },
	{ "T1548.003", "Abuse Elevation Control Mechanism: Sudo and Sudo Caching", "sudo, or sudoers named" },
	{ "T1552.004", "Unsecured Credentials: Private Keys", "a command names id_rsa, id_dsa or id_ed25519" },
	{ "T1562.001", "Impair Defenses: Disable or Modify Tools", "setenforce, apparmor, selinux, aliyun or cloud-monitor agents removed" },
	{ "T1562.003", "Impair Defenses: Impair Command History Logging", "HISTFILE, HISTSIZE, HISTFILESIZE or HISTORY set or unset" },
	{ "T1562.004", "Impair Defenses: Disable or Modify System Firewall", "iptables, ip6tables, ufw, firewall-cmd, SuSEfirewall2, or their service" },
	{ "T1595.001", "Active Scanning: Scanning IP Blocks", "a bare connection or packets without a dialogue" },
	{ "T1595.002", "Active Scanning: Vulnerability Scanning", "the user agent names a scanner, or a request asks for a known weak page" },
	{ "T1595.003", "Active Scanning: Wordlist Scanning", "ten or more distinct requests in one session" },
};

#define FACT(id, which) { id, ON_FACT, which, NULL, NULL }
#define COMMAND(id, names, parts) { id, ON_COMMAND, FACT_NONE, names, parts }
#define WORD(id, parts) { id, ON_WORD, FACT_NONE, NULL, parts }
#define WEB(id, parts) { id, ON_WEB, FACT_NONE, NULL, parts }

static const struct technique_rule rules[] = {
	WORD("T1003.008", "/etc/shadow"),
	COMMAND("T1016", "ifconfig ip route arp iwconfig", NULL),
	WORD("T1016", "ipinfo.io ifconfig.me icanhazip ip-api.com checkip ipify"),
	COMMAND("T1018", "arp", NULL),
	WORD("T1018", "/etc/hosts known_hosts"),
	FACT("T1021.004", FACT_SSH_LOGGED_IN),
	COMMAND("T1033", "whoami id w who last users", NULL),
	COMMAND("T1036.003", "cp mv ln", "bin/busybox bin/echo bin/wget bin/curl sbin/sshd"),
	WORD("T1037.004", "rc.local update-rc.d /etc/rc.d"),
	COMMAND("T1046", "nmap masscan zmap pnscan zgrab", NULL),
	FACT("T1046", FACT_MANY_PORTS),
	COMMAND("T1049", "netstat ss lsof", NULL),
	COMMAND("T1053.003", "crontab", "/ . -r -e"),
	WORD("T1053.003", "/etc/cron /var/spool/cron"),
	COMMAND("T1057", "ps top pgrep pidof", NULL),
	WORD("T1057", "/proc/[0-9]"),
	FACT("T1059.004", FACT_SHELL),
	COMMAND("T1059.006", "python python2 python3", NULL),
	COMMAND("T1070.002", "rm cat echo truncate shred touch", "/var/log wtmp utmp lastlog"),
	COMMAND("T1070.003", "history", NULL),
	WORD("T1070.003", ".bash_history .ash_history"),
	COMMAND("T1070.004", "rm unlink shred", NULL),
	COMMAND("T1070.006", "touch", "-r -t -d"),
	FACT("T1078", FACT_LOGGED_IN),
	COMMAND("T1082", "uname lscpu free df hostname nproc dmidecode lspci uptime getprop", NULL),
	WORD("T1082", "cpuinfo meminfo os-release /proc/version /etc/issue"),
	COMMAND("T1083", "ls find which locate", NULL),
	COMMAND("T1087.001", "getent lastlog", NULL),
	WORD("T1087.001", "/etc/passwd"),
	FACT("T1090", FACT_FORWARD),
	COMMAND("T1098", "passwd chpasswd usermod", NULL),
	FACT("T1098.004", FACT_KEY_PLANTED),
	WORD("T1098.004", "authorized_keys /root/.ssh"),
	COMMAND("T1105", "wget curl tftp ftpget lwp-download", "."),
	COMMAND("T1105", "scp", "-t"),
	FACT("T1105", FACT_TRANSFER),
	FACT("T1110.001", FACT_GUESSING),
	FACT("T1110.003", FACT_SPRAYING),
	FACT("T1110.004", FACT_STUFFING),
	COMMAND("T1136.001", "useradd adduser", NULL),
	COMMAND("T1140", "base64", "-d --decode -D"),
	COMMAND("T1140", "openssl", "-d"),
	COMMAND("T1140", "xxd", "-r"),
	COMMAND("T1140", "uudecode", NULL),
	COMMAND("T1140", "echo printf", "\\x"),
	WEB("T1190", "${jndi: invokefunction eval-stdin.php /gponform/ /hnap1 /shell?cd ()_{ "
		"%{(# ognl set_safe cgi-bin/luci wget_http wget+http $(wget `wget ;wget |wget "
		"/etc/passwd call_user_func_array /boaform/ /ctrlt/deviceupgrade soap.cgi"),
	COMMAND("T1222.002", "chmod chown chattr lockr", NULL),
	COMMAND("T1485", "mkfs", NULL),
	COMMAND("T1485", "dd", "of=/dev/sd of=/dev/hd of=/dev/mmc of=/dev/mtd"),
	COMMAND("T1489", "kill killall pkill", NULL),
	COMMAND("T1489", "service systemctl iptables SuSEfirewall2 reSuSEfirewall2", "stop disable"),
	WORD("T1496", "xmrig minerd cpuminer stratum cryptonight com.ufo.miner xmr-stak kinsing"),
	WEB("T1505.003", "/shell.php /cmd.php /c99.php /r57.php /wso.php /webshell"),
	COMMAND("T1529", "reboot shutdown halt poweroff", NULL),
	COMMAND("T1531", "chpasswd", NULL),
	COMMAND("T1531", "passwd", "-l -d"),
	COMMAND("T1543.002", "systemctl", "enable"),
	WORD("T1543.002", "/etc/systemd/system"),
	WORD("T1546.004", ".bashrc .bash_profile /etc/profile .profile"),
	WORD("T1548.003", "/etc/sudoers"),
	COMMAND("T1552.004", "cat cp find grep ls", "id_rsa id_dsa id_ed25519"),
	COMMAND("T1562.001", "setenforce", NULL),
	WORD("T1562.001", "apparmor selinux aliyun cloudmonitor aegis qcloud"),
	WORD("T1562.003", "HISTFILE HISTSIZE HISTFILESIZE HISTSAVE"),
	COMMAND("T1562.004", "iptables ip6tables ufw firewall-cmd SuSEfirewall2 reSuSEfirewall2", NULL),
	COMMAND("T1562.004", "service systemctl", "iptables firewalld ufw"),
	FACT("T1595.001", FACT_CONNECTION),
	FACT("T1595.002", FACT_SCANNER_AGENT),
	WEB("T1595.002", "/manager/html /phpmyadmin /pma/ /scripts/setup.php /solr/admin /.env /.git/ /wp-login /xmlrpc.php /actuator /server-status /hudson /jenkins"),
	FACT("T1595.003", FACT_MANY_REQUESTS),
};
/* clang-format on */

_Static_assert(
    sizeof(techniques) / sizeof(techniques[0]) <= TECHNIQUES_MAX, "more techniques than the limit");

const struct technique *
technique_at(size_t i)
{
	return i < technique_count() ? &techniques[i] : NULL;
}

size_t
technique_count(void)
{
	return sizeof(techniques) / sizeof(techniques[0]);
}

const struct technique_rule *
technique_rule_at(size_t i)
{
	return i < sizeof(rules) / sizeof(rules[0]) ? &rules[i] : NULL;
}
