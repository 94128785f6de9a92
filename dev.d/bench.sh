# shellcheck shell=bash
# ./dev bench: the figures of this machine, on a stack of its own. It judges, but never fails for a slow machine.

BENCH_PACKAGES=(wrk python3 python3-psycopg2 python3-websocket)
SOAK_PACKAGES=(python3 python3-jsonschema python3-psycopg2 python3-redis python3-websocket python3-yaml)

build_bench() {
	build
	{
		flock -w 600 8 || die "another build of $ROOT has not ended for ten minutes"
		quietly "make" make -C "$BUILD" -j2 bench/attack bench/wsload bench/responder
	} 8>"$ROOT/.build.lock"
}

run_bench() {
	install_packages "${STACK_PACKAGES[@]}" "${BENCH_PACKAGES[@]}"
	build_bench
	unset BOOKREQ_DATABASE_URL BOOKREQ_REDIS_URL "${!PG@}"
	export BOOKREQ_BUILD=$BUILD
	exec /usr/bin/python3 -B "$ROOT/bench/run" --programs "$BUILD/bench" --output "$VAR/bench.json" "$@"
}

# run_soak MINUTES: whether anything grows under a mixed load.
run_soak() {
	install_packages "${STACK_PACKAGES[@]}" "${SOAK_PACKAGES[@]}"
	build
	unset BOOKREQ_DATABASE_URL BOOKREQ_REDIS_URL "${!PG@}"
	export BOOKREQ_BUILD=$BUILD
	exec /usr/bin/python3 -B "$ROOT/bench/soak" --output "$VAR/soak.json" "$@"
}
