/* Channels, and their copies. */
#include "channel.h"

#include "must.h"

#include <stddef.h>
#include <stdlib.h>

struct channel {
	struct channel_options options;
};

static int nobody(int value, void *user)
{
	(void)value;
	(void)user;
	return 0;
}

static const struct channel_options none = { nobody, NULL };
static struct channel_options configuration = { nobody, NULL };

void channel_configure(const struct channel_options *options)
{
	configuration = options != NULL ? *options : none;
}

struct channel *channel_open(const struct channel_options *options)
{
	struct channel *channel = allocate(sizeof *channel);
	channel->options = options != NULL ? *options : configuration;
	return channel;
}

struct channel *channel_dup(const struct channel *channel)
{
	return channel_open(&channel->options);
}

int channel_query(const struct channel *channel, int value)
{
	return channel->options.callback(value, channel->options.user);
}

void channel_close(struct channel *channel)
{
	channel_query(channel, -1);
	free(channel);
}
