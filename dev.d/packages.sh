# shellcheck shell=bash
# Debian packages: only what is missing is installed, and nothing of it is started or enabled as a system service.

STACK_PACKAGES=(
	gcc libc6-dev musl-tools make autoconf automake pkg-config
	libfcgi-dev libhiredis-dev libpq-dev libjson-c-dev libsodium-dev
	postgresql-15 redis-server nginx-light spawn-fcgi multiwatch websocketd curl libjs-bootstrap5
)
# No web server that the system would start: apache2-bin is the program and its modules.
APACHE_PACKAGES=(apache2-bin libapache2-mod-qos media-types)
[[ ${BOOKREQ_SERVER:-} != apache ]] || STACK_PACKAGES+=("${APACHE_PACKAGES[@]}")
TEST_PACKAGES=(
	"${APACHE_PACKAGES[@]}" libapache2-mod-fcgid
	postgresql-15-pgtap libtap-parser-sourcehandler-pgtap-perl
	git python3 python3-pytest python3-pytest-xdist python3-requests python3-websocket python3-psycopg2 python3-redis
	python3-yaml python3-jsonschema mandoc openssl python3-selenium chromium chromium-driver spin cppcheck systemd
)
# For ./dev test --all only.
LONG_TEST_PACKAGES=(valgrind clang debhelper debootstrap dpkg-dev pgbouncer xz-utils)
# For the browser tests' accessibility checker. Debian's npm is large; one from elsewhere serves as well.
command -v npm >/dev/null || TEST_PACKAGES+=(npm)
POLICY=/usr/sbin/policy-rc.d
NO_CLUSTER=/etc/postgresql/15/none
held=()

missing_packages() {
	local package
	for package in "$@"; do
		[[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || printf '%s\n' "$package"
	done
}

as_root() {
	if ((EUID == 0)); then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		die "these packages are missing and there is no sudo; as root: apt-get install ${missing[*]}"
	fi
}

# Debian starts services and makes a database cluster when their packages are installed. Both are asked for
# by files that may say no; they are there only while apt-get runs.
hold_services() {
	if [[ ! -e $POLICY ]]; then
		held+=("$POLICY")
		as_root tee "$POLICY" <<<$'#!/bin/sh\nexit 101' >/dev/null
		as_root chmod 0755 "$POLICY"
	fi
	if ! compgen -G "${NO_CLUSTER%/*}/*/postgresql.conf" >/dev/null; then
		held+=("$NO_CLUSTER")
		as_root mkdir -p "$NO_CLUSTER"
		as_root tee "$NO_CLUSTER/postgresql.conf" <<<"data_directory = '/var/lib/postgresql'" >/dev/null
	fi
}

release_services() {
	((${#held[@]} > 0)) || return 0
	as_root rm -rf "${held[@]}"
	[[ ! -d ${NO_CLUSTER%/*} ]] || as_root rmdir --ignore-fail-on-non-empty "${NO_CLUSTER%/*}"
	held=()
}

# An enabled service would start with the next boot.
disable_services() {
	local unit
	[[ -d /run/systemd/system ]] || return 0
	for unit in postgresql:postgresql-15 redis-server:redis-server nginx:nginx-light pgbouncer:pgbouncer; do
		[[ " ${missing[*]} " != *" ${unit#*:} "* ]] || as_root systemctl --quiet disable "${unit%%:*}"
	done
}

# A module is enabled by its package where there is Debian's Apache; mod_qos would keep that from starting again (docs/apache.md).
disable_modules() {
	[[ " ${missing[*]} " != *" libapache2-mod-qos "* ]] || ! command -v a2dismod >/dev/null || as_root a2dismod -q qos
}

# install_packages NAME…: returns at once when all are there.
install_packages() {
	local missing
	mapfile -t missing < <(missing_packages "$@")
	((${#missing[@]} > 0)) || return 0
	command -v apt-get >/dev/null || die "these Debian packages are missing, and there is no apt-get: ${missing[*]}"
	say "Installing ${missing[*]}"
	trap release_services EXIT
	hold_services
	as_root apt-get -q update >&2 || die "apt-get update failed"
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "${missing[@]}" </dev/null >&2 ||
		die "apt-get could not install ${missing[*]}"
	disable_services
	disable_modules
	release_services
	trap - EXIT
}
