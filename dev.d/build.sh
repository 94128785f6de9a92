# shellcheck shell=bash
# Building out of tree, only what is out of date, one build of a checkout at a time.

configure_flags=()
BUILD=build
if [[ ${BOOKREQ_FAULT:-0} == 1 ]]; then
	BUILD+=-fault
	configure_flags+=(--enable-fault)
fi
if [[ ${BOOKREQ_SANITIZE:-0} == 1 ]]; then
	BUILD+=-san
	configure_flags+=(--enable-asan --enable-ubsan)
fi
BUILD=$(absolute "${BOOKREQ_BUILD:-$ROOT/$BUILD}")

# quietly WHAT COMMAND…: its output goes to build.log and is shown only when it fails.
quietly() {
	local what=$1
	shift
	"$@" >"$BUILD/build.log" 2>&1 </dev/null && return
	tail -n 40 "$BUILD/build.log" >&2
	die "$what failed; the whole output is in $BUILD/build.log"
}

run_autoreconf() {
	(cd "$ROOT" && autoreconf -i)
}

run_configure() {
	(cd "$BUILD" && "$ROOT/configure" "${configure_flags[@]}")
}

# build [TARGET]: configures where that is still to be done, and makes.
build() {
	mkdir -p "$BUILD" || die "cannot make the build directory $BUILD"
	{
		flock -w 600 8 || die "another build of $ROOT has not ended for ten minutes"
		[[ -x $ROOT/configure ]] || quietly "autoreconf" run_autoreconf
		if [[ ! -f $BUILD/Makefile ]]; then
			say "Building in $BUILD"
			quietly "configure" run_configure
		fi
		quietly "make" make -C "$BUILD" -j2 "$@"
	} 8>"$ROOT/.build.lock"
}
