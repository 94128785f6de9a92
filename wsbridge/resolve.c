/*
 * getaddrinfo() for a program that is linked statically: glibc's would load the system's name services at run time, which a static program
 * should not (the linker warns) and which costs memory in every process. Redis is given by a numeric address or as localhost.
 */
#include "config.h"

#include "lib/str.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* One answer in one piece of memory. */
struct found {
	struct addrinfo info;
	struct sockaddr_storage address;
};

static bool
fill(struct found *f, int family, const char *host, in_port_t port)
{
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&f->address;
	struct sockaddr_in *four = (struct sockaddr_in *)&f->address;

	f->address.ss_family = (sa_family_t)family;
	f->info = (struct addrinfo){ .ai_family = family, .ai_socktype = SOCK_STREAM, .ai_addr = (struct sockaddr *)&f->address };
	if (family == AF_INET6) {
		six->sin6_port = port;
		f->info.ai_addrlen = sizeof *six;
		return inet_pton(AF_INET6, host, &six->sin6_addr) == 1;
	}
	four->sin_port = port;
	f->info.ai_addrlen = sizeof *four;
	return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &four->sin_addr) == 1;
}

int
getaddrinfo(const char *restrict host, const char *restrict service, const struct addrinfo *restrict hints, struct addrinfo **restrict result)
{
	int family = hints != NULL && hints->ai_family == AF_INET6 ? AF_INET6 : AF_INET;
	struct found *f;
	int64_t port;

	if (host == NULL || service == NULL || !str_to_i64(service, strlen(service), 1, 65535, &port))
		return EAI_NONAME;
	f = calloc(1, sizeof *f);
	if (f == NULL)
		return EAI_MEMORY;
	if (!fill(f, family, host, htons((in_port_t)port))) {
		free(f);
		return EAI_NONAME;
	}
	*result = &f->info;
	return 0;
}

void
freeaddrinfo(struct addrinfo *result)
{
	free(result);
}

const char *
gai_strerror(int code)
{
	return code == EAI_MEMORY ? "out of memory" : "the host must be a numeric address or localhost";
}
