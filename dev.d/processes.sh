# shellcheck shell=bash
# Starting, finding and ending processes. Each service is a session of its own, led by the process whose id is in
# run/NAME.pid together with its start time: what the session holds is ours, also when the leader was killed.

# start_time PID: in clock ticks since boot, empty when there is no such process (proc(5), field 22).
start_time() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	[[ $1 == [ZX] ]] || printf '%s' "${20}"
}

# members SID: the ids of the session's living processes (fields 3 and 6).
members() {
	local file stat fields
	for file in /proc/[0-9]*/stat; do
		{ read -r stat <"$file"; } 2>/dev/null || continue
		read -ra fields <<<"${stat##*) }"
		[[ ${fields[3]} != "$1" || ${fields[0]} == [ZX] ]] || printf '%s\n' "${stat%% *}"
	done
}

# service_start NAME COMMAND…: runs COMMAND as the stack's user, detached, with every signal as by default: what a
# shell's background job ignores, its grandchildren would ignore too.
service_start() {
	local name=$1 pid
	shift
	setsid env --default-signal "${AS_USER[@]}" "$@" </dev/null >>"$VAR/log/$name.log" 2>&1 9>&- &
	pid=$!
	disown "$pid"
	printf '%s %s\n' "$pid" "$(start_time "$pid")" >"$VAR/run/$name.pid"
}

# service_session NAME: the id of the service's session, empty when it was never started or is another's by now.
service_session() {
	local pid started now
	{ read -r pid started <"$VAR/run/$1.pid"; } 2>/dev/null || return 0
	now=$(start_time "$pid")
	[[ -n $now && $now != "$started" ]] || printf '%s' "$pid"
}

service_alive() {
	local sid
	sid=$(service_session "$1")
	[[ -n $sid && -n $(start_time "$sid") ]]
}

# within SECONDS COMMAND…: asks every 20 ms until COMMAND succeeds; fails when the time is over.
within() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.02
	done
}

session_empty() {
	[[ -z $(members "$1") ]]
}

# service_signal NAME SIGNAL: to the whole session, but its multiwatch is killed: it would start again what ends, and
# the signal that it sends itself when it is told to end is another than its option -s says (1.0.0: TERM gives QUIT).
service_signal() {
	local sid pids
	sid=$(service_session "$1")
	[[ -n $sid ]] || return 0
	[[ $(cat "/proc/$sid/comm" 2>/dev/null) != multiwatch ]] || kill -KILL "$sid" 2>/dev/null || true
	mapfile -t pids < <(members "$sid")
	((${#pids[@]} == 0)) || kill "-$2" "${pids[@]}" 2>/dev/null || true
}

# service_wait NAME SECONDS: until nothing of the session is left; what does not go by itself is killed.
service_wait() {
	local sid pids
	sid=$(service_session "$1")
	if [[ -n $sid ]] && ! within "$2" session_empty "$sid"; then
		mapfile -t pids < <(members "$sid")
		((${#pids[@]} == 0)) || kill -KILL "${pids[@]}" 2>/dev/null || true
		within 10 session_empty "$sid" || say "dev: $1 cannot be ended" >&2
	fi
	rm -f "$VAR/run/$1.pid"
}

# listening PORT: the inodes of the sockets that listen on it, on any address.
listening() {
	awk -v port="$(printf ':%04X$' "$1")" '$4 == "0A" && $2 ~ port { print $10 }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}

# service_listens NAME PORT: whether it is this service that listens there.
service_listens() {
	local sid pid inode
	sid=$(service_session "$1")
	for inode in $(listening "$2"); do
		for pid in $(members "$sid"); do
			[[ -z $(find "/proc/$pid/fd" -lname "socket:\[$inode\]" -print -quit 2>/dev/null) ]] || return 0
		done
	done
	return 1
}

last_line() {
	tail -n 1 "$VAR/log/$1.log" 2>/dev/null
}
