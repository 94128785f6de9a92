#!/usr/bin/env bash
# What ./dev run prints when the stack is up: where it is, who can log in, how to try it. welcome.sh URL
set -euo pipefail

url=$1

cat <<END

bookreq runs at $url   (Ctrl-C stops it)

END
[[ ${BOOKREQ_DEMO:-1} != 0 ]] || exit 0
cat <<END
Log in with the password bookreq-demo:

  creator anna   team tom   subscribers ben (5 requests a month), cleo (2), dora (20)
  creator erik   team fay   subscribers gus (1), hana (3)

Open two windows, as ben and as anna, and ask for a book. Or from a shell:

  token=\$(./dev ctl token add ben)
  curl -H "Authorization: Bearer \$token" -d title=Ulysses -d author=Joyce $url/api/book-requests

and in another, what anna sees of it, live:

  ./dev ctl tail anna

END
