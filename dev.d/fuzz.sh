# shellcheck shell=bash
# ./dev fuzz: the parsers, instrumented by clang, against inputs that libFuzzer makes up.

FUZZ_PACKAGES=(clang-14 libclang-rt-14-dev)

# fuzz_build: every target, instrumented, in a tree of their own.
fuzz_build() {
	BUILD=$ROOT/build-fuzz
	configure_flags=(CC=clang-14 --enable-fuzz --enable-asan --enable-ubsan --enable-werror)
	build fuzzers
}

# run_fuzz SECONDS [NAME…]: each target, or those that are named, for that many seconds.
run_fuzz() {
	whole "the number of seconds" "${1:-}" 1 1000000
	install_packages "${STACK_PACKAGES[@]}" "${FUZZ_PACKAGES[@]}"
	fuzz_build
	exec "$ROOT/tests/fuzz/run" "$BUILD" "$@"
}
