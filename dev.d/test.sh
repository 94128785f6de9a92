# shellcheck shell=bash
# ./dev test: every suite, behind nginx; then the C programs once more with sanitizers, behind Apache. Each suite adds to passed and failed; one that
# crashes or runs nothing has failed. --all adds what is too long for every change: the files with the marker "long".

RESULTS=$VAR/test
FUZZ_SECONDS=20
passed=0
failed=0

# add NAME STATUS PASSED FAILED: a suite's numbers; a bad exit status without a failed test is one more failure.
add() {
	local name=$1 status=$2 good=$3 bad=$4
	if ((status != 0 && bad == 0)) || ((good + bad == 0)); then
		say "$name: ended with status $status after $good passed tests"
		bad=1
	fi
	say "$name: $good passed, $bad failed"
	passed=$((passed + good))
	failed=$((failed + bad))
}

# The sum of the numbers that follow NAME in the file, as in "# PASS:  12".
sum_of() {
	awk -v name="$1" 'index($0, name) == 1 { sum += $NF } END { print sum + 0 }' "$2"
}

# unit NAME: the C tests of $BUILD.
unit() {
	local log=$RESULTS/$1.log status=0
	make -C "$BUILD" -j2 check >"$log" 2>&1 </dev/null || status=$?
	((status == 0)) || cat "$BUILD/test-suite.log" 2>/dev/null || tail -n 40 "$log"
	add "$1" "$status" "$(sum_of '# PASS:' "$log")" "$(($(sum_of '# FAIL:' "$log") + $(sum_of '# ERROR:' "$log") + $(sum_of '# XPASS:' "$log")))"
}

# sql_files: tests/sql on a private PostgreSQL; TAP, one line a file.
sql_files() (
	VAR=$RESULTS/sql
	trap 'end_service postgres; forget_sockets' EXIT
	mkdir -p "$VAR"
	make_directories
	choose_user
	choose_sockets
	postgres_start >&2
	local host
	host=$(url_path "$SOCKETS")
	# pg_prove takes no URL with an equals sign.
	"$ROOT/tests/sql/run" "postgresql://postgres@${host//\//%2F}/bookreq" </dev/null
)

# A good file's line ends in "12 tests"; a bad one's own lines follow it behind "# ".
sql() {
	local log=$RESULTS/sql.log status=0 good bad
	(set -e; sql_files) >"$log" || status=$?
	good=$(awk '/^ok / { sum += $(NF - 1) } /^# ok / { sum++ } END { print sum + 0 }' "$log")
	bad=$(grep -c '^# not ok ' "$log") || true
	((status == 0)) || grep -v '^\(# \)\?ok ' "$log" || true
	add sql "$status" "$good" "$bad"
}

# The protocol as a model, searched exhaustively: TAP. It computes, while the suites beside it mostly wait.
model_begin() {
	"$ROOT/tests/model/run" >"$RESULTS/model.log" 2>&1 </dev/null &
	model_pid=$!
}

# Each parser for a moment, from the same beginning each time, with what the suites leave over. Built before: a build keeps the stacks of the suites waiting for theirs.
fuzz_begin() {
	FUZZ_SEED=1 nice -n 19 "$ROOT/tests/fuzz/run" "$ROOT/build-fuzz" "$FUZZ_SECONDS" >"$RESULTS/fuzz.log" 2>&1 </dev/null &
	fuzz_pid=$!
}

# analysis NAME TOOL…: static analysis.
analysis() {
	local name=$1
	shift
	"$ROOT/tests/analysis/run" "$BUILD" "$@" >"$RESULTS/$name.log" 2>&1 </dev/null &
	tap_end "$name" $!
}

