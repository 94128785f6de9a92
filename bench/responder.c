/* A FastCGI responder that does nothing: what the web server, the protocol and the kernel cost by themselves. */
#include "config.h"

#include <fcgiapp.h>
#include <stdlib.h>

int
main(void)
{
	FCGX_Request request;

	/* as bookreq.fcgi */
	if (setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "100", 0) != 0 || FCGX_Init() != 0 || FCGX_InitRequest(&request, 0, 0) != 0)
		return EXIT_FAILURE;
	while (FCGX_Accept_r(&request) == 0)
		if (FCGX_FPrintF(request.out, "Content-Type: application/json\r\n\r\n{}") < 0)
			continue; /* the client is gone */
	return EXIT_SUCCESS;
}
