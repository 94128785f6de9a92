#!/usr/bin/env bash
# Demo data, made the way people make it: with bookreqctl and over HTTP. Only into an empty database.
# demo.sh BOOKREQCTL URL
set -euo pipefail
shopt -s inherit_errexit

ctl=$1
url=$2
password=bookreq-demo
declare -A token

empty() {
	[[ $(/usr/lib/postgresql/15/bin/psql -XAt "$BOOKREQ_DATABASE_URL" -c 'SELECT count(*) FROM bookreq.users') == 0 ]]
}

# person NAME ARGS…: adds a creator or user, with the demo's password and a token for the calls below.
person() {
	local kind=$1 name=$2
	shift 2
	"$ctl" "$kind" add "$name" --email "$name@example.org" --password-stdin "$@" <<<"$password" >/dev/null
	token[$name]=$("$ctl" token add "$name" --days 1)
}

# call NAME PATH FIELD=VALUE…: a POST as that person; prints the answer, a refusal on standard error.
call() {
	local name=$1 path=$2 field answer arguments=()
	shift 2
	for field in "$@"; do
		arguments+=(--data-urlencode "$field")
	done
	answer=$(curl -sS --fail-with-body -m 10 -X POST -H "Authorization: Bearer ${token[$name]}" "${arguments[@]}" "$url/api/book-requests/$path") || {
		printf '%s\n' "$answer" >&2
		return 1
	}
	printf '%s' "$answer"
}

# ask NAME TITLE AUTHOR [DESCRIPTION]: prints the new request's id.
ask() {
	local answer id_pattern='"book_request": ?\{"id": ?([0-9]+)'
	answer=$(call "$1" "" title="$2" author="$3" description="${4:-}" link="https://example.org/books?title=${2// /+}")
	[[ $answer =~ $id_pattern ]]
	printf '%s' "${BASH_REMATCH[1]}"
}

respond() {
	call "$1" "$2/respond" status="$3" response_message="${4:-}" >/dev/null
}

anna() {
	local id
	person creator anna
	"$ctl" tier set --creator anna Listener --requests 2 --chapters 3 >/dev/null
	"$ctl" tier set --creator anna Supporter --requests 5 --chapters 10 >/dev/null
	"$ctl" tier set --creator anna Patron --requests 20 --chapters 50 >/dev/null
	person user tom --creator anna --tier Supporter
	person user ben --creator anna --tier Supporter
	person user cleo --creator anna --tier Listener
	person user dora --creator anna --tier Patron
	"$ctl" team add --creator anna tom

	id=$(ask ben "The Lighthouse Keeper" "M. Ferreira" "The second edition, please.")
	call tom "$id/accept" >/dev/null
	respond tom "$id" approved "Starting next week."
	call tom "$id/fulfill" >/dev/null
	call ben "$id/reply" user_reply="It sounds wonderful, thank you!" >/dev/null
	id=$(ask ben "A Winter in Lisbon" "A. Moreau")
	respond anna "$id" rejected "Another publisher holds the audio rights. Your request does not count."
	id=$(ask ben "Salt and Rope" "J. Okafor")
	call anna "$id/accept" >/dev/null
	id=$(ask cleo "The Glass Orchard" "I. Sandoval" "Chapters one to three would be enough.")
	respond tom "$id" approved "With pleasure."
	id=$(ask dora "Seven Maps of Nowhere" "P. Lindqvist")
	id=$(ask dora "The Clockmaker's Daughters" "R. Anand")
}

erik() {
	local id
	person creator erik
	"$ctl" tier set --creator erik Reader --requests 1 --chapters 5 >/dev/null
	"$ctl" tier set --creator erik Friend --requests 3 --chapters 20 >/dev/null
	person user fay --creator erik --tier Friend
	person user gus --creator erik --tier Reader
	person user hana --creator erik --tier Friend
	"$ctl" team add --creator erik fay

	id=$(ask gus "Night Train to Tallinn" "K. Rebane")
	respond fay "$id" approved "On the list for this month."
	id=$(ask hana "The Beekeeper's Almanac" "S. Whitlock")
	id=$(ask hana "Letters from a Small Island" "D. Marsh")
	respond erik "$id" rejected "We had this one last year: it is in the archive."
}

empty || exit 0
anna
erik
for name in "${!token[@]}"; do
	"$ctl" token revoke "$name" >/dev/null
done
