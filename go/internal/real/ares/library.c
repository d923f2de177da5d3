#include "library.h"

#include <netdb.h>
#include <string.h>
#include <sys/select.h>

struct answer {
	int status;
	int done;
	unsigned char *address;
};

static void answered(void *arg, int status, int timeouts, struct hostent *host)
{
	struct answer *answer = arg;

	(void)timeouts;
	answer->status = status;
	answer->done = 1;
	if (status == ARES_SUCCESS)
		memcpy(answer->address, host->h_addr_list[0], 4);
}

int outlive_resolve(const struct ares_socket_functions *functions, uintptr_t user_data, const char *server,
                    const char *name, unsigned char *address)
{
	struct answer answer = {ARES_ENOTINITIALIZED, 0, address};
	struct ares_options options = {.timeout = 2000, .tries = 2, .lookups = "b"};
	ares_channel channel;
	int status;

	status = ares_library_init(ARES_LIB_INIT_ALL);
	if (status != ARES_SUCCESS)
		return status;
	status = ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS);
	if (status != ARES_SUCCESS)
		return status;
	status = ares_set_servers_ports_csv(channel, server);
	if (status != ARES_SUCCESS) {
		ares_destroy(channel);
		return status;
	}
	ares_set_socket_functions(channel, functions, (void *)user_data);
	ares_gethostbyname(channel, name, AF_INET, answered, &answer);
	while (!answer.done) {
		struct timeval most = {1, 0}, wait, *shorter;
		fd_set readers, writers;
		int count;

		FD_ZERO(&readers);
		FD_ZERO(&writers);
		count = ares_fds(channel, &readers, &writers);
		shorter = ares_timeout(channel, &most, &wait);
		select(count, &readers, &writers, NULL, shorter);
		ares_process(channel, &readers, &writers);
	}
	ares_destroy(channel);
	ares_library_cleanup();
	return answer.status;
}