# The unit tests once more under valgrind: one test each. What locks itself in would shut valgrind out, and a stack that is
# left behind is more than it can follow.
valgrind_units() {
	local program status=0 number=0
	for program in "$ROOT"/tests/unit/test_*.c; do
		program=${program##*/}
		program=$BUILD/tests/unit/${program%.c}
		[[ $program != */test_lockin && $program != */test_stack ]] || continue
		number=$((number + 1))
		if valgrind -q --error-exitcode=99 --leak-check=full "$program" >"$RESULTS/valgrind.out" 2>&1; then
			say "ok $number - ${program##*/}"
		else
			say "not ok $number - ${program##*/}"
			sed 's/^/# /' "$RESULTS/valgrind.out"
			status=1
		fi
	done
	return "$status"
}

# tap_end NAME PID: of a suite that was begun so.
tap_end() {
	local log=$RESULTS/$1.log status=0 good bad
	wait "$2" || status=$?
	good=$(grep -c '^ok ' "$log") || true
	bad=$(grep -c '^not ok ' "$log") || true
	((status == 0)) || grep -v '^ok ' "$log" || true
	add "$1" "$status" "$good" "$bad"
}

# python NAME MARKER DIRECTORY…: what has that marker in these directories of tests/ ("": all), in two processes with a
# stack each.
python() {
	local name=$1 marker=$2 status=0 numbers
	shift 2
	rm -f "$RESULTS/$name.xml"
	(cd "$ROOT" && BOOKREQ_BUILD=$BUILD BOOKREQ_TEST_OUTPUT=$RESULTS /usr/bin/python3 -m pytest -q -m "$marker" -n 2 --dist loadfile \
		-p no:cacheprovider --junitxml="$RESULTS/$name.xml" "${@/#/tests/}" </dev/null) || status=$?
	read -ra numbers < <(junit_numbers "$RESULTS/$name.xml") || numbers=(0 0)
	add "$name" "$status" "${numbers[@]}"
}

# Passed and failed; a skipped test is a failed one.
junit_numbers() {
	/usr/bin/python3 - "$1" <<-'END'
		import sys, xml.etree.ElementTree as tree
		suites = list(tree.parse(sys.argv[1]).iter("testsuite"))
		total = sum(int(suite.get("tests")) for suite in suites)
		bad = sum(int(suite.get(kind)) for suite in suites for kind in ("failures", "errors", "skipped"))
		print(max(total - bad, 0), bad)
	END
}

# sanitizer_reports: each file there is one process that did something wrong.
sanitizer_reports() {
	local reports
	mapfile -t reports < <(find "$RESULTS/sanitizers" -type f)
	((${#reports[@]} == 0)) && return
	head -n 60 "${reports[@]}"
	say "sanitizers: ${#reports[@]} reports in $RESULTS/sanitizers"
	failed=$((failed + ${#reports[@]}))
}

# use_build DIRECTORY FLAG…: a tree of the tests' own, so that a running stack keeps its programs.
use_build() {
	BUILD=$1
	shift
	configure_flags=("$@")
	build
}

# run_tests [--all]
run_tests() {
	local all=${1:-}
	install_packages "${STACK_PACKAGES[@]}" "${TEST_PACKAGES[@]}" "${FUZZ_PACKAGES[@]}"
	[[ $all != --all ]] || install_packages "${LONG_TEST_PACKAGES[@]}"
	unset "${!BOOKREQ_@}" "${!PG@}"
	rm -rf "$RESULTS"
	mkdir -p "$RESULTS"

	(fuzz_build)
	use_build "$ROOT/build-test" --enable-werror
	unit unit
	analysis analysis gcc cppcheck
	sql
	model_begin
	fuzz_begin
	python pytest "not long" ""
	tap_end model "$model_pid"
	tap_end fuzz "$fuzz_pid"

	mkdir -m 1777 "$RESULTS/sanitizers"
	export ASAN_OPTIONS="log_path=$RESULTS/sanitizers/asan" LSAN_OPTIONS="log_path=$RESULTS/sanitizers/lsan"
	export UBSAN_OPTIONS="log_path=$RESULTS/sanitizers/ubsan:print_stacktrace=1"
	use_build "$ROOT/build-san" --enable-asan --enable-ubsan
	unit unit-sanitized
	if [[ $all == --all ]]; then
		BOOKREQ_SANITIZE=1 python pytest-sanitized "not long" ""
	fi
	BOOKREQ_SERVER=apache python pytest-sanitized-apache "not long" api live ctl hostile
	sanitizer_reports
	unset ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS

	if [[ $all == --all ]]; then
		use_build "$ROOT/build-test" --enable-werror
		python pytest-long long ""
		analysis analysis-clang clang
		valgrind_units >"$RESULTS/valgrind.log" 2>&1 </dev/null &
		tap_end valgrind $!
	fi

	say "$passed passed, $failed failed"
	((failed == 0))
}
