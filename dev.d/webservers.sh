# shellcheck shell=bash
# The web servers: the shipped files of conf/, each in a private instance. BOOKREQ_SERVER says which of the two.

# fill NAME=VALUE…: standard input with each @NAME@ replaced.
fill() {
	local text pair
	text=$(cat)
	for pair in "$@"; do
		text=${text//"@${pair%%=*}@"/"${pair#*=}"}
	done
	printf '%s\n' "$text"
}

# placed FILE: one of the shipped files, with the three places that are this stack's own.
placed() {
	local text
	text=$(<"$ROOT/conf/$1")
	text=${text//"/run/bookreq/app.sock"/"$SOCKETS/app.sock"}
	text=${text//"127.0.0.1:8090"/"127.0.0.1:$WEBSOCKET_PORT"}
	printf '%s\n' "${text//"\"/usr/share/bookreq/web\""/"\"$ROOT/web\""}"
}

# Both trust 127.0.0.1: everything on this machine comes from there, a load test too. From 127.0.0.2 on the limits hold as on a server.
nginx_configure() {
	local files name
	files=$(ulimit -Hn)
	[[ $files != unlimited ]] && ((files < 65536)) || files=65536
	fill VAR="$VAR" PORT="$PORT" FILES="$files" CONNECTIONS="$((files < 16384 ? files : 16384))" \
		<"$ROOT/dev.d/nginx.conf" >"$VAR/nginx/nginx.conf"
	printf '127.0.0.1 "";\n' >"$VAR/nginx/bookreq-trusted.conf"
	for name in fastcgi upstream server; do
		placed "nginx/bookreq-$name.conf" >"$VAR/nginx/bookreq-$name.conf"
	done
}

# web_start NAME COMMAND…: returns once it listens.
web_start() {
	service_start "$@"
	within 20 web_settled "$1" || true
	service_listens "$1" "$PORT" || die "$1 did not start: $(last_line "$1")"
}

web_settled() {
	service_listens "$1" "$PORT" || ! service_alive "$1"
}

nginx_start() {
	nginx_configure
	web_start nginx "$(PATH=$PATH:/usr/sbin command -v nginx)" -e stderr -p "$VAR/nginx" -c "$VAR/nginx/nginx.conf"
}

apache_configure() {
	local name
	fill VAR="$VAR" PORT="$PORT" MODULES=/usr/lib/apache2/modules <"$ROOT/dev.d/apache.conf" >"$VAR/apache/apache.conf"
	printf '%s\n' 'QS_SrvMaxConnExcludeIP 127.0.0.1' 'SetEnvIf Remote_Addr "^127\.0\.0\.1$" BOOKREQ_TRUSTED' >"$VAR/apache/bookreq-trusted.conf"
	for name in limits server; do
		placed "apache/bookreq-$name.conf" >"$VAR/apache/bookreq-$name.conf"
	done
}

apache_start() {
	apache_configure
	# one that was killed leaves its identifier, which may be another's by now
	rm -f "$VAR/apache/apache.pid"
	web_start apache "$(PATH=$PATH:/usr/sbin command -v apache2)" -D FOREGROUND -f "$VAR/apache/apache.conf"
}
