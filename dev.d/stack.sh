# shellcheck shell=bash
# The stack as a whole: up, down, run, status, logs.

READY_SECONDS=60
FIRST_REDIS=${BOOKREQ_REDIS_URL:-}
FIRST_DATABASE=${BOOKREQ_DATABASE_URL:-}
PORT=${BOOKREQ_PORT:-8080}
WORKERS=${BOOKREQ_WORKERS:-8}
SERVER=${BOOKREQ_SERVER:-nginx}
AS_USER=()

# wanted: the services of this stack; a server that was given by URL is not one of them, nor is the other web server.
wanted() {
	local service
	for service in "${SERVICES[@]}"; do
		case $service in
		postgres) [[ -z $FIRST_DATABASE ]] || continue ;;
		redis) [[ -z $FIRST_REDIS ]] || continue ;;
		nginx | apache) [[ $service == "$SERVER" ]] || continue ;;
		esac
		printf '%s\n' "$service"
	done
}

check_environment() {
	whole BOOKREQ_PORT "$PORT" 1 65535
	whole BOOKREQ_WORKERS "$WORKERS" 1 500
	[[ $SERVER == nginx || $SERVER == apache ]] || die "BOOKREQ_SERVER is \"$SERVER\", but takes nginx or apache"
	[[ $VAR != *[$'\n"\\$']* ]] || die "BOOKREQ_VAR holds a character that a web server's configuration cannot: $VAR"
}

# Whether the stack's user reaches all that it needs. bash asks by faccessat(2): access(2) would leave out capabilities.
usable() {
	# shellcheck disable=SC2016
	"${AS_USER[@]}" bash -c '[[ -x $1 && -r $2 && -w $3 ]]' bash "$BUILD/bookreq.fcgi" "$ROOT/web/index.html" "$VAR/run" 2>/dev/null
}

# PostgreSQL never runs as root, and what is not root's needs no more. As postgres, the rest of the stack may be below a
# directory that only root may enter: then, and only then, it keeps the right to read what it finds there.
choose_user() {
	((EUID == 0)) || return 0
	AS_USER=(setpriv --reuid postgres --regid postgres --init-groups)
	usable && return
	AS_USER+=(--inh-caps=+dac_read_search --ambient-caps=+dac_read_search)
	usable || die "user postgres cannot use $BUILD and $VAR"
}

make_directories() {
	local name
	umask 022
	for name in run log redis "$SERVER"; do
		mkdir -p "$VAR/$name" || die "cannot make $VAR/$name"
		((EUID != 0)) || chown postgres:postgres "$VAR/$name"
	done
	chmod 0700 "$VAR/run"
}

