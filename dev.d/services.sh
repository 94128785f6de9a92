# shellcheck shell=bash
# The services, in the order in which they are started. Each has NAME_start, which returns once others may use it.

SERVICES=(postgres redis workers bridges websocketd nginx apache)
POSTGRES_BIN=/usr/lib/postgresql/15/bin
POSTGRES_NAME='s.PGSQL.5432'
# multiwatch gives up on a child that died this often within ten seconds of its start.
RETRIES=1000000000

# url_path PATH: percent-encoded for a query value.
url_path() {
	local LC_ALL=C path=$1 i char
	for ((i = 0; i < ${#path}; i++)); do
		char=${path:i:1}
		case $char in
		[A-Za-z0-9/._-]) printf '%s' "$char" ;;
		*) printf '%%%02X' "'$char" ;;
		esac
	done
}

# multiwatch refuses arguments that are not ASCII, so what it is to run reaches it through the environment.
# shellcheck disable=SC2016
CHILD=(/bin/bash -c 'eval "unset STACK_COMMAND; exec $STACK_COMMAND"')

# pool NAME PROCESSES SOCKET: that many applications behind a socket, each replaced at once when it ends.
pool() {
	service_start "$1" env BOOKREQ_DATABASE_URL="$APP_URL" STACK_COMMAND="$(printf %q "$BUILD/bookreq.fcgi")" \
		spawn-fcgi -n -s "$SOCKETS/$3" -M 0660 -b 4096 -- "$(command -v multiwatch)" -f "$2" -r "$RETRIES" -- "${CHILD[@]}"
}

# one NAME COMMAND…: a single program, replaced at once when it ends.
one() {
	local name=$1
	shift
	service_start "$name" env STACK_COMMAND="$(printf '%q ' "$@")" multiwatch -f 1 -r "$RETRIES" -- "${CHILD[@]}"
}

as_postgres() {
	"$POSTGRES_BIN/psql" -X -q -v ON_ERROR_STOP=1 -h "$SOCKETS" -U postgres -d postgres "$@"
}

postgres_answers() {
	as_postgres -c 'SELECT 1' >/dev/null 2>&1
}

postgres_init() {
	say "Making a database cluster in $VAR/pg"
	rm -rf "$VAR/pg.new"
	mkdir -m 0700 "$VAR/pg.new"
	((EUID != 0)) || chown postgres:postgres "$VAR/pg.new"
	"${AS_USER[@]}" "$POSTGRES_BIN/initdb" -D "$VAR/pg.new" -U postgres -E UTF8 --locale=C.UTF-8 \
		--auth-local=trust --auth-host=reject >"$VAR/log/initdb.log" 2>&1 ||
		die "initdb failed; see $VAR/log/initdb.log"
	mv "$VAR/pg.new" "$VAR/pg"
}

# Who reaches the socket's directory is trusted; nobody but the stack's user does.
postgres_start() {
	[[ -d $VAR/pg ]] || postgres_init
	one postgres "$POSTGRES_BIN/postgres" -D "$VAR/pg" -c listen_addresses= \
		-c "unix_socket_directories=$SOCKETS" -c unix_socket_permissions=0700 \
		-c "max_connections=$((WORKERS + 56))" -c shared_buffers=128MB -c fsync=on -c synchronous_commit=on \
		-c log_line_prefix='%m [%p] %u %a ' -c logging_collector=off
	within 60 postgres_answers || die "PostgreSQL did not start: $(last_line postgres)"
	database_exists || make_database
}

database_exists() {
	[[ $(as_postgres -At -c "SELECT 1 FROM pg_database WHERE datname = 'bookreq'") == 1 ]]
}

# As sql/roles.sql tells an operator; the roles are all or nothing, so that an interrupted start can go on.
make_database() {
	[[ $(as_postgres -At -c "SELECT 1 FROM pg_roles WHERE rolname = 'bookreq_owner'") == 1 ]] ||
		as_postgres --single-transaction -f "$ROOT/sql/roles.sql" || die "the database's roles could not be made"
	as_postgres -c 'CREATE DATABASE bookreq OWNER bookreq_owner' || die "the database could not be made"
}

redis_answers() {
	[[ $(redis-cli -s "$SOCKETS/redis.sock" ping 2>/dev/null) == PONG ]]
}

redis_start() {
	one redis "$(command -v redis-server)" --port 0 --unixsocket "$SOCKETS/redis.sock" --unixsocketperm 700 \
		--dir "$VAR/redis" --save '' --appendonly no --maxclients 10000 --daemonize no
	within 20 redis_answers || die "Redis did not start: $(last_line redis)"
}

workers_start() {
	pool workers "$WORKERS" app.sock
}

bridges_start() {
	pool bridges 2 bridge.sock
}

# passed_on: the variables that websocketd gives to the bridges, by name.
passed_on() {
	local names=(PATH LD_LIBRARY_PATH ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS)
	mapfile -t -O "${#names[@]}" names < <(compgen -e BOOKREQ_ | grep -vx BOOKREQ_DATABASE_URL)
	local IFS=,
	printf '%s' "${names[*]}"
}

# websocketd_clashed: whether since the log had log_size bytes somebody else turned out to have the port.
websocketd_clashed() {
	tail -c "+$((log_size + 1))" "$VAR/log/websocketd.log" | grep -q 'address already in use'
}

websocketd_settled() {
	service_listens websocketd "$WEBSOCKET_PORT" || websocketd_clashed || ! service_alive websocketd
}

# websocketd_try: starts it on WEBSOCKET_PORT; fails when another has that port. Another stack may have chosen the
# same one at the same time: what counts is who listens.
websocketd_try() {
	local log_size
	[[ -z $(listening "$WEBSOCKET_PORT") ]] || return 1
	log_size=$(stat -c %s "$VAR/log/websocketd.log" 2>/dev/null) || log_size=0
	GOGC=50 one websocketd "$(command -v websocketd)" --address=127.0.0.1 --port="$WEBSOCKET_PORT" \
		--loglevel=error --passenv="$(passed_on)" "$BUILD/bookreq-ws"
	within 10 websocketd_settled || true
	service_listens websocketd "$WEBSOCKET_PORT" && return
	service_signal websocketd TERM
	service_wait websocketd 5
	websocketd_clashed || die "websocketd did not start: $(last_line websocketd)"
	return 1
}

# On the port of last time, else on any one below those that the kernel gives to outgoing connections.
websocketd_start() {
	local try
	{ read -r WEBSOCKET_PORT <"$VAR/run/websocketd.port"; } 2>/dev/null || WEBSOCKET_PORT=0
	for ((try = 0; try < 20; try++)); do
		((WEBSOCKET_PORT > 0)) || WEBSOCKET_PORT=$((18000 + SRANDOM % 14000))
		if websocketd_try; then
			printf '%s\n' "$WEBSOCKET_PORT" >"$VAR/run/websocketd.port"
			return
		fi
		WEBSOCKET_PORT=0
	done
	die "websocketd found no free port between 18000 and 32000"
}
