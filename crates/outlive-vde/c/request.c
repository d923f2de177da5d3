/*
 * request.c: what a plug sends on the control connection.
 *
 * Packed, in the host's byte order: a magic number, the version (3), the type, the address of the
 * plug's data socket, and a description that is neither terminated nor counted: it ends where the
 * plug stopped writing. The type's low byte is 0 (any port, or the one in its upper bytes) or 1
 * (port 0). The answer is the address of the hub's data socket.
 */
#include "hub.h"

#include <string.h>

#define MAGIC 0xfeedfaceu
#define VERSION 3u
#define TYPE_CONTROL 0u
#define TYPE_PORT0 1u

/* The word at `index`, if it has come. */
static bool word(const unsigned char *bytes, size_t length, size_t index, uint32_t *value)
{
	if (length < (index + 1) * sizeof(*value))
		return false;
	memcpy(value, bytes + index * sizeof(*value), sizeof(*value));
	return true;
}

/* Descriptions go to terminals: control characters do not. */
static void copy_description(char *to, const unsigned char *from, size_t length)
{
	size_t i;

	for (i = 0; i < length && i < VDE_DESCRIPTION_MAX && from[i] != '\0'; i++)
		to[i] = from[i] < 0x20 || from[i] == 0x7f ? '?' : (char)from[i];
	to[i] = '\0';
}

enum request_state vde_hub__request_parse(const unsigned char *bytes, size_t length,
					  struct request *request)
{
	uint32_t value;

	/* What is wrong is refused as soon as it shows, not when the rest has come. */
	if (word(bytes, length, 0, &value) && value != MAGIC)
		return REQUEST_BAD;
	if (word(bytes, length, 1, &value) && value != VERSION)
		return REQUEST_BAD;
	if (word(bytes, length, 2, &value)) {
		if ((value & 0xff) != TYPE_CONTROL && (value & 0xff) != TYPE_PORT0)
			return REQUEST_BAD;
		request->number = (value & 0xff) == TYPE_PORT0 ? 0 : value >> 8;
		request->any_number = value == TYPE_CONTROL;
	}
	if (length < REQUEST_SIZE)
		return REQUEST_PARTIAL;
	memcpy(&request->peer, bytes + 3 * sizeof(value), sizeof(request->peer));
	/* Without a path there is nothing to connect to (an abstract name is none of VDE's). */
	if (request->peer.sun_family != AF_UNIX || request->peer.sun_path[0] == '\0')
		return REQUEST_BAD;
	copy_description(request->description, bytes + REQUEST_SIZE, length - REQUEST_SIZE);
	return REQUEST_COMPLETE;
}