# A socket's path has at most 107 bytes, and not every program takes every character in it: then the way there goes
# through a short link, which `down` removes.
choose_sockets() {
	SOCKETS=$VAR/run
	local longest="$SOCKETS/.$POSTGRES_NAME.lock"
	((${#longest} > 107)) || [[ $SOCKETS == *[!A-Za-z0-9/._-]* ]] || return 0
	if ! { read -r SOCKETS <"$VAR/run/sockets"; } 2>/dev/null || [[ ! $SOCKETS -ef $VAR/run ]]; then
		SOCKETS=$(mktemp -d /tmp/bookreq.XXXXXXXX) || die "cannot make a directory for sockets in /tmp"
		ln -s "$VAR/run" "$SOCKETS/run"
		((EUID != 0)) || chown postgres:postgres "$SOCKETS"
		SOCKETS+=/run
		printf '%s\n' "$SOCKETS" >"$VAR/run/sockets"
	fi
}

forget_sockets() {
	local link
	{ read -r link <"$VAR/run/sockets"; } 2>/dev/null || return 0
	[[ $link != /tmp/bookreq.*/run ]] || rm -rf "${link%/run}"
	rm -f "$VAR/run/sockets"
}

# What the programs are given: every setting of ours, and ours where the stack decides.
choose_settings() {
	local private
	private="host=$(url_path "$SOCKETS")"
	APP_URL=${BOOKREQ_APP_DATABASE_URL:-${FIRST_DATABASE:-"postgresql://bookreq_app@/bookreq?$private"}}
	export BOOKREQ_DATABASE_URL=${FIRST_DATABASE:-"postgresql://bookreq_owner@/bookreq?$private"}
	export BOOKREQ_REDIS_URL=${FIRST_REDIS:-"unix://$SOCKETS/redis.sock"}
	export BOOKREQ_BRIDGE_SOCKET=$SOCKETS/bridge.sock
	export BOOKREQ_SQL_DIR=${BOOKREQ_SQL_DIR:-$ROOT/sql}
	export BOOKREQ_METRICS_FILE=${BOOKREQ_METRICS_FILE:-$VAR/run/metrics}
	if [[ -z ${BOOKREQ_CONFIG:-} ]]; then
		export BOOKREQ_CONFIG=$VAR/run/bookreq.conf
		printf '# Empty: the settings of ./dev come from the environment.\n' >"$BOOKREQ_CONFIG"
	else
		BOOKREQ_CONFIG=$(absolute "$BOOKREQ_CONFIG")
	fi
	# A libpq variable of the caller would lead the private server's clients astray.
	[[ -n $FIRST_DATABASE ]] || unset "${!PG@}"
}

# For `ctl` and for the other commands, which may be called with another environment.
write_stack_file() {
	local name
	{
		for name in "${!BOOKREQ_@}"; do
			printf 'export %s=%q\n' "$name" "${!name}"
		done
		printf 'STACK_%s\n' "BUILD=$(printf %q "$BUILD")" "PORT=$PORT" "SERVICES=$(printf %q "$(wanted)")"
	} >"$STACK_FILE.new"
	chmod 0600 "$STACK_FILE.new"
	((EUID != 0)) || chown postgres:postgres "$STACK_FILE.new"
	mv "$STACK_FILE.new" "$STACK_FILE"
}

# stack_services: those of the running stack.
stack_services() {
	[[ -r $STACK_FILE ]] || return 0
	# shellcheck source=/dev/null
	(. "$STACK_FILE" && printf '%s\n' "$STACK_SERVICES")
}

stack_alive() {
	local services service
	mapfile -t services < <(stack_services)
	((${#services[@]} > 0)) || return 1
	for service in "${services[@]}"; do
		service_alive "$service" || return 1
	done
}

stack_port() {
	# shellcheck source=/dev/null
	(. "$STACK_FILE" && printf '%s' "$STACK_PORT")
}

ready() {
	[[ $(curl -s -o /dev/null -m 5 -w '%{http_code}' "http://127.0.0.1:$PORT/readyz") == 200 ]]
}

ready_or_broken() {
	ready || ! stack_alive
}

take_lock() {
	mkdir -p "$VAR" || die "cannot make $VAR"
	exec 9>"$VAR/lock"
	flock -w 120 9 || die "another ./dev has been busy in $VAR for two minutes"
}

# end_service NAME: the way it likes best (PostgreSQL: fast shutdown), with a deadline.
end_service() {
	local signal=TERM seconds=8
	[[ $1 != postgres ]] || { signal=INT && seconds=20; }
	service_signal "$1" "$signal"
	service_wait "$1" "$seconds"
}

# In reverse: who asks goes before who answers.
end_services() {
	local i
	for ((i = ${#SERVICES[@]} - 1; i >= 0; i--)); do
		end_service "${SERVICES[i]}"
	done
	rm -f "$STACK_FILE"
	forget_sockets
}

# bring_up: everything, or nothing and one line that says why. Fails when all of it is running already. Afterwards an exit
# still ends it all: the caller says what is to be.
bring_up() {
	local services service
	check_environment
	take_lock
	if stack_alive; then
		PORT=$(stack_port)
		return 1
	fi
	end_services
	[[ -z $(listening "$PORT") ]] || die "port $PORT is in use: choose another with BOOKREQ_PORT"
	install_packages "${STACK_PACKAGES[@]}"
	build
	trap end_services EXIT
	trap 'exit 130' INT TERM HUP
	make_directories
	choose_user
	choose_sockets
	choose_settings
	write_stack_file
	mapfile -t services < <(wanted)
	for service in "${services[@]}"; do
		[[ $service != workers ]] || migrate
		"${service}_start"
	done
	within "$READY_SECONDS" ready_or_broken || die "the stack is not ready after $READY_SECONDS s: $(last_line workers)"
	stack_alive || die "a service of the stack ended; see $VAR/log"
	load_demo
	flock -u 9
}

migrate() {
	PGCONNECT_TIMEOUT=10 "$BUILD/bookreqctl" migrate >"$VAR/log/migrate.log" 2>&1 ||
		die "the database could not be brought to this version: $(last_line migrate)"
}

load_demo() {
	[[ ${BOOKREQ_DEMO:-1} != 0 ]] || return 0
	"$ROOT/dev.d/demo.sh" "$BUILD/bookreqctl" "http://127.0.0.1:$PORT" >"$VAR/log/demo.log" 2>&1 ||
		say "dev: no demo data: $(last_line demo)" >&2
}

stack_up() {
	if bring_up; then
		trap - EXIT INT TERM HUP
		say "Ready at http://127.0.0.1:$PORT"
	else
		say "Already running at http://127.0.0.1:$PORT"
	fi
}

stack_down() {
	[[ -d $VAR/run ]] || return 0
	take_lock
	end_services
}

# heal: starts again what lost its supervisor; fails when the stack was ended from elsewhere.
heal() {
	local service services
	take_lock
	[[ -e $STACK_FILE ]] || return 1
	mapfile -t services < <(wanted)
	for service in "${services[@]}"; do
		service_alive "$service" && continue
		say "$service has ended: starting it again"
		end_service "$service"
		"${service}_start"
	done
	flock -u 9
}

stack_run() {
	bring_up || die "already running at http://127.0.0.1:$PORT; ./dev down stops it"
	trap stack_down EXIT
	trap 'say; say "Stopping"; exit 0' INT TERM HUP
	"$ROOT/dev.d/welcome.sh" "http://127.0.0.1:$PORT"
	while heal; do
		sleep 1 || true
	done
	say "Stopped by ./dev down"
}

stack_status() {
	local services service state broken=0
	mapfile -t services < <(stack_services)
	if ((${#services[@]} == 0)); then
		say "Not running: $VAR"
		exit 1
	fi
	PORT=$(stack_port)
	printf '%-12s %-8s %s\n' SERVICE PID STATE
	for service in "${services[@]}"; do
		state=running
		service_alive "$service" || { state=ended && broken=1; }
		printf '%-12s %-8s %s\n' "$service" "$(service_session "$service")" "$state"
	done
	ready || broken=1
	printf '%s\n' "http://127.0.0.1:$PORT/readyz: $(curl -s -m 5 "http://127.0.0.1:$PORT/readyz" || printf 'no answer')"
	return "$broken"
}

stack_logs() {
	local follow=() files=() name
	if [[ ${1:-} == -f ]]; then
		follow=(-F)
		shift
	fi
	for name in "$@"; do
		[[ -f $VAR/log/$name.log ]] || die "there is no log of $name in $VAR/log"
		files+=("$VAR/log/$name.log")
	done
	((${#files[@]} > 0)) || files=("$VAR"/log/*.log)
	[[ -e ${files[0]} ]] || die "there are no logs in $VAR/log"
	exec tail -n 20 "${follow[@]}" "${files[@]}"
}
